#!/bin/bash
# SPDX-License-Identifier: MIT
# Logging in, failing to, and coming back: each way to fail has its exit code and its sentence (pubsub(1)).
. "${0%/*}/lib.sh"
service_start --default send_last_published_item=never
as admin pub -n "$N" --create </dev/null

# A program with the connection options given in full.
bare() { # APPLET ARGUMENT...
	local applet=$1
	shift
	[[ -z ${spawned-} ]] || exec "$e2e_bin/pubsub-$applet" "$@"
	"$e2e_bin/pubsub-$applet" "$@"
}
here=(-H "127.0.0.1:$XMPP_PORT")
trusted=(--ca-file "$XMPP_CA")
try=(sub -1 -n "$N")

ok 'an account over STARTTLS' as admin bare "${try[@]}" "${here[@]}" "${trusted[@]}"
ok 'an account over direct TLS' as admin bare "${try[@]}" -H "127.0.0.1:$XMPP_TLS_PORT" --tls direct "${trusted[@]}"
ok 'the password from a file' env PUBSUB_JID="$(jid admin)" \
	"$e2e_bin/pubsub-sub" -1 -n "$N" "${here[@]}" "${trusted[@]}" --password-file <(user_password admin)
ok 'the password from a command' env PUBSUB_JID="$(jid admin)" \
	"$e2e_bin/pubsub-sub" -1 -n "$N" "${here[@]}" "${trusted[@]}" --password-command "echo $(user_password admin)"

wrong() { PUBSUB_PASSWORD=wrong "$@"; }
exits 77 'a wrong password' as admin wrong bare "${try[@]}" "${here[@]}" "${trusted[@]}"
like "$err" '^pubsub-sub: login as .* failed: wrong password or unknown account' '... says so'
is "$(wc -l <"$T/run.err")" 1 '... in one line'
exits 77 'an unknown account' as admin bare "${try[@]}" "${here[@]}" "${trusted[@]}" -j nobody@localhost
exits 77 'a certificate of nobody known' as admin bare "${try[@]}" "${here[@]}"
like "$err" 'certificate is not trusted' '... says so'

# By default: the CAs in the system's folder, by their hashes.
mkdir "$T/certs" "$T/others"
cp "$XMPP_CA" "$T/certs/ca.pem"
openssl rehash "$T/certs"
touch "$T/others/0123abcd.0"
ok 'a CA in the folder of the system' as admin env SSL_CERT_DIR="$T/certs" "$e2e_bin/pubsub-sub" -1 -n "$N" "${here[@]}"
ok 'a CA in the file of the system' as admin env SSL_CERT_FILE="$XMPP_CA" "$e2e_bin/pubsub-sub" -1 -n "$N" "${here[@]}"
exits 77 'one that is in neither' as admin env SSL_CERT_DIR="$T/others" "$e2e_bin/pubsub-sub" -v -1 -n "$N" "${here[@]}"
is "$(grep -c 'not trusted' "$T/run.err")" 1 '... which is said once'

exits 77 'no TLS where it is required by the server' as admin bare "${try[@]}" "${here[@]}" --tls none
exits 78 'no CA file' as admin bare "${try[@]}" "${here[@]}" --ca-file "$T/missing"
exits 68 'a host that is not found' as admin bare "${try[@]}" -H no-such-host.invalid
like "$err" "cannot find host 'no-such-host.invalid'" '... says so'
exits 68 'a domain that the server does not know' as admin bare "${try[@]}" "${here[@]}" "${trusted[@]}" -j a@elsewhere.example
exits 69 'a port where nobody listens' as admin bare "${try[@]}" -H 127.0.0.1:1
like "$err" '127.0.0.1 port 1: Connection refused' '... says so'
exits 76 'a port that speaks something else' as admin bare "${try[@]}" "${trusted[@]}" -H "127.0.0.1:$XMPP_TLS_PORT"
exits 69 'a service that is not there' as admin bare "${try[@]}" "${here[@]}" "${trusted[@]}" -s nobody@localhost/none
like "$err" 'service-unavailable' '... says so'
exits 64 'no password' env PUBSUB_JID="$(jid admin)" setsid -w "$e2e_bin/pubsub-sub" -1 -n "$N" "${here[@]}" </dev/null
like "$err" 'no password for ' '... says so'

