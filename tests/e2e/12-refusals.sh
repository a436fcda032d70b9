#!/bin/bash
# SPDX-License-Identifier: MIT
# What pubsub(1) says of exit codes holds for each applet: refusals of a service, and a login or connection that
# fails. The servers are scripts (refusing_server.py, fake_server.py), so one run is enough.
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../certificate.sh
. "${0%/*}/../certificate.sh"
[[ $E2E_SERVER == prosody && $E2E_MODE == account && $E2E_SERVICE == ours ]] ||
	skip_all 'the server is our own: one run is enough'

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
export PUBSUB_PASSWORD=open-sesame
user=me@localhost/here

# --- refusals ---

spawn refusing "$here/refusing_server.py"
await_line "$T/refusing.out" '^[0-9]+$' || bail_out 'no port'
to_service() { # APPLET SERVICE ARGUMENT...
	local applet=$1 service=$2
	shift 2
	become "$e2e_bin/$applet" -j "$user" --tls none -H "127.0.0.1:$(head -n 1 "$T/refusing.out")" -s "$service" --retries 0 "$@"
}

# One line: what was being done, to whom, at which service, what came back, and what to do about it.
refused() { # CODE SERVICE SAID [HINT]
	local code=$1 service=$2.test said=$3 hint=${4-}
	while IFS='|' read -r doing applet arguments; do
		# shellcheck disable=SC2086 # words
		exits "$code" "$applet $arguments: $2" to_service "$applet" "$service" $arguments
		is "$err" "$applet: cannot $doing at $service: $said${hint:+; $hint}" '... says so'
	done <<-'END'
		subscribe to 'a'|pubsub-sub|-n a
		publish the item of --payload to 'a'|pubsub-pub|-n a -e <x/>
		create 'a'|pubsub-ctl|create a title=x
	END
}
so=': so?it is' # the service's text, with a line feed in it
there='is there a pubsub service at that address, and is it running?'
refused 65 modify.not-acceptable "not-acceptable$so"
refused 65 modify.not-acceptable.payload-too-big "not-acceptable (payload-too-big)$so" \
	'the item is larger than the service accepts'
refused 65 modify.bad-request.invalid-payload "bad-request (invalid-payload)$so"
refused 66 cancel.item-not-found "item-not-found$so" \
	'is the name right? (pubsub-ctl create, or pubsub-pub --create, makes a node)'
refused 69 cancel.service-unavailable "service-unavailable$so" "$there"
refused 69 cancel.remote-server-not-found "remote-server-not-found$so" "is the service's name right?"
refused 73 cancel.conflict "conflict$so" 'there is one already'
refused 73 cancel.conflict.precondition-not-met "conflict (precondition-not-met)$so" \
	'the node is configured in another way than the publish options want'
refused 75 wait.resource-constraint "resource-constraint$so" 'it may work later'
refused 76 cancel.feature-not-implemented "feature-not-implemented$so" 'the service does not offer this'
refused 76 cancel.undefined-condition "undefined-condition$so"
refused 77 auth.forbidden "forbidden$so" 'has the account the rights for it? (pubsub-ctl affiliations)'
refused 77 auth.not-authorized.presence-subscription-required "not-authorized (presence-subscription-required)$so" \
	"the node is for contacts who see its owner's presence"
refused 77 cancel.not-allowed.closed-node "not-allowed (closed-node)$so" 'the node is for invited subscribers'

# From here on what waits does so at once.
waiting="read items of 'a'|pubsub-sub|-n a -1
publish the item of --payload to 'a'|pubsub-pub|-n a -e <x/>
read the items of 'a'|pubsub-ctl|get a"
while IFS='|' read -r doing applet arguments; do
	# shellcheck disable=SC2086 # words
	spawn "$applet" to_service "$applet" silent.test --request-timeout 1 $arguments
done <<<"$waiting"
while IFS='|' read -r doing applet arguments; do
	reap "$applet"
	is "$status" 75 "$applet $arguments: no answer"
	is "$err" "$applet: cannot $doing at silent.test: no answer in time (--request-timeout)" '... says so'
done <<<"$waiting"

# A signal ends a run that has work left: by 128 and its number, but for sub, which has done what it could.
while IFS='|' read -r applet int term arguments; do
	for signal in INT TERM; do
		# shellcheck disable=SC2086 # words
		spawn "$signal" to_service "$applet" silent.test --trace $arguments
	done
	for signal in INT TERM; do
		await_line "$T/$signal.err" 'silent.test' || fail "$applet sends its request"
		kill "-$signal" "${pids[$signal]}"
	done
	for signal in INT TERM; do
		code=$int
		[[ $signal == INT ]] || code=$term
		reap "$signal"
		is "$status" "$code" "$applet $arguments: SIG$signal while the answer is awaited"
		rm "$T/$signal.err"
	done
