#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The private servers themselves, without our program: TLS, login, component, restart, stop.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE:$E2E_MODE == ours:account ]] || skip_all 'one run for each server is enough'

dir=$T/server

# Logs in by hand; prints what the server says until it closes the stream.
login() { # OPENSSL-ARGUMENTS PORT NAME PASSWORD STANZA
	local plain
	plain=$(printf '\0%s\0%s' "$3" "$4" | base64 -w0)
	local stream="<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>"
	coproc tls { read -ra args <<<"$1"
		exec openssl s_client -quiet -connect "127.0.0.1:$2" "${args[@]}" -CAfile "$XMPP_CA" \
			-verify_return_error -verify_hostname localhost 2>"$T/tls.err"; }
	local from=${tls[0]} to=${tls[1]} job=$!
	printf '%s' "$stream" >&"$to"
	await '</stream:features>' "$from" &&
		printf "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>" "$plain" >&"$to" &&
		await '<success[^>]*>|</failure>' "$from" && [[ $answer != *'</failure>'* ]] &&
		printf '%s' "$stream" >&"$to" &&
		await '</stream:features>' "$from" &&
		printf "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>" >&"$to" &&
		await '</iq>' "$from" &&
		printf '%s' "$5" >&"$to" &&
		await '</iq>' "$from"
	kill "$job" 2>/dev/null
	wait "$job" 2>/dev/null
	printf '%s\n' "$answer"
}

# Reads from FD until the text matches: $answer.
await() { # REGEX FD
	local char='' until=$((SECONDS + patience))
	answer=''
	while ((SECONDS < until)) && IFS= read -r -t "$patience" -d '>' -u "$2" char; do
		answer+=$char'>'
		[[ ! $answer =~ $1 ]] || return 0
	done
	return 1
}

component() { # SECRET
	local id digest
	exec {fd}<>"/dev/tcp/127.0.0.1/$XMPP_COMPONENT_PORT"
	printf "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='%s'>" \
		"$XMPP_COMPONENT" >&"$fd"
	await '<stream:stream[^>]*>' "$fd"
	[[ $answer =~ \ id=[\'\"]([^\'\"]*)[\'\"] ]] && id=${BASH_REMATCH[1]}
	digest=$(printf '%s' "$id$1" | openssl dgst -sha1 -r)
	printf '<handshake>%s</handshake>' "${digest%% *}" >&"$fd"
	await '<handshake[^>]*>|</stream:error>' "$fd"
	exec {fd}>&-
	printf '%s\n' "$answer"
}

disco="<iq type='get' id='d' to='localhost'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>"
starttls='-starttls xmpp -xmpphost localhost'

run server start "$E2E_SERVER" "$dir"
is "$status" 0 'start' || diag "$err"
started=$out
eval "$started"
pid=$XMPP_PID
exits 73 'a second start in the same folder is refused' server start "$E2E_SERVER" "$dir"
is "$(server env "$dir")" "$started" 'env prints what start printed'
ok 'the private CA vouches for the certificate' openssl verify -CAfile "$XMPP_CA" "$dir/tls/localhost.crt"
if ((EUID == 0)); then
	isnt "$(stat -c %U "/proc/$pid")" root 'it does not run as root'
else
	is "$(stat -c %u "/proc/$pid")" "$EUID" 'it runs as this user'
fi

like "$(login "$starttls" "$XMPP_PORT" test test "$disco")" "jid=.$XMPP_SERVICE" 'login over STARTTLS; the reference service is there'
like "$(login '' "$XMPP_TLS_PORT" test test "$disco")" "jid=.$XMPP_SERVICE" 'login over direct TLS'
like "$(login "$starttls" "$XMPP_PORT" test wrong "$disco")" 'not-authorized' 'a wrong password is refused'
ok 'adduser' server adduser "$dir" new.user-1 'pass word'
like "$(login "$starttls" "$XMPP_PORT" new.user-1 'pass word' "$disco")" "jid=.$XMPP_SERVICE" 'the new account can log in'
exits 64 'adduser refuses a name that is none' server adduser "$dir" 'a b' x
like "$(component "$XMPP_COMPONENT_SECRET")" '<handshake' 'component handshake'
like "$(component wrong)" 'not-authorized' 'a wrong component secret is refused'

run server restart "$dir"
is "$status" 0 'restart' || diag "$err"
port=$XMPP_PORT
eval "$out"
is "$XMPP_PORT" "$port" 'the ports stay'
isnt "$XMPP_PID" "$pid" 'it is another process'
like "$(login "$starttls" "$XMPP_PORT" new.user-1 'pass word' "$disco")" "jid=.$XMPP_SERVICE" 'the account is still there'

ok 'kill9' server kill9 "$dir"
exits 69 'nothing is left to kill' server kill9 "$dir"
ok 'restart after kill9' server restart "$dir"
eval "$out"
like "$(login "$starttls" "$XMPP_PORT" new.user-1 'pass word' "$disco")" "jid=.$XMPP_SERVICE" 'the account has survived that'
ok 'cert' server cert "$dir" new.user-1
ok 'the private CA vouches for it' openssl verify -CAfile "$XMPP_CA" "$dir/tls/new.user-1.crt"

ok 'stop' server stop "$dir"
is "$(grep -lszF "HOME=$dir/" /proc/[0-9]*/environ)" '' 'no process is left'
ok 'stop where nothing runs' server stop "$dir"
exits 66 'stop where nothing ever ran' server stop "$T/nowhere"
done_testing
