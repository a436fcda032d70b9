#!/bin/bash
# SPDX-License-Identifier: MIT
# What strangers have written drives no terminal, and forges no line: not in what is printed for people, not in
# messages, logs and the trace. (The monitor: 68-monitor.sh.) The server is a script of steps (fake_server.py), so that
# none looks after names and addresses before us.
. "${0%/*}/lib.sh"
[[ $E2E_SERVER == prosody && $E2E_MODE == account && $E2E_SERVICE == ours ]] ||
	skip_all 'the server is our own: one run is enough'

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
user=me@localhost/here
export PUBSUB_PASSWORD=open-sesame LC_ALL=C.UTF-8
unset PUBSUB_SERVICE

# Controls of eight bits (CSI, OSC, NEL, ST), and what turns the direction; XML has no others, but for line feeds.
bad=$'\u009b2J\u009d0;owned\u009c\u0085\u202edrow\u2066\u200f\u061c'
lines=$'&#10;pubsub-sub: all is well&#13;'
printf '%s\n' "$bad" >"$T/bad"

# NAME FILE: something is in it, and nothing that a terminal would obey.
harmless() {
	ok "$1: something is told" test -s "$2"
	is "$(LC_ALL=C grep -acP '\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]|\xd8\x9c|[\x00-\x08\x0b-\x1f\x7f]' "$2")" 0 \
		'... in harmless words'
}
isnt "$(LC_ALL=C grep -acP '\xc2[\x80-\x9f]' "$T/bad")" 0 'they would be found'

fake() { # STEP...
	spawn fake "$here/fake_server.py" "$@"
	await_line "$T/fake.out" '^[0-9]+$' || bail_out 'no port'
	port=$(head -n 1 "$T/fake.out")
}
# What CMD... prints is in $T/told.out, and $T/told.err.
tell() { # APPLET ARGUMENT...
	"$e2e_bin/$1" -j "$user" -H "127.0.0.1:$port" --tls none --retries 0 "${@:2}" >"$T/told.out" 2>"$T/told.err"
	local code=$?
	stop fake KILL
	status=$code
}

# --- events ---

bye=(await:'</stream:stream' say:'</stream:stream>' close)

ps="xmlns='http://jabber.org/protocol/pubsub'"
ev="xmlns='http://jabber.org/protocol/pubsub#event'"
granted="answer:<pubsub $ps><subscription node='n' jid='$user' subscription='subscribed'/></pubsub>"
event="say:<message from='service.test' id='$bad'><event $ev><items node='n'><retract id='$bad'/><item id='$bad$lines' publisher='$bad'><x
xmlns='urn:$bad' k='$bad'>$bad&#13;<!--$bad--><y/></x></item></items><delete node='n$bad'/></event></message>"
foreign="say:<message from='$bad' id='$bad'><body>$bad</body></message><iq type='get' id='$bad' from='x@$bad/$bad'><q xmlns='urn:q'/></iq>"
fake login "bind:$user" "$granted" "$foreign" "$event" await:service-unavailable await:'</iq>' 'answer: ' "${bye[@]}"
tell pubsub-sub -s service.test -n n -f pretty -C 1 -vv --trace
is "$status" 0 'an event full of them'
harmless 'pretty' "$T/told.out"
is "$(wc -l <"$T/told.out")" 3 '... in a line each, and one for the payload'
harmless 'the trace' "$T/told.err"

# Markup keeps all of it, for whoever reads it with a parser.
obeyed() { LC_ALL=C grep -acP '\xc2[\x80-\x9f]' "$1"; }
for format in xml payload template; do
	options=(-f "$format")
	[[ $format != template ]] || options=(-F '%x\n')
	fake login "bind:$user" "$granted" "$event" 'answer: ' "${bye[@]}"
	tell pubsub-sub -s service.test -n n "${options[@]}" -C 1
	is "$status" 0 "the same event as markup: $format"
	is "$(obeyed "$T/told.out")" 0 '... has no control of eight bits'
	is "$(sed -n '/<x/{s/.*<x/<x/; s/<y.*/<y/; p}' "$T/told.out" | sed 's/ xmlns=/ /; s/&#x9B;/\xc2\x9b/g; s/&#x9D;/\xc2\x9d/g; s/&#x9C;/\xc2\x9c/g
		s/&#x85;/\xc2\x85/g')" "<x 'urn:$bad' k='$bad'>$bad&#13;<y" '... and lacks nothing'