done <<-'END'
	pubsub-sub|0|0|-n a
	pubsub-pub|130|143|-n a -e <x/>
	pubsub-ctl|130|143|get a
END
stop refusing KILL

# --- login and connection ---

# Starts the server, as a program of that name; its port is $port.
fake() { # NAME STEP...
	local name=$1
	shift
	spawn "$name" "$here/fake_server.py" "$@"
	await_line "$T/$name.out" '^[0-9]+$' || bail_out 'no port'
	port=$(head -n 1 "$T/$name.out")
}
each_applet() { # CODE PATTERN NAME OPTIONS STEP...
	local code=$1 pattern=$2 name=$3 options=$4 applet arguments applets=()
	shift 4
	while read -r applet arguments; do
		applets+=("$applet")
		fake "server-of-$applet" "$@"
		# shellcheck disable=SC2086 # words
		spawn "$applet" "$e2e_bin/$applet" -j "$user" -H "127.0.0.1:$port" --retries 0 $arguments $options
	done <<-'END'
		pubsub-sub -s p.test -n a
		pubsub-pub -s p.test -n a -e <x/>
		pubsub-ctl -s p.test get a
		pubsub-serve --store memory:
	END
	for applet in "${applets[@]}"; do
		reap "$applet"
		is "$status" "$code" "$applet: $name"
		like "$err" "^(pubsub-pub: 1 without an answer: [^"$'\n'"]*"$'\n'")?$applet: [^"$'\n'"]*${pattern}[^"$'\n'"]*$" \
			'... says so, in one line'
		stop "server-of-$applet" KILL
	done
}
open=(await:'<stream:stream' await:'>' say:'@header@')
plain=("${open[@]}" say:"@features:<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>@")
stream_error() { printf "say:<stream:error><%s xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>" "$1"; }

each_applet 68 'the server does not know that domain' 'host-unknown' '' "${open[@]}" "$(stream_error host-unknown)" close
each_applet 69 'replaced by a new connection of the same resource' 'replaced by the same resource' '--tls none --retries 3' \
	login "bind:$user" "$(stream_error conflict)" close
each_applet 75 'the connection was lost' 'the connection is lost' '--tls none' login "bind:$user" close
each_applet 75 'not logged in after 1 s' 'a login without an end' '--tls none --connect-timeout 1' silence
each_applet 76 'does not speak XMPP' 'a peer that speaks something else' '' say:'220 mail.example ESMTP
' silence
each_applet 77 "login as $user failed: wrong password or unknown account" 'the login fails' '--tls none' "${plain[@]}" \
	await:'</auth>' "say:<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>" silence
scram=("${open[@]}" say:"@features:<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1</mechanism></mechanisms>@")
each_applet 77 'the server does not know the password itself: it is not what it claims to be' 'the server proves nothing' \
	'--tls none --retries 3' "${scram[@]}" scram:v=bm9uc2Vuc2U= silence
each_applet 77 'offers no TLS' 'no TLS is offered' '' "${plain[@]}" silence
certificate own DNS:localhost 2
each_applet 77 'is not trusted: self-signed certificate; --ca-file names the CA that is to be trusted' 'the certificate is not trusted' '--tls direct' --cert "$T/own.crt" --key "$T/own.key" tls silence

certificate elsewhere DNS:elsewhere.example 2 "$T/own"
certificate expired DNS:localhost -1 "$T/own"
offer=("${open[@]}" "say:@features:<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>@" await:'starttls' await:'>')
proceed="say:<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
trusted="--tls starttls --ca-file $T/own.crt"
each_applet 77 'is not trusted: [^;]*mismatch' "the certificate is another host's" "$trusted" \
	--cert "$T/elsewhere.crt" --key "$T/elsewhere.key" "${offer[@]}" "$proceed" tls silence
each_applet 77 'is not trusted: certificate has expired' 'the certificate has expired' "$trusted" \
	--cert "$T/expired.crt" --key "$T/expired.key" "${offer[@]}" "$proceed" tls silence
each_applet 77 'TLS' 'TLS is offered, and refused' '' "${offer[@]}" "say:<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>" close

done_testing
