#!/bin/bash
# SPDX-License-Identifier: MIT
# The position that pubsub-sub keeps in a file: the next run goes on behind it.
. "${0%/*}/lib.sh"
service_start

publish() { # NODE ID...
	local node=$1
	shift
	as admin pub -n "$node" --create < <(printf "<item id='%s'><x xmlns='urn:x'/></item>\n" "$@")
}

reader() { as admin/reader sub -n "$N" -f id --state "$T/state" "$@"; }

lines() { printf '%s\n' "$@"; }

# A first run without --all begins with what is published from then on.
publish "$N" old1 old2
spawn_ready first reader
publish "$N" live
await_line "$T/first.out" '^live$'
stop first
# The newest may come by itself, on subscribing.
unlike "$out" old1 'the first run prints what is new'
publish "$N" missed1 missed2
spawn_ready second reader --all -C 3
publish "$N" more
reap second
is "$out" "$(lines missed1 missed2 more)" 'the next one goes on behind it, and goes live'
ok 'a run with --once' reader -1
is "$out" '' '... has nothing new to print'
publish "$N" a b c d
ok 'a run with --count' reader -1 -C 2
is "$out" "$(lines a b)" '... stops in the middle'
ok 'and with --last' reader -1 -l 1
is "$out" "$(lines c d)" '... which matters for the first run only'
as admin pub -n "$N" < <(printf "<item id='b'><x xmlns='urn:x'>anew</x></item><retract id='c'/>")
ok 'an item that was replaced' reader -1
is "$out" b '... is new'

# The archive has every version of an item.
if [[ $E2E_SERVICE == ours ]]; then
	as admin pub -n "$N" < <(printf "<item id='v'><x xmlns='urn:x'>%s</x></item>\n" 1 2 2 3)
	ok 'an item that was replaced several times' as admin/reader sub -n "$N" -f payload --state "$T/state" -1
	is "$out" "$(printf "<x xmlns='urn:x'>%s</x>\n" 1 2 2 3)" '... comes in each version'
fi

# Position and the end of a run: a line is printed, or the next run prints it.
publish "$N" e
exits 74 'a run whose output is full' bash -c 'exec "$@" >/dev/full' - env PUBSUB_JID="$(jid admin)/reader" \
	PUBSUB_PASSWORD="$(user_password admin)" "$e2e_bin/pubsub-sub" -H "127.0.0.1:$XMPP_PORT" \
	--ca-file "$XMPP_CA" -n "$N" -f id --state "$T/state" -1
ok 'the next run' reader -1
is "$out" e '... prints what could not be printed'

# A disk that is full, or a limit that says the same.
limited() { # CMD...
	(trap '' XFSZ; ulimit -f 1; "$@")
}
publish "$N" h{1..20}
exits 74 'a file that cannot grow' limited reader -1
like "$err" "cannot write the state file '.*': File too large" 'it says so'
printed=$out
ok 'the next run' reader -1
is "$(printf '%s\n' "$printed" "$out" | uniq)" "$(lines h{1..20})" '... goes on where it was'

# From the beginning, with two nodes.
both() { as admin/both sub -n "$N-1" -n "$N-2" -f id --state "$T/both" "$@"; }
publish "$N-1" one
publish "$N-2" two
ok 'a first run with --all of two nodes' both -1
is "$(sort <<<"$out")" "$(lines one two)" '... prints all'
publish "$N-2" four
publish "$N-1" three
ok 'the next' both -1
is "$(sort <<<"$out")" "$(lines four three)" '... what is new in both'
spawn_ready holder both
exits 75 'a file that is in use' both -1
like "$err" 'in use by another process' 'it says so'
stop holder
exits 64 'the file of other nodes' as admin/reader sub -n "$N" --state "$T/both"
like "$err" 'of other nodes' 'it says so'
exits 64 'the file of another service' reader -s "$(jid admin)"
like "$err" "of nodes at $PUBSUB_SERVICE, and not at" 'it says so'

# A purged node holds nothing that was seen.
publish "$N" f
reader -1 >/dev/null
as admin pub -n "$N" <<<'<purge/>'
publish "$N" g
ok 'after a purge' reader -1
is "$out" g 'what has come since is new'

done_testing
