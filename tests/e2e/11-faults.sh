#!/bin/bash
# SPDX-License-Identifier: MIT
# Servers that fail, refuse, stall or lie: each has its exit code and its sentence (pubsub(1)). The server is a
# script of steps here (fake_server.py), so this runs once, whatever server the others run with.
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../certificate.sh
. "${0%/*}/../certificate.sh"
[[ $E2E_SERVER == prosody && $E2E_MODE == account && $E2E_SERVICE == ours ]] ||
	skip_all 'the server is our own: one run is enough'

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
user=me@localhost/here
try=(pubsub-sub -j "$user" -s service.localhost -n "$N" -1 --retries 0)
export PUBSUB_PASSWORD=open-sesame
header='@header@'
stream=(await:'<stream:stream' await:'>')

# Starts the server; its port is $port.
fake() { # STEP...
	fake_as fake "$@"
}
fake_as() { # NAME STEP...
	local name=$1
	shift
	spawn "$name" "$here/fake_server.py" "${tls[@]}" "$@"
	await_line "$T/$name.out" '^[0-9]+$' || bail_out 'no port'
	port=$(head -n 1 "$T/$name.out")
}
done_with() { stop fake KILL; }
against() { become "${try[@]}" -H "127.0.0.1:$port" "$@"; }
tls=()

