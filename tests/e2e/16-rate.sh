#!/bin/bash
# SPDX-License-Identifier: MIT
# --max-rate: who asks faster than that is slowed down, loses nothing, and is in nobody's way.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'it is about our service'

service_start --max-rate 40/20 --node "$N"
spawn_ready reader as bob sub -n "$N" -f id
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# As fast as it can: far more than 200 a second.
items() { # FIRST LAST
	local i
	for ((i = $1; i <= $2; i++)); do
		printf "<item xmlns='http://jabber.org/protocol/pubsub' id='%d'><x xmlns='urn:x'/></item>\n" "$i"
	done
}
items 1 200 >"$T/items"
start=$(milliseconds)
spawn fast as alice pub --retries 20 -n "$N" "$T/items"
ok 'somebody else is answered meanwhile' as carol pub -n "$N" -i carols -e "<x xmlns='urn:x'/>"
carol=$(($(milliseconds) - start))
reap fast
took=$(($(milliseconds) - start))
is "$status" 0 'a fast publisher succeeds'
ok "... later: $took ms" test "$took" -ge 4000
ok "the other did not wait for it: $carol ms" test "$carol" -lt "$took"
ok 'nothing is lost' await_lines "$T/reader.out" 201
is "$(grep -vx carols "$T/reader.out" | sort -n | uniq | wc -l)" 200 '... and nothing comes twice'
stop reader
service_stop
is "$status" 0 'the service ends as ever'

done_testing
