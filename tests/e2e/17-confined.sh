#!/bin/bash
# SPDX-License-Identifier: MIT
# Clients that have logged in are confined (seccomp), but for those that run other programs. What the filter holds is
# tested in tests/unit/test_confine.c; that all goes on behind it, here for a look-up, else by all other scripts.
. "${0%/*}/lib.sh"
[[ $E2E_MODE == account && $E2E_SERVICE == ours ]] || skip_all 'a run on each server is enough'

# The server is our own, and answers no request: so the client is there to be looked at.
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
look() { # APPLET ARGUMENT...: $seccomp, $said
	spawn fake "$here/fake_server.py" login bind:me@localhost/here silence
	await_line "$T/fake.out" '^[0-9]+$' || bail_out 'no port'
	PUBSUB_PASSWORD=open-sesame spawn looked "$e2e_bin/$1" -v --trace -j me@localhost/here --tls none \
		-H "127.0.0.1:$(head -n 1 "$T/fake.out")" -s silent.test "${@:2}"
	await_line "$T/looked.err" 'silent\.test' || fail "$1 sends its request"
	seccomp=$(awk '/^Seccomp:/ { print $2 }' "/proc/${pids[looked]}/status")
	stop looked KILL
	said=$err
	stop fake KILL
}
if [[ $(awk '/^Seccomp:/ { print $2 }' /proc/self/status) != 0 ]]; then
	skip_all 'all is confined here'
fi

while read -r applet arguments; do
	# shellcheck disable=SC2086 # words
	look "$applet" $arguments
	[[ $said != *'not confined: Function not implemented'* ]] || skip_all 'this build confines nobody'
	is "$seccomp" 2 "$applet is confined"
	like "$said" 'logged in as me@localhost/here' '... once it has logged in'
	unlike "$said" 'not confined' '... and has nothing to say of it'
done <<-'END'
	pubsub-sub -n a
	pubsub-pub -n a -e <x/>
	pubsub-ctl get a
END
look pubsub-sub -n a --exec cat
is "$seccomp" 0 'with --exec nobody is'
unlike "$said" 'not confined' '... and nobody says so'
PUBSUB_CONFINE=no look pubsub-pub -n a -e '<x/>'
is "$seccomp" 0 'PUBSUB_CONFINE=no'
like "$said" 'not confined: Operation canceled' '... is told'
PUBSUB_CONFINE=yes look pubsub-pub -n a -e '<x/>'
is "$seccomp" 2 'PUBSUB_CONFINE=yes'
look pubsub-pub --password-command 'echo secret' -n a -e '<x/>'
is "$seccomp" 2 'a command for the password comes before'

# A further connection looks up the name anew, in a thread.
service_start
as admin ctl create "$N"
user_password admin >"$T/password"
chmod 600 "$T/password"
proxy_start link "$XMPP_PORT"
spawn_ready reader pubsub-sub -v -j "$(jid admin)/reader" --password-file "$T/password" --ca-file "$XMPP_CA" -H "localhost:${proxy_ports[link]}" \
	-n "$N" -s "$(jid service)/server" -f id --state "$T/state"
is "$(awk '/^Seccomp:/ { print $2 }' "/proc/${pids[reader]}/status")" 2 'a subscriber is confined'
proxy link cut
ok '... is cut off, and comes back' await_line "$T/reader.err" 'trying again'
as admin pub -n "$N" -i there -e '<x xmlns="urn:x"/>'
ok '... and has what was published' await_line "$T/reader.out" '^there$'
stop reader
is "$status" 0 '... and ends with 0'
done_testing
