#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # what is in single quotes is for the shells of handlers
# pubsub-sub --exec: a command for each event, and a position that moves on behind what it has done.
. "${0%/*}/lib.sh"
service_start

publish() { # NODE ID...
	local node=$1
	shift
	as admin pub -n "$node" --create < <(printf "<item id='%s'><x xmlns='urn:x'/></item>\n" "$@")
}

reader() { as admin/reader sub -n "$N" --state "$T/state" "$@"; }

lines() { printf '%s\n' "$@"; }

log="$T/log"
publish "$N" a b
ok 'a handler for each stored item' reader -1 -x "echo \$PUBSUB_EVENT \$PUBSUB_NODE \$PUBSUB_ITEM_ID >>$log; cat >>$log"
is "$(sed "s/ publisher='[^']*'//" "$log")" "$(lines "item $N a" "$(printf \
	"<item xmlns='http://jabber.org/protocol/pubsub#event' id='a' node='%s'><x xmlns='urn:x'/></item>" "$N")" \
	"item $N b" "$(printf \
	"<item xmlns='http://jabber.org/protocol/pubsub#event' id='b' node='%s'><x xmlns='urn:x'/></item>" "$N")")" \
	'... which has the event in its environment and on its standard input'
is "$out" '' '... and nothing is printed'

# Live ones, too; -C counts what handlers have been given, and waits for them.
spawn_ready live reader -C 2 -x 'echo $PUBSUB_ITEM_ID'
publish "$N" c d e
reap live
is "$status $out" "0 $(lines c d)" 'handlers of live events, and their output'

# Failure: the position stays.
exits 75 'a handler that fails for good' reader -1 --tries 1 -x 'echo $PUBSUB_ITEM_ID; exit 3'
is "$out" e '... ends the run'
like "$err" "handler of item 'e' of '$N' failed with exit status 3" '... which says so'
publish "$N" f g h
ok 'the next run' reader -1 --tries 2 --jobs 3 --dead-letter "$T/dead" \
	-x 'echo $PUBSUB_ITEM_ID; [ $PUBSUB_ITEM_ID != g ]'
is "$(sort <<<"$out")" "$(lines e f g g h)" '... tries it again'
like "$(cat "$T/dead/"*.g.xml)" "id='g'" '... and keeps what fails for good'
like "$(cat "$T/dead/"*.g.reason)" 'failed with exit status 1, 2 of 2 times' '... with the reason'
ok 'a run after it' reader -1 -x 'echo $PUBSUB_ITEM_ID'
is "$out" '' '... has nothing to do'

publish "$N" k
exits 74 'dead letters that cannot be written' reader -1 --tries 1 --dead-letter "$T/gone" -x "rm -r $T/gone; exit 1"
like "$err" "cannot write to '$T/gone': No such file" 'it says so'
ok 'the next run' reader -1 -x 'echo $PUBSUB_ITEM_ID'
is "$out" k '... tries that again'

# Killed: what its handlers have not done comes again.
publish "$N" i j
spawn killed reader -x "echo \$PUBSUB_ITEM_ID; [ \$PUBSUB_ITEM_ID != j ] || { echo \$\$ >$T/pid; exec sleep 100; }"
await_line "$T/pid" .
stop killed KILL
ok 'its handler is on its own' kill "$(<"$T/pid")"
spawn ended reader -x 'echo $PUBSUB_ITEM_ID; exec sleep 100'
await_line "$T/ended.out" '^j$'
stop ended
is "$status $out" '0 j' 'SIGTERM ends the handlers'
ok 'and what they have not done' reader -1 -x 'echo $PUBSUB_ITEM_ID'
is "$out" j '... comes again'

# More than waits for handlers in memory: none of them is done before that is said.
many=1500
[[ $E2E_SERVICE == ours ]] || many=20
seq "$many" | sed "s|.*|<item id='&'><x xmlns='urn:x'>&</x></item>|" >"$T/many.in"
as admin pub -n "$N-many" --create </dev/null
spawn_ready slow as admin/slow sub -v -n "$N-many" --state "$T/many" -C "$many" --jobs 2 -x "
	until [ -e $T/go ]; do sleep 0.1; done; echo \$PUBSUB_ITEM_ID"
as admin pub -n "$N-many" <"$T/many.in"
[[ $E2E_SERVICE != ours ]] || ok 'events that come faster than they can be handled' await_line "$T/slow.err" 'faster than they can be handled'
: >"$T/go"
patience=120
reap slow
is "$status" 0 "$many events while the handlers are slow"
is "$(sort -n <<<"$out" | diff - <(seq "$many") | head -n 5)" '' '... are handled, each once'

done_testing