# CODE, PATTERN, NAME, OPTIONS, STEP...: begins with it. Many wait for a while, so they run at once, until judge().
cases=()
case_of() {
	local n=${#cases[@]} options=$4
	cases+=("$1"$'\t'"$2"$'\t'"$3")
	fake_as "server-$n" "${@:5}"
	# shellcheck disable=SC2086 # several words
	spawn "client-$n" against $options
}
judge() {
	local n code pattern name
	for n in "${!cases[@]}"; do
		IFS=$'\t' read -r code pattern name <<<"${cases[n]}"
		reap "client-$n"
		is "$status" "$code" "$name"
		like "$err" "$pattern" '... says so'
		is "$(wc -l <"$T/client-$n.err")" 1 '... in one line'
		stop "server-$n" KILL
	done
	cases=()
}
error() { printf "say:<stream:error><%s xmlns='urn:ietf:params:xml:ns:xmpp-streams'>%s</%s></stream:error></stream:stream>" "$1" "${2-}" "$1"; }

# --- before the login ---

case_of 76 'without a word of XMPP' 'a peer that hangs up at once' '' close
case_of 76 'does not speak XMPP' 'a peer that speaks something else, and stays' '' say:'220 mail.example ESMTP
' silence
case_of 75 'not logged in after 1 s' 'direct TLS with a peer that says nothing' '--tls direct --connect-timeout 1' silence
case_of 77 'offers no TLS' 'a server without TLS, or TLS stripped off' '' "${stream[@]}" "say:$header@features:<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>@" silence
case_of 68 'does not know that domain' 'another domain' '' "${stream[@]}" "say:$header" "$(error host-unknown)" close
case_of 75 'another host .*there.example' 'a server that refers to another' '' "${stream[@]}" "say:$header" "$(error see-other-host there.example)" close
case_of 75 'policy' 'a policy' '' "${stream[@]}" "say:$header" "$(error policy-violation)" close
case_of 75 'reset' 'a condition that has no sentence is named' '' "${stream[@]}" "say:$header" "$(error reset)" close
mechanisms="say:$header@features:<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>@"
sasl_error() { printf "say:<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><%s/></failure>" "$1"; }
case_of 75 'temporary-auth-failure' 'a server that cannot check passwords now' '--tls none' "${stream[@]}" "$mechanisms" await:'</auth>' "$(sasl_error temporary-auth-failure)" silence
case_of 77 'account-disabled' 'an account that is locked' '--tls none' "${stream[@]}" "$mechanisms" await:'</auth>' "$(sasl_error account-disabled)" silence

scram="say:$header@features:<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>@"
for last in v=rmF9pqV8S7suAoZWja4dJRkFsKQ= x=none; do
	case_of 77 'the server does not know the password itself' "a server that says it is right, and shows no more than $last" '--tls none' \
		"${stream[@]}" "$scram" "scram:$last" silence
done

# Behind the password: what is left out, and what a server of another time wants (RFC 3921).
rules='the server does not keep to the rules of a login'
passed=("${stream[@]}" "$mechanisms" await:'</auth>' "say:<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>" "${stream[@]}")
bind="<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
with_session="say:$header@features:$bind<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>@"
case_of 76 "$rules" 'a server that binds nobody' '--tls none' "${passed[@]}" "say:$header@features:@" silence
case_of 77 'the server offers TLS, and refuses it' 'a server that offers TLS, and then does not want it' '' "${stream[@]}" \
	"say:$header@features:<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>@" await:'<starttls' \
	"say:<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" silence
case_of 77 "$rules|not what it claims" 'a server that answers a password with something else' '--tls none' "${stream[@]}" "$mechanisms" \
	await:'</auth>' "say:<proceed xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>" silence
case_of 75 'the server gave no session' 'a server that wants a session, and gives none' '--tls none' "${passed[@]}" "$with_session" \
	"bind:$user" await:'</iq>' "say:<iq type='error' id='session'/>" silence
case_of 66 'item-not-found' 'a server that wants a session' '--tls none' "${passed[@]}" "$with_session" \
	"bind:$user" await:'</iq>' "say:<iq type='result' id='session'/>" refuse:item-not-found await:'</stream:stream>' say:'</stream:stream>' close
judge

# --- certificates ---

certificate ca DNS:ca.example 2
certificate good DNS:localhost 2 "$T/ca"
certificate elsewhere DNS:elsewhere.example 2 "$T/ca"
certificate expired DNS:localhost -1 "$T/ca"
offer=("${stream[@]}" "say:$header@features:<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>@"
	await:'starttls' await:'>' "say:<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" tls)
for way in starttls direct; do
	steps=(tls silence)
	[[ $way == direct ]] || steps=("${offer[@]}" silence)
	options="--tls $way --ca-file $T/ca.crt"
	tls=(--cert "$T/elsewhere.crt" --key "$T/elsewhere.key")
	case_of 77 'not trusted: .*mismatch' "$way: a certificate for another host" "$options" "${steps[@]}"
	tls=(--cert "$T/expired.crt" --key "$T/expired.key")
	case_of 77 'not trusted: .*expired' "$way: a certificate that has expired" "$options" "${steps[@]}"
	tls=(--cert "$T/good.crt" --key "$T/good.key")
	case_of 77 'not trusted' "$way: a certificate of nobody known" "--tls $way" "${steps[@]}"
	case_of 75 'not logged in after 1 s' "$way: a good one, and then silence" "$options --connect-timeout 1" "${steps[@]}"
done
judge
# What comes in the open behind the word that TLS begins is nobody's: it is not as if the server had said it.
fake "${offer[@]:0:5}" "${offer[5]}<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>" \
	tls "${stream[@]}" print:'in secret' say:"$header@features:@" await:'<auth' print:'the password' silence
exits 77 'a way to log in that is offered in the open' against --ca-file "$T/ca.crt"
like "$err" 'offers no way to log in' '... is as none'
reap fake
is "$(grep -x -e 'in secret' -e 'the password' <<<"$out")" 'in secret' '... is not taken'
tls=()
printf 'nothing of that kind\n' >"$T/no.crt"
exits 78 'a CA file without a certificate' "${try[@]}" -H 127.0.0.1:1 --ca-file "$T/no.crt"
like "$err" 'no certificate in the CA file' '... says so'

# --- after the login ---

case_of 76 'malformed XML' 'malformed XML' '--tls none' login "bind:$user" say:'<message></massage>' silence
case_of 75 'connection was lost' 'a stream that ends politely' '--tls none' login "bind:$user" say:'</stream:stream>' close
case_of 75 'connection was lost' 'a connection that breaks off' '--tls none' login "bind:$user" close
case_of 69 'replaced by a new connection' 'another connection of that resource' '--tls none --retries 3' login "bind:$user" "$(error conflict)" close
case_of 75 'shutting down' 'a server that is shut down' '--tls none' login "bind:$user" "$(error system-shutdown)" close
judge

# rows: ACCT-02
fake login "bind:me@localhost/other" silence
exits 76 'serve does not run under another address than its own' \
	pubsub-serve -j "$user" --tls none -H "127.0.0.1:$port" --store memory: --retries 3
like "$err" "gave the address 'me@localhost/other'" '... says so'
done_with

# --- secrets ---

fake login "bind:$user" close
against --tls none --trace >"$T/trace" 2>&1
like "$(<"$T/trace")" 'SENT <auth' 'the trace shows the login'
is "$(grep -c -e open-sesame -e "$(printf '\0me\0open-sesame' | base64)" "$T/trace")" 0 '... but not the password'
done_with

unset PUBSUB_PASSWORD
fake login "bind:$user" print:'logged in' close
terminal() { "$here/terminal.py" 'password for me@localhost/here: ' "$@"; }
terminal open-sesame "${try[@]}" -H "127.0.0.1:$port" --tls none >"$T/terminal" 2>&1
like "$(<"$T/fake.out")" 'logged in' 'a password that was typed'
like "$(<"$T/terminal")" 'echo on' '... and the terminal echoes again'
is "$(grep -c open-sesame "$T/terminal")" 0 '... what was typed does not show'
done_with
terminal ^C "${try[@]}" -H 127.0.0.1:1 --tls none >"$T/terminal" 2>&1
like "$(<"$T/terminal")" 'echo on' 'interrupted at the prompt: the terminal echoes again'
like "$(<"$T/terminal")" 'status -2' '... and it ends by the signal'

(umask 0 && echo open-sesame >"$T/open")
fake login "bind:$user" close
against --tls none --password-file "$T/open" 2>"$T/open.err"
like "$(<"$T/open.err")" 'can be read by others' 'a password file for all to read draws a warning'
done_with
fake login "bind:$user" print:'logged in' close
printf '<x xmlns="urn:x"/>' | pubsub-pub -j "$user" -s service.localhost -n "$N" --retries 0 --tls none -H "127.0.0.1:$port" \
	--password-command "cat; echo open-sesame; seq 100000" 2>"$T/command.err"
like "$(<"$T/fake.out")" 'logged in' 'a password command does not get our input, and may say more than is read'
done_with

# --- descriptors ---

export PUBSUB_PASSWORD=open-sesame
# In a shell of its own: of this one some descriptors are not inherited.
many_descriptors='
	ulimit -n 2048 && exec 3</dev/null 4<&3 5<&3 6<&3 7<&3 8<&3 9<&3 || exit
	while exec {fd}<&3; ((fd < 1100)); do :; done
	exec "$@"'
fake login silence
case $(ulimit -Hn) in
unlimited | [2-9][0-9][0-9][0-9] | [1-9][0-9][0-9][0-9][0-9]*)
	exits 69 'too many open descriptors for the library' \
		bash -c "$many_descriptors" bash "${try[@]}" -H "127.0.0.1:$port" --tls none
	like "$err" 'Too many open files' '... says so'
	;;
*) skip 'too many open descriptors for the library' 'the limit is too low' ;;
esac
done_with

done_testing
