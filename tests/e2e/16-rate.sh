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
user carol
start=$(milliseconds)
spawn fast as alice pub --retries 20 -n "$N" "$T/items"
ok 'somebody else is answered meanwhile' as carol pub -n "$N" -i carols -e "<x xmlns='urn:x'/>"
carol=$(($(milliseconds) - start))
reap fast
took=$(($(milliseconds) - start))
is "$status" 0 'a fast publisher succeeds'
ok "... later: $took ms" test "$took" -ge 4000
ok "the other did not wait for it: $carol ms" test "$carol" -lt "$took"
as carol pub -n "$N" -i end -e "<x xmlns='urn:x'/>"
await_line "$T/reader.out" '^end$' || fail 'what is published later arrives'
is "$(grep -vx -e carols -e end "$T/reader.out" | sort -u | wc -l)" 200 'nothing is lost'
# What was taken behind something that was not is sent again, behind that.
is "$(grep -vx -e carols -e end "$T/reader.out" | tac | awk '!seen[$0]++' | tac | diff <(seq 200) - | head -n 5)" '' \
	'... in order, as it came last'
stop reader
service_stop
is "$status" 0 'the service ends as ever'

done_testing
