#!/bin/bash
# SPDX-License-Identifier: MIT
# pubsub-serve rereads its configuration on SIGHUP: what is valid holds from then on, anything else changes nothing.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'it is about our service'

conf=$T/service.conf
config() { # LINE...
	printf '%s\n' "$@" >"$conf.new"
	mv "$conf.new" "$conf"
}

size=1000
item() { printf "<x xmlns='urn:x'>%0${1}d</x>" 0; }

config "max-payload = $size" 'create = admins' "node = $N"
service_start -c "$conf"
ok 'a small item is taken' as alice pub -n "$N" -e "$(item 10)"
exits 65 'one above the limit is not' as alice pub -n "$N" -e "$(item 2000)"
like "$err" 'payload-too-big' '... says so'
exits 77 'a node of anybody' as alice pub -n "$N-alice" --create -e "$(item 10)"

# A subscriber stays through all of this.
spawn_ready reader as bob sub -n "$N" -f id

config 'max-payload = 5000' 'create = anyone' "node = $N" "node = $N-new" "store = $T/elsewhere"
kill -HUP "${pids[service]}"
ok 'SIGHUP: it is reread' await_line "$T/service.err" '^pubsub-serve: configuration reread: .*max-payload'
like "$(grep reread "$T/service.err")" 'create.*node.*max-payload$|node.*create.*max-payload$' '... and what has changed is named'
unlike "$(<"$T/service.err")" 'needs a restart' 'the store is given by the command line: no change'
ok 'the larger item is taken now' as alice pub -n "$N" -i large -e "$(item 2000)"
ok 'a node of anybody is made now' as alice pub -n "$N-alice" --create -e "$(item 10)"
ok 'a node that is named now is there' as bob pub -n "$N-new" -e "$(item 10)"
ok 'the subscription has stayed' await_line "$T/reader.out" '^large$'

# Broken: nothing of it is taken over, not even what is right.
config 'max-payload = 100' 'max-items = none'
kill -HUP "${pids[service]}"
ok 'a bad value is refused' await_line "$T/service.err" "^pubsub-serve: $conf:2: max-items: 'none' is not a number"
ok '... and nothing changes' await_line "$T/service.err" 'the old settings stay'
ok 'the old limit holds' as alice pub -n "$N" -i after -e "$(item 2000)"
config 'max-payload = 100' 'max-itmes = 3'
kill -HUP "${pids[service]}"
ok 'an unknown key is refused' await_line "$T/service.err" "$conf:2: there is no option 'max-itmes'; did you mean 'max-items'"
rm "$conf"
kill -HUP "${pids[service]}"
ok 'a file that is gone is refused' await_line "$T/service.err" "cannot read the configuration '$conf'"
ok 'the service goes on all the while' as alice pub -n "$N" -i still -e "$(item 2000)"
ok '... and its subscriber is told' await_line "$T/reader.out" '^still$'

# What cannot change while it runs.
config "max-payload = $size" 'request-timeout = 7' 'create = anyone'
kill -HUP "${pids[service]}"
ok 'what needs a restart is named' await_line "$T/service.err" 'needs a restart: request-timeout$'
exits 65 'the rest holds' as alice pub -n "$N" -e "$(item 2000)"
stop reader
service_stop
is "$status" 0 'the service ends as ever'

done_testing
