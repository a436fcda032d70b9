#!/bin/bash
# SPDX-License-Identifier: MIT
# Which events are printed, and the options of subscriptions (XEP-0060 sections 6.3 and 8.2).
. "${0%/*}/lib.sh"
service_start

as admin pub -n "$N" --create </dev/null
spawn_ready some as admin/some sub -n "$N" --events retract,purge
as admin pub -n "$N" -i a -e '<x xmlns="urn:x"/>'
as admin pub -n "$N" < <(printf '<retract id="a"/><purge/>')
await_lines "$T/some.out" 2
stop some
is "$(cut -d ' ' -f 1 <<<"$out")" $'<retract\n<purge' 'only the events of the list are printed'

# Our service digests; Prosody knows of no options but some, and takes the rest for wrong.
if [[ $E2E_SERVICE == ours ]]; then
	spawn_ready quiet as admin/quiet sub -n "$N" -o deliver=0 -f id
	spawn_ready loud as admin/loud sub -n "$N" -o pubsub#deliver=1 -f id -C 1
	as admin pub -n "$N" -i b -e '<x xmlns="urn:x"/>'
	reap loud
	is "$status $out" '0 b' 'a subscription with an option'
	stop quiet
	is "$out" '' 'an option has its effect'
	exits 76 'an option that the service does not take' as admin sub -n "$N" -o deliver=maybe
	like "$err" 'cannot subscribe .*invalid-options' 'it says so'
fi

done_testing
