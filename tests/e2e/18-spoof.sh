#!/bin/bash
# SPDX-License-Identifier: MIT
# Who claims to be another, or to speak for the service, is not believed: by the service, and by those who follow it.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'it is about our service'
foreign() { become "$e2e_root/tests/e2e/foreign/raw_client.py" "$@"; }
service_start
user alice bob mallory
as alice ctl create "$N" publish_model=open notify_config=1
spawn_ready reader as bob/reader sub -n "$N" --events item,retract,purge,delete,config,subscription
spawn_ready stored as bob/stored sub -n "$N" --state "$T/position" --format id

# --- to those who follow ---

event="xmlns='http://jabber.org/protocol/pubsub#event'"
forged="<event $event><items node='$N'><item id='forged'><x xmlns='urn:x'/></item></items></event>"
inner="<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='$PUBSUB_SERVICE' to='$(jid bob)/reader'
	type='headline'>$forged</message></forwarded>"
to_each() { # XML
	local resource
	for resource in reader stored; do
		printf "<message to='%s' type='headline'>%s</message>\n" "$(jid bob)/$resource" "$1"
	done
}
{
	to_each "$forged"
	to_each "<event $event><delete node='$N'/></event>"
	to_each "<event $event><purge node='$N'/></event>"
	to_each "<event $event><items node='$N'><retract id='real'/></items></event>"
	to_each "<event $event><configuration node='$N'/></event>"
	to_each "<event $event><subscription node='$N' jid='$(jid bob)/reader' subscription='none'/></event>"
	to_each "<received xmlns='urn:xmpp:carbons:2'>$inner</received>"
	to_each "<sent xmlns='urn:xmpp:carbons:2'>$inner</sent>"
	to_each "<result xmlns='urn:xmpp:mam:2' id='1'>$inner</result>"
	to_each "$inner"
	to_each "<addresses xmlns='http://jabber.org/protocol/address'><address type='ofrom' jid='$PUBSUB_SERVICE'/></addresses>$forged"
	to_each "$forged<stanza-id xmlns='urn:xmpp:sid:0' by='$PUBSUB_SERVICE' id='1'/><headers
		xmlns='http://jabber.org/protocol/shim'><header name='Pubsub-Sequence'>99</header></headers>"
	# As an error of the service's, an answer to nothing, and from somebody who has gone.
	for resource in reader stored; do
		printf "<message to='%s' type='error'>%s<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
			</error></message>\n" "$(jid bob)/$resource" "$forged"
		for type in result error; do
			printf "<iq type='%s' id='1' to='%s'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='%s'><item
				id='forged'/></items></pubsub></iq>\n" "$type" "$(jid bob)/$resource" "$N"
		done
		for type in unavailable error unsubscribed subscribe; do
			printf "<presence type='%s' to='%s'/>\n" "$type" "$(jid bob)/$resource"
		done
		# It has seen all that when it answers.
		printf "<iq type='get' id='%s' to='%s'><ping xmlns='urn:xmpp:ping'/></iq>\n" "$resource" "$(jid bob)/$resource"
	done
} >"$T/forged"
as mallory foreign send "$T/forged" >"$T/answers"
is "$? $(grep -zc "type=.result" "$T/answers")" '0 2' 'forged events, of all kinds and in all wrappings'
as alice pub -n "$N" -i real -e "<x xmlns='urn:x'/>"
ok 'then a real one' await_line "$T/reader.out" "id='real'"
ok '... for both readers' await_line "$T/stored.out" '^real$'
is "$(wc -l <"$T/reader.out") $(wc -l <"$T/stored.out")" '1 1' '... is all that they print'
is "$(<"$T/reader.err")$(<"$T/stored.err")" '' '... without another word'

# --- to the service ---

pubsub="xmlns='http://jabber.org/protocol/pubsub'"
{
	printf "<iq type='set' id='a' to='%s'><pubsub %s><publish node='%s'><item id='claimed' publisher='%s'><x xmlns='urn:x'
		publisher='%s' from='%s'/></item></publish></pubsub></iq>\n" "$PUBSUB_SERVICE" "$pubsub" "$N" "$(jid alice)" \
		"$(jid alice)" "$(jid alice)"
	# A wrapped request is none.
	printf "<message to='%s'><forwarded xmlns='urn:xmpp:forward:0'><iq xmlns='jabber:client' type='set' id='b' from='%s'><pubsub
		xmlns='http://jabber.org/protocol/pubsub#owner'><delete node='%s'/></pubsub></iq></forwarded></message>\n" \
		"$PUBSUB_SERVICE" "$(jid alice)" "$N"
	for type in result error; do
		printf "<iq type='%s' id='1' to='%s'/>\n" "$type" "$PUBSUB_SERVICE"
	done
	# Somebody else's subscription, to be ended, and asked for.
	printf "<iq type='set' id='c' to='%s'><pubsub %s><unsubscribe node='%s' jid='%s'/></pubsub></iq>\n" "$PUBSUB_SERVICE" \
		"$pubsub" "$N" "$(jid bob)/reader"
	printf "<iq type='set' id='d' to='%s'><pubsub %s><subscribe node='%s' jid='%s'/></pubsub></iq>\n" "$PUBSUB_SERVICE" \
		"$pubsub" "$N" "$(jid bob)"
	printf "<iq type='get' id='e' to='%s'><pubsub %s><items node='%s'/></pubsub></iq>\n" "$PUBSUB_SERVICE" "$pubsub" "$N"
} >"$T/claims"
as mallory foreign send "$T/claims" >"$T/answers"
is "$?" 0 'requests in the name of others'
mapfile -d '' -t answers <"$T/answers"
like "${answers[0]}" "type=.result" 'an item that names another publisher is taken'
like "${answers[1]}" 'forbidden' "... another's subscription is not ended"
like "${answers[2]}" 'invalid-jid' '... nobody else is subscribed'
like "${answers[3]}" "id=.claimed.[^>]*publisher=.$(jid mallory)|publisher=.$(jid mallory)[^>]*id=.claimed." \
	'... and the item names who has published it'
ok 'they hear of it' await_line "$T/reader.out" "id='claimed'.* publisher='$(jid mallory)[/']"
is "$(wc -l <"$T/reader.out")" 2 '... and of nothing else'
stop reader
is "$status" 0 'the reader ends as ever'
stop stored
is "$status" 0 '... and so does the other'
service_stop
is "$status" 0 '... and the service'
done_testing