done
fake login "bind:$user" "answer:<pubsub $ps><items node='n'><item id='$bad' publisher='$bad'><x xmlns='urn:x' k='$bad'>$bad</x></item></items></pubsub>" "${bye[@]}"
tell pubsub-ctl -s service.test get n --xml
is "$status" 0 'items, as elements'
is "$(obeyed "$T/told.out")" 0 '... have none'
like "$(<"$T/told.out")" " id='&#x9B;2J.* k='&#x9B;2J.*>&#x9B;2J.*&#x85;" '... but in references'
fake login "bind:$user" "answer:<pubsub $ps/>" "${bye[@]}"
tell pubsub-pub -s service.test -n n -p -i "$bad" -e '<x/>'
is "$status" 0 'what has been published, as elements'
is "$(obeyed "$T/told.out")" 0 '... has none'
like "$(<"$T/told.out")" " id='&#x9B;2J" '... but in references'

# --- errors ---

header='@header@'
stream=(await:'<stream:stream' await:'>')
stanza_error="<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text
	xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>$bad$lines</text></error>"
error_of() { # NAME STEP...
	local name=$1
	shift
	fake "$@"
	tell pubsub-sub -s service.test -n n -1 -vv --request-timeout 5
	isnt "$status" 0 "$name"
	harmless 'it' "$T/told.err"
}
error_of 'a stanza error' login "bind:$user" "error:$stanza_error" close
is "$(grep -vc ': not confined' "$T/told.err")" 3 '... in one line, behind those of the login'
error_of 'a stream error' "${stream[@]}" "say:$header<stream:error><policy-violation
	xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>$bad</text></stream:error>" close
error_of 'another host' "${stream[@]}" "say:$header<stream:error><see-other-host
	xmlns='urn:ietf:params:xml:ns:xmpp-streams'>$bad</see-other-host></stream:error>" close
error_of 'a failed login' "${stream[@]}" "say:$header@features:<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>@" await:'</auth>' \
	"say:<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/><text>$bad</text></failure>" "${bye[@]}"
error_of 'an address' login "bind:me@localhost/$bad" "error:$stanza_error" close

# --- tables ---

fake login "bind:$user" "answer:<query xmlns='http://jabber.org/protocol/disco#items'><item jid='service.test'
	node='$bad$lines' name='$bad$lines'/></query>" "${bye[@]}"
tell pubsub-ctl -s service.test nodes
is "$status" 0 'names of nodes'
harmless 'they' "$T/told.out"
is "$(wc -l <"$T/told.out")" 1 '... in one line'
fake login "bind:$user" "answer:<query xmlns='http://jabber.org/protocol/disco#items'><item jid='$bad.test' name='$bad'/><item
	jid='b.test' name='$bad'/></query>" silence
tell pubsub-ctl nodes --request-timeout 1
isnt "$status" 0 'services that are found'
harmless 'they' "$T/told.err"

# --- the service's log ---

asked="say:<iq type='get' id='$bad' to='$user' from='eve@test/x'><pubsub $ps><items node='$bad$lines'/></pubsub></iq>"
said="say:<message to='$user' from='eve@test/$bad'><body>$bad</body></message><presence from='eve@test/$bad' type='error'/>"
fake login "bind:$user" "$said" "$asked" await:item-not-found close
tell pubsub-serve --store memory: --disable auto-create -vv --trace
harmless 'the log of a service' "$T/told.err"
like "$(<"$T/told.err")" 'op=items node="\\u009b2J' '... which tells of the request'
done_testing
