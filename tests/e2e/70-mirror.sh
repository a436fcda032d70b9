#!/bin/bash
# SPDX-License-Identifier: MIT
# What pubsub-sub writes, pubsub-pub reads: a pipe of both mirrors a node, with items, ids, retractions and purge.
. "${0%/*}/lib.sh"
service_start

item() { printf "<item id='%s'><x xmlns='urn:x' xml:lang='en'>&#10;%s</x></item>\n" "$1" "${2-$1}"; }

# A node as it is now, less what names node and publisher.
snapshot() { as admin sub -1 -a -n "$1" | sed "s/ node='[^']*'//; s/ publisher='[^']*'//"; }
await_same() {
	local i
	for ((i = 0; i < 100; i++)); do
		cmp -s <(snapshot "$N-a") <(snapshot "$N-b") && return
		read -r -t 0.1 <> <(:)
	done
	diff <(snapshot "$N-a") <(snapshot "$N-b")
}

as admin pub -n "$N-a" --create < <(item one; item two; item three)
as admin pub -n "$N-b" --create </dev/null
mkfifo "$T/target.in"
spawn target as admin/target pub --create -n "$N-b"
exec {pipe}>"$T/target.in"
to_pipe() { # as a shell connects a pipe: sub's standard output is pub's standard input
	[[ -z ${spawned-} ]] || exec >&"$pipe"
	as admin/source sub -a -n "$N-a" "$@"
}
spawn_ready source to_pipe
exec {pipe}>&-

ok 'the items that were there' await_same
as admin pub -n "$N-a" < <(item four; item two 'another two')
ok '... those that come, and one that is replaced' await_same
as admin pub -n "$N-a" < <(echo "<retract id='one'/>"; item five)
ok '... a retraction' await_same
as admin pub -n "$N-a" < <(echo '<purge/>'; item six; item seven)
ok '... a purge' await_same
is "$(snapshot "$N-b" | grep -c '<item')" 2 'the mirror has what the source has'
stop source
is "$status" 0 'the source ends with 0'
reap target
is "$status" 0 'and with it the target'
is "$err" '' '... which has had nothing to complain of'

# Without -n each item goes to the node that it names: a backup read back.
as admin sub -1 -a -n "$N-a" >"$T/backup"
as admin pub -n "$N-a" < <(echo '<purge/>')
is "$(snapshot "$N-a")" '' 'the node is empty'
ok 'a backup is read back' as admin pub "$T/backup"
ok '... and all is as it was' await_same
done_testing