# A peer that accepts and says nothing; one that hangs in the TLS handshake.
port() { head -n 1 "$T/$1.out"; }
silent() { # NAME HOW: listens on a port that it writes to $T/NAME.out
	/usr/bin/python3 - "$2" >"$T/$1.out" 2>&1 <<-'END' &
		import socket, sys, time
		s = socket.socket()
		s.bind(("127.0.0.1", 0))
		s.listen()
		print(s.getsockname()[1], flush=True)
		c, _ = s.accept()
		if sys.argv[1] == "proceed":
		    c.recv(4096)
		    c.sendall(b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
		              b"xmlns:stream='http://etherx.jabber.org/streams' id='1' from='localhost' version='1.0'>"
		              b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>")
		    c.recv(4096)
		    c.sendall(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
		    c.recv(4096)
		    print("shaking hands", flush=True)
		time.sleep(60)
	END
	pids[$1]=$!
	await_line "$T/$1.out" '^[0-9]+$' || bail_out "no port for $1"
}
silent mute accept
exits 75 'a peer that says nothing' as admin bare "${try[@]}" -H "127.0.0.1:$(port mute)" --connect-timeout 1
like "$err" 'not logged in after 1 s' '... says so'
silent hang proceed
exits 75 'a peer that hangs in the TLS handshake' as admin bare "${try[@]}" -H "127.0.0.1:$(port hang)" --connect-timeout 1
silent stuck proceed
spawn stuck_sub as admin bare sub -n "$N" -H "127.0.0.1:$(port stuck)"
await_line "$T/stuck.out" 'shaking hands'
stop stuck_sub INT
is "$status" 0 'SIGINT ends sub while the login hangs'
for name in mute hang stuck; do
	stop "$name" KILL
done

# rows: X0114-01 X0114-02 X0114-03 X0114-04
if [[ $E2E_SERVICE == ours && $E2E_MODE == component ]]; then
	printf 'wrong\n' >"$T/wrong"
	chmod 600 "$T/wrong"
	serve_as=(pubsub-serve -H "127.0.0.1:$XMPP_COMPONENT_PORT" --store memory: --retries 0)
	exits 77 'a wrong component secret' "${serve_as[@]}" --component "$XMPP_COMPONENT" --secret-file "$T/wrong"
	like "$err" 'wrong component secret' '... says so'
	[[ $E2E_SERVER != prosody ]] || # ejabberd takes any name
		exits 68 'an unknown component' "${serve_as[@]}" --component nobody.localhost --secret-file "$T/secret"
fi

# A reader that has stopped reading does not keep a signal from ending the run.
# (Prosody's own nodes keep twenty items.)
printf -v long '%010000d' 0
for ((i = 0; i < 20; i++)); do
	printf "<x xmlns='urn:x'>%s</x>\n" "$long"
done >"$T/long.xml"
as admin pub -n "$N-long" --create "$T/long.xml"
mkfifo "$T/stuck.pipe"
exec {stuck}<>"$T/stuck.pipe"
into_stuck() {
	exec >"$T/stuck.pipe"
	become "$@"
}
spawn stuck_reader as admin into_stuck sub -n "$N-long" --all
ok 'sub writes to a pipe' timeout "$patience" head -c 60000 <&"$stuck" # of 200000; then it is full
stop stuck_reader TERM
is "$status" 0 'SIGTERM ends sub while its reader is stuck'
exec {stuck}<&-
sub_without_output() { sub -1 -n "$N-long" >&-; }
exits 74 'standard output that is closed' as admin sub_without_output
like "$err" 'cannot write to standard output: Bad file descriptor' '... says so'

# The same resource twice: the first is told, and does not come back.
spawn_ready first as admin/same sub -n "$N"
spawn_ready second as admin/same sub -n "$N"
if [[ $E2E_SERVER == prosody || $E2E_SERVER == ejabberd ]]; then
	reap first
	is "$status" 69 'replaced by the same resource'
	like "$err" 'replaced by a new connection' '... says so'
fi
stop second

# The server goes away and comes back: so do we.
spawn_ready back as admin/back sub -n "$N" -f id
as admin pub -n "$N" -i before -e '<x xmlns="urn:x"/>'
await_line "$T/back.out" '^before$' || fail 'an item arrives before the restart'
# One that has seen nothing yet, and one whose node is empty; stopped, they are cut off for as long as we like.
as admin pub -n "$N-old" --create -i old -e '<x xmlns="urn:x"/>'
as admin pub -n "$N-empty" --create </dev/null
spawn_ready unseen as admin/unseen sub -n "$N-old" -n "$N-empty" -f id
kill -STOP "${pids[unseen]}"
server_restart
if [[ $E2E_SERVICE == ours ]]; then
	await_line "$T/back.err" 'trying again' || fail 'the loss is noted'
	# All of them double their pauses.
	patience=$((4 * patience))
	for ((i = 0, until = SECONDS + patience; SECONDS < until; i++)); do
		as admin pub -n "$N" -i "back-$i" -e '<x xmlns="urn:x"/>' 2>/dev/null && break
		read -r -t 0.2 -u "$never"
	done
	ok 'sub comes back after a restart of the server' await_line "$T/back.out" '^back-'
	as admin pub -n "$N-old" -i missed -e '<x xmlns="urn:x"/>'
	as admin pub -n "$N-empty" -i missed-too -e '<x xmlns="urn:x"/>'
	kill -CONT "${pids[unseen]}"
	ok 'one that had seen no item gets those that it missed' await_lines "$T/unseen.out" 2
	as admin pub -n "$N-old" -i live -e '<x xmlns="urn:x"/>'
	await_line "$T/unseen.out" '^live$' || fail 'it goes on behind them'
	is "$(sort "$T/unseen.out")" $'live\nmissed\nmissed-too' '... and no other'
fi
kill -CONT "${pids[unseen]}"
stop unseen
stop back
is "$status" 0 '... and ends with 0'

done_testing
