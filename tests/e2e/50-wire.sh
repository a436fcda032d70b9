#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # the names in the tables
#
# The protocol on the wire, row by row of the requirements: which rows it shows | who sends | what | what comes back.
# foreign/wire.py says how to read the tables. The first one is played with the servers' own services, too.
. "${0%/*}/lib.sh"

info=http://jabber.org/protocol/disco#info
list=http://jabber.org/protocol/disco#items
ns=http://jabber.org/protocol/pubsub
set="set xmlns='http://jabber.org/protocol/rsm'"
alice=$(jid alice) bob=$(jid bob) carol=$(jid carol) S=$PUBSUB_SERVICE

# Where the servers' own services, which are here to test the first table, are known to do it another way.
declare -A known=()
knows() { # SERVER REASON ROWS...: each the whole of a row's first column
	local rows
	[[ $E2E_SERVICE == reference && $E2E_SERVER == "$1" ]] || return 0
	for rows in "${@:3}"; do
		known[$rows]=$2
	done
}
knows prosody 'no ping to its services' X0199-01
knows prosody 'a plain error instead' SUB-06 PUB-27 PUB-30
knows prosody 'another type of error' UNSUB-04
knows prosody 'rights are checked before existence' 'RETR-13 (node)' PURGE-08 DEL-08
knows prosody 'one id for the messages of an event' PUB-12
knows ejabberd 'no ping to its services' X0199-01
knows ejabberd 'another type of error' UNSUB-04
knows ejabberd 'notifications have no ids, or the same' PUB-12
knows ejabberd 'publishers are shown only where a node is configured so' 'PUB-15 ITEMS-14'
knows ejabberd 'items keep the place where they were first' PUB-10 ITEMS-10
knows ejabberd 'in an order of its own' ITEMS-09
knows ejabberd 'a set that was not asked for, from a negative index' ITEMS-11
knows ejabberd 'no news of deletion unless configured' DEL-03

# Plays the table on standard input.
wire() {
	local arguments=(--service "$S") name verdict rows why
	user alice bob carol admin
	for name in "${!known[@]}"; do
		arguments+=(--skip "$name")
	done
	for name in alice bob carol admin; do
		arguments+=("$name=$(jid "$name")=$(user_password "$name")")
	done
	while IFS=$'\t' read -r verdict rows why; do
		case $verdict in
		ok) pass "$rows" ;;
		skip) skip "$rows" "$E2E_SERVER: ${known[$rows]}" ;;
		*) fail "$rows" "$why" ;;
		esac
	done < <(/usr/bin/python3 "${0%/*}/foreign/wire.py" "${arguments[@]}" 2>"$T/wire.err")
	[[ ! -s $T/wire.err ]] || fail 'the table is played to its end' "$(<"$T/wire.err")"
}

service_start

# Nodes, subscriptions, items: what every service has.
wire <<END
X0030-01 DISCO-01 | bob | get <query xmlns='$info'/> |
	has <query xmlns='$info'><identity category='pubsub' type='service'/><feature var='$info'/></query>
DISCO-02 DISCO-37 DISCO-39 DISCO-42 | bob | get <query xmlns='$info'/> |
	has <query xmlns='$info'><feature var='$ns'/><feature var='$ns#create-nodes'/><feature var='$ns#delete-nodes'/>
	<feature var='$ns#instant-nodes'/></query>
PUB-01 DISCO-38 DISCO-43 DISCO-62 DISCO-66 DISCO-69 | bob | get <query xmlns='$info'/> |
	has <query xmlns='$info'><feature var='$ns#publish'/><feature var='$ns#delete-items'/><feature var='$ns#item-ids'/>
	<feature var='$ns#retract-items'/><feature var='$ns#retrieve-items'/><feature var='$ns#subscribe'/></query>
X0199-01 | bob | get <ping xmlns='urn:xmpp:ping'/> | result

CREATE-01 | alice | set <create node='$N'/> | result
CREATE-05 GEN-13 | bob | set <create node='$N'/> | cancel conflict
CREATE-07 CREATE-08 CREATE-10 | alice | set <create/> | result <create node='*'/>
GEN-13 | alice | set <create node='$N-X'/> | result
GEN-13 | alice | set <create node='$N-x'/> | result
GEN-15 | alice | set <create node='$N/a/b'/> | result
GEN-15 | alice | get <query xmlns='$info' node='$N/a'/> | cancel item-not-found
DISCO-05 X0030-02 ADDR-01 | bob | get <query xmlns='$info' node='$N'/> |
	has <query xmlns='$info' node='$N'><identity category='pubsub' type='leaf'/></query>
DISCO-06 X0030-04 | bob | get <query xmlns='$info' node='$N-missing'/> | cancel item-not-found
DISCO-06 | bob | get <query xmlns='$list' node='$N-missing'/> | cancel item-not-found
DISCO-25 | bob | get <query xmlns='$list' node='$N'/> | result <query xmlns='$list'/>
ITEMS-26 | bob | get <items node='$N'/> | result <items node='$N'/>
ITEMS-25 | bob | get <items node='$N-missing'/> | cancel item-not-found

SUB-01 SUB-04 GEN-02 | bob | set <subscribe node='$N' jid='$bob'/> |
	result <subscription node='$N' jid='$bob' subscription='subscribed'/>
SUB-29 | bob | set <subscribe node='$N' jid='$bob'/> | result <subscription node='$N' jid='$bob' subscription='subscribed'/>
SUB-05 | alice/two | set <subscribe node='$N' jid='$alice/two'/> |
	result <subscription node='$N' jid='$alice/two' subscription='subscribed'/>
SUB-06 | carol | set <subscribe node='$N' jid='$bob'/> | modify bad-request + pubsub:invalid-jid
SUB-20 | bob | set <subscribe node='$N-missing' jid='$bob'/> | cancel item-not-found
UNSUB-04 | carol | set <unsubscribe node='$N' jid='$carol'/> | cancel unexpected-request + pubsub:not-subscribed
UNSUB-05 | carol | set <unsubscribe node='$N' jid='$bob'/> | auth forbidden
UNSUB-06 | bob | set <unsubscribe node='$N-missing' jid='$bob'/> | cancel item-not-found

PUB-02 PUB-06 PUB-07 GEN-01 | alice | set <publish node='$N'><item id='a'><x xmlns='urn:x' k='&lt;"'>t<y xmlns=''/></x></item></publish> |
	result <publish node='$N'><item id='a'/></publish>
PUB-13 PUB-18 EVT-02 | bob |  | event to=$bob <items node='$N'><item id='a'><x xmlns='urn:x' k='&lt;"'>t<y xmlns=''/></x></item></items>
SUB-05 SUB-31 | alice/two |  | event to=$alice/two <items node='$N'><item id='a'><x xmlns='urn:x' k='&lt;"'>t<y xmlns=''/></x></item></items>
PUB-11 | bob |  | nothing
PUB-42 | alice |  | nothing
PUB-05 PUB-08 PUB-29 | alice | set <publish node='$N'><item><x xmlns='urn:x'/></item></publish> |
	result <publish node='$N'><item id='*'/></publish>
PUB-05 | bob |  | event <items node='$N'><item id='*'><x xmlns='urn:x'/></item></items>
PUB-07 | alice | set <publish node='$N'><item id='p' publisher='$bob'><x xmlns='urn:x'/></item></publish> |
	result <publish node='$N'><item id='p'/></publish>
PUB-07 | bob |  | event <items node='$N'><item id='p'><x xmlns='urn:x'/></item></items>
PUB-09 | alice | set <publish node='$N'><item id='a'><x xmlns='urn:x'>2</x></item></publish> | result <publish node='$N'><item id='a'/></publish>
PUB-09 | bob |  | event <items node='$N'><item id='a'><x xmlns='urn:x'>2</x></item></items>
PUB-10 | carol | get <items node='$N'/> |
	result <items node='$N'><item><x xmlns='urn:x'/></item><item id='p'><x xmlns='urn:x'/></item><item id='a'><x xmlns='urn:x'>2</x></item></items>
ITEMS-10 | carol | get <items node='$N' max_items='1'/> | result <items node='$N'><item id='a'><x xmlns='urn:x'>2</x></item></items>
ITEMS-11 | carol | get <items node='$N' max_items='50'/> | result <items node='$N'><item>*</item><item>*</item><item>*</item></items>
PUB-15 ITEMS-14 | carol | get <items node='$N'><item id='p'/></items> | result <items node='$N'><item id='p' publisher='$alice*'>*</item></items>
ITEMS-13 GEN-14 | carol | get <items node='$N'><item id='p'/></items> | result <items node='$N'><item id='p'><x xmlns='urn:x'/></item></items>
ITEMS-09 | carol | get <items node='$N'><item id='p'/><item id='a'/></items> |
	result <items node='$N'><item id='p'><x xmlns='urn:x'/></item><item id='a'><x xmlns='urn:x'>2</x></item></items>
ITEMS-26 | carol | get <items node='$N'><item id='missing'/></items> | result <items node='$N'/>
PUB-23 | carol | set <publish node='$N'><item id='c'><x xmlns='urn:x'/></item></publish> | auth forbidden
PUB-27 | alice | set <publish node='$N'><item id='two'><x xmlns='urn:x'/><x xmlns='urn:x'/></item></publish> |
	modify bad-request + pubsub:invalid-payload
PUB-30 | alice | set <publish node='$N'/> | modify bad-request + pubsub:item-required
RETR-08 RETR-18 | carol | set <retract node='$N'><item id='a'/></retract> | auth forbidden
RETR-18 | carol | set <retract node='$N'><item id='missing'/></retract> | auth forbidden
RETR-13 | alice | set <retract node='$N'><item id='missing'/></retract> | cancel item-not-found
RETR-13 (node) | alice | set <retract node='$N-missing'><item id='a'/></retract> | cancel item-not-found
RETR-01 RETR-02 RETR-09 | alice | set <retract node='$N' notify='true'><item id='a'/></retract> | result
RETR-03 RETR-06 | bob |  | event <items node='$N'><retract id='a'/></items>
RETR-02 ITEMS-05 | carol | get <items node='$N'><item id='a'/></items> | result <items node='$N'/>
UNSUB-01 UNSUB-02 | alice/two | set <unsubscribe node='$N' jid='$alice/two'/> | result
UNSUB-04 | alice/two | set <unsubscribe node='$N' jid='$alice/two'/> | cancel unexpected-request + pubsub:not-subscribed
PURGE-05 GEN-11 | bob | own-set <purge node='$N'/> | auth forbidden
PURGE-08 | alice | own-set <purge node='$N-missing'/> | cancel item-not-found
PURGE-01 | alice | own-set <purge node='$N'/> | result
PURGE-02 | bob |  | event <purge node='$N'/>
PURGE-01 | bob | get <items node='$N'/> | result <items node='$N'/>
PURGE-09 | alice | own-set <purge node='$N'/> | result
PURGE-09 | bob |  | event <purge node='$N'/>
PUB-12 | bob |  | ids
DEL-07 GEN-11 | bob | own-set <delete node='$N'/> | auth forbidden
DEL-08 | alice | own-set <delete node='$N-missing'/> | cancel item-not-found
DEL-01 | alice | own-set <delete node='$N'/> | result
DEL-03 | bob |  | event <delete node='$N'/>
DEL-02 | bob | set <create node='$N'/> | result
DEL-02 | bob | get <items node='$N'/> | result <items node='$N'/>
DEL-02 | alice | own-set <delete node='$N'/> | auth forbidden
DEL-02 | bob | set <publish node='$N'><item id='1'><x xmlns='urn:x'/></item></publish> | result <publish node='$N'><item id='1'/></publish>
DEL-02 | bob |  | nothing
END

[[ $E2E_SERVICE == ours ]] || done_testing
[[ $E2E_SERVICE == ours ]] || done_testing

# Requests that make no sense, or that are not offered; what the service says of itself.
wire <<END
GEN-06 | bob | get <query xmlns='urn:unknown'/> | cancel service-unavailable
GEN-06 | bob | set <pubsub xmlns='$ns#event'/> | cancel service-unavailable
GEN-08 | alice | <iq type='set'><pubsub xmlns='$ns'/></iq> | modify bad-request
GEN-08 | alice | set <dance node='$N-8'/> | modify bad-request
GEN-08 | alice | set <create node='$N-8'/><publish node='$N-8'><item><x xmlns='urn:x'/></item></publish> | modify bad-request
GEN-08 | alice | set <create node='$N-8'/><create node='$N-8b'/> | modify bad-request
GEN-08 CREATE-14 CREATE-17 | alice | get <query xmlns='$info' node='$N-8'/> | cancel item-not-found
GEN-09 | alice | get <publish node='$N'/> | modify bad-request
GEN-09 | alice | get <create node='$N-9'/> | modify bad-request
GEN-09 | alice | set <items node='$N'/> | modify bad-request
GEN-09 | alice | own-get <delete node='$N'/> | modify bad-request
GEN-09 | alice | set <query xmlns='$info'/> | modify bad-request
GEN-10 | bob | set <delete node='$N'/> | modify bad-request
GEN-10 | bob | set <purge node='$N'/> | modify bad-request
GEN-10 | bob | own-set <create node='$N-10'/> | modify bad-request
GEN-10 | bob | own-set <publish node='$N'><item><x xmlns='urn:x'/></item></publish> | modify bad-request
GEN-04 | bob | own-get <configure node='$N'/> | cancel feature-not-implemented + pubsub:unsupported[feature=config-node]
GEN-04 | bob | own-set <configure node='$N'/> | cancel feature-not-implemented + pubsub:unsupported[feature=config-node]
GEN-04 | bob | own-get <default/> | cancel feature-not-implemented + pubsub:unsupported[feature=retrieve-default]
GEN-04 | bob | own-get <subscriptions node='$N'/> | cancel feature-not-implemented + pubsub:unsupported[feature=manage-subscriptions]
GEN-04 | bob | own-set <subscriptions node='$N'/> | cancel feature-not-implemented + pubsub:unsupported[feature=manage-subscriptions]
GEN-04 | bob | own-get <affiliations node='$N'/> | cancel feature-not-implemented + pubsub:unsupported[feature=modify-affiliations]
GEN-04 | bob | own-set <affiliations node='$N'/> | cancel feature-not-implemented + pubsub:unsupported[feature=modify-affiliations]
GEN-04 | bob | get <subscriptions/> | cancel feature-not-implemented + pubsub:unsupported[feature=retrieve-subscriptions]
GEN-04 | bob | get <affiliations/> | cancel feature-not-implemented + pubsub:unsupported[feature=retrieve-affiliations]
GEN-04 | bob | get <default/> | cancel feature-not-implemented + pubsub:unsupported[feature=retrieve-default-sub]
GEN-04 | bob | get <options node='$N' jid='$bob'/> | cancel feature-not-implemented + pubsub:unsupported[feature=subscription-options]
GEN-04 | bob | set <subscribe node='$N' jid='$bob'/><options/> |
	cancel feature-not-implemented + pubsub:unsupported[feature=subscription-options]
GEN-04 | bob | set <publish node='$N'><item><x xmlns='urn:x'/></item></publish><publish-options/> |
	cancel feature-not-implemented + pubsub:unsupported[feature=publish-options]
X0030-05 X0199-02 X0092-02 X0059 | carol | get <query xmlns='$info'/> |
	has <query xmlns='$info'><feature var='$list'/><feature var='urn:xmpp:ping'/><feature var='jabber:iq:version'/>
	<feature var='http://jabber.org/protocol/rsm'/></query>
DISCO-28 DISCO-32 PUB-35 ITEMS-07 DISCO-68 DISCO-61 | carol | get <query xmlns='$info'/> |
	has <query xmlns='$info'><feature var='$ns#access-open'/><feature var='$ns#auto-create'/><feature var='$ns#rsm'/>
	<feature var='$ns#purge-nodes'/><feature var='$ns#persistent-items'/></query>
DISCO-27 DISCO-29 DISCO-30 DISCO-31 | carol | get <query xmlns='$info'/> |
	lacks <query xmlns='$info'><feature var='$ns#access-authorize'/><feature var='$ns#access-presence'/>
	<feature var='$ns#access-roster'/><feature var='$ns#access-whitelist'/></query>
DISCO-33 DISCO-34 DISCO-35 DISCO-36 DISCO-40 DISCO-41 DISCO-45 | carol | get <query xmlns='$info'/> |
	lacks <query xmlns='$info'><feature var='$ns#auto-subscribe'/><feature var='$ns#config-node'/>
	<feature var='$ns#config-node-max'/><feature var='$ns#create-and-configure'/><feature var='$ns#filtered-notifications'/>
	<feature var='$ns#get-pending'/><feature var='$ns#leased-subscription'/></query>
DISCO-44 SUB-34 EVT-07 SUB-36 DISCO-57 DISCO-58 DISCO-59 DISCO-60 | carol | get <query xmlns='$info'/> |
	lacks <query xmlns='$info'><feature var='$ns#last-published'/><feature var='$ns#multi-subscribe'/>
	<feature var='$ns#publish-options'/><feature var='$ns#publish-only-affiliation'/>
	<feature var='$ns#publisher-affiliation'/><feature var='$ns#publish-node-full'/></query>
DISCO-63 DISCO-64 DISCO-65 DISCO-67 DISCO-70 DISCO-71 | carol | get <query xmlns='$info'/> |
	lacks <query xmlns='$info'><feature var='$ns#retrieve-affiliations'/><feature var='$ns#retrieve-default'/>
	<feature var='$ns#retrieve-default-sub'/><feature var='$ns#retrieve-subscriptions'/>
	<feature var='$ns#subscription-options'/><feature var='$ns#subscription-notifications'/></query>
X0030-03 | bob | get <query xmlns='$info'/> | has <query xmlns='$info'><identity category='pubsub' type='service'/></query>
X0092-01 | bob | get <query xmlns='jabber:iq:version'/> |
	has <query xmlns='jabber:iq:version'><name>pubsub</name><version>*</version></query>
X0092-01 | bob | get <query xmlns='jabber:iq:version'/> | lacks <query xmlns='jabber:iq:version'><os>*</os></query>
GEN-05 | bob | <iq type='get' xml:lang='de'><query xmlns='$list' node='$N'/></iq> | has <query xmlns='$list' node='$N'/>
END

# Nodes.
wire <<END
CREATE-04 PUB-34 | bob | set <publish node='$N-auto'><item id='1'><x xmlns='urn:x'/></item></publish> |
	result <publish node='$N-auto'><item id='1'/></publish>
PUB-34 AFF-03 | carol | set <publish node='$N-auto'><item id='2'><x xmlns='urn:x'/></item></publish> | auth forbidden
PUB-34 | bob | own-set <delete node='$N-auto'/> | result
PUB-34 PUB-41 | bob | set <publish node='$N-auto'><item id='1'><x xmlns='urn:x'/></item><item id='2'/></publish> |
	modify bad-request + pubsub:payload-required
PUB-34 PUB-41 | bob | get <query xmlns='$info' node='$N-auto'/> | cancel item-not-found
CREATE-16 | alice | set <create node='$N-conf'/><configure><x xmlns='jabber:x:data' type='submit'/></configure> | result
CREATE-14 | alice | set <create node='$N-14'/><configure node='$N-14'/> | modify bad-request
CREATE-14 | alice | set <configure/><create node='$N-14'/> | modify bad-request
CREATE-14 | alice | get <query xmlns='$info' node='$N-14'/> | cancel item-not-found
CREATE-18 | alice | set <create/><configure/> | result <create node='*'/>
DEL-10 | alice | own-set <delete/> | modify bad-request + pubsub:nodeid-required
DEL-10 | alice | own-set <delete node=''/> | modify bad-request + pubsub:nodeid-required
PURGE-10 | alice | own-set <purge/> | modify bad-request + pubsub:nodeid-required
ADDR-04 | alice | set <create node='$N-&#x2028;'/> | modify not-acceptable
ADDR-04 | alice | set <create node='$N-&#xe000;'/> | modify not-acceptable
ADDR-04 CREATE-08 | alice | set <create node='$N-&#xfb01;'/> | result <create node='$N-fi'/>
ADDR-04 | alice | get <items node='$N-&#xfb01;'/> | result <items node='$N-fi'/>
ADDR-02 X0030-02 | alice | get <query xmlns='$info' node='$N-&#xfb01;'/> | has <query xmlns='$info' node='$N-&#xfb01;'/>
ADDR-02 X0030-02 | alice | get <query xmlns='$list' node='$N-&#xfb01;'/> | has <query xmlns='$list' node='$N-&#xfb01;'/>
ADDR-04 | alice | set <create node=' $N &lt;&amp;&gt; &apos;&quot; /&#x1f600;'/> | result
ADDR-04 | alice | set <subscribe node=' $N &lt;&amp;&gt; &apos;&quot; /&#x1f600;' jid='$alice'/> |
	result <subscription node=' $N &lt;&amp;&gt; &apos;&quot; /&#x1f600;' jid='$alice'/>
ADDR-04 | alice | set <publish node=' $N &lt;&amp;&gt; &apos;&quot; /&#x1f600;'><item id='&lt;&amp;&apos;&quot;&#9;'><x xmlns='urn:x'/></item></publish> |
	result <publish node=' $N &lt;&amp;&gt; &apos;&quot; /&#x1f600;'><item id='*'/></publish>
ADDR-04 | alice |  | event <items node=' $N &lt;&amp;&gt; &apos;&quot; /&#x1f600;'><item>*</item></items>
ADDR-04 | alice | get <query xmlns='$info' node=' $N &lt;&amp;&gt; &apos;&quot; /&#x1f600;'/> |
	has <query xmlns='$info' node=' $N &lt;&amp;&gt; &apos;&quot; /&#x1f600;'><identity category='pubsub' type='leaf'/></query>
DEL-05 DEL-07 | alice | own-set <delete node=' $N &lt;&amp;&gt; &apos;&quot; /&#x1f600;'><redirect uri='xmpp:a@b?;node=&apos;&amp;'/></delete> | result
DEL-05 | alice |  | event <delete node=' $N &lt;&amp;&gt; &apos;&quot; /&#x1f600;'><redirect uri='xmpp:a@b?;node=&apos;&amp;'/></delete>
X0030-06 DISCO-03 | bob | get <query xmlns='$list'/> |
	has <query xmlns='$list'><item jid='$S' node='$N'/><item jid='$S' node='$N-X'/><item jid='$S' node='$N/a/b'/></query>
DISCO-04 X0059-13 | bob | get <query xmlns='$list'><$set><max>2</max><after>$N</after></set></query> |
	result <query xmlns='$list'><item node='$N-X'/><item node='$N-conf'/>
	<$set><first index='*'>$N-X</first><last>$N-conf</last><count>*</count></set></query>
X0059-13 | bob | get <query xmlns='$list'><$set><max>1</max><before>$N-X</before></set></query> |
	result <query xmlns='$list'><item node='$N'/><$set><first>$N</first><last>$N</last><count>*</count></set></query>
X0059-13 | bob | get <query xmlns='$list'><$set><max>0</max></set></query> |
	result <query xmlns='$list'><$set><count>*</count></set></query>
X0059-13 | bob | get <query xmlns='$list'><$set><index>100000</index></set></query> |
	result <query xmlns='$list'><$set><count>*</count></set></query>
X0059-13 | bob | get <query xmlns='$list'><$set><max>two</max></set></query> | modify bad-request
END

# Subscriptions.
wire <<END
SUB-02 | bob | set <subscribe jid='$bob'/> | modify bad-request + pubsub:nodeid-required
SUB-03 | bob | set <subscribe node='$N'/> | modify bad-request + pubsub:invalid-jid
SUB-03 | bob | set <subscribe node='$N' jid='@'/> | modify bad-request + pubsub:invalid-jid
SUB-03 | bob | set <subscribe node='$N' jid='$bob/&#xe000;'/> | modify bad-request + pubsub:invalid-jid
SUB-06 | carol | set <subscribe node='$N' jid='$bob/wire'/> | modify bad-request + pubsub:invalid-jid
SUB-07 | admin | set <subscribe node='$N' jid='$carol'/> | result <subscription node='$N' jid='$carol' subscription='subscribed'/>
SUB-01 SUB-37 | alice | set <subscribe node='$N' jid='${alice^^}'/> |
	result <subscription node='$N' jid='$alice' subscription='subscribed'/>
SUB-37 SUB-29 | alice | set <subscribe node='$N' jid='${alice^^}/wire'/> |
	result <subscription node='$N' jid='$alice/wire' subscription='subscribed'/>
SUB-37 | alice | set <unsubscribe node='$N' jid='${alice^^}/WIRE'/> | cancel unexpected-request + pubsub:not-subscribed
SUB-28 SUB-36 | alice | set <subscribe node='$N' jid='$alice/wire' subid='mine'/> |
	result <subscription node='$N' jid='$alice/wire' subscription='subscribed'/>
SUB-04 | alice | set <subscribe node='$N' jid='$alice/&lt;&amp;&apos;&quot; /@x'/> |
	result <subscription node='$N' jid='$alice/&lt;&amp;&apos;&quot; /@x' subscription='subscribed'/>
SUB-31 PUB-11 | bob | set <publish node='$N'><item id='s'><x xmlns='urn:x'/></item></publish> | result <publish node='$N'><item id='s'/></publish>
SUB-31 PUB-11 PUB-18 SUB-37 | alice |  | event to=$alice <items node='$N'><item id='s'>*</item></items>
SUB-31 PUB-11 SUB-05 SUB-37 | alice |  | event to=$alice/wire <items node='$N'><item id='s'>*</item></items>
SUB-31 PUB-11 | alice |  | nothing
SUB-07 | carol |  | event to=$carol <items node='$N'><item id='s'>*</item></items>
PUB-42 | bob |  | nothing
SUB-32 SUB-33 | bob | set <subscribe node='$N' jid='$bob'/> | result <subscription node='$N' jid='$bob' subscription='subscribed'/>
SUB-32 PURGE-03 | bob |  | nothing
UNSUB-12 | bob | set <unsubscribe node='$N'/> | modify bad-request + pubsub:invalid-jid
UNSUB-12 | bob | set <unsubscribe node='$N' jid='a b@c'/> | modify bad-request + pubsub:invalid-jid
UNSUB-13 | bob | set <unsubscribe jid='$bob'/> | modify bad-request + pubsub:nodeid-required
UNSUB-04 | bob | set <unsubscribe node='$N' jid='$bob/wire'/> | cancel unexpected-request + pubsub:not-subscribed
UNSUB-05 | bob | set <unsubscribe node='$N' jid='$alice'/> | auth forbidden
UNSUB-05 | admin | set <unsubscribe node='$N' jid='$carol'/> | result
UNSUB-08 UNSUB-09 | bob | set <unsubscribe node='$N' jid='$bob' subid='any'/> | result
UNSUB-01 | alice | set <unsubscribe node='$N' jid='$alice'/> | result
UNSUB-01 | bob | set <publish node='$N'><item id='s'><x xmlns='urn:x'/></item></publish> | result <publish node='$N'><item id='s'/></publish>
UNSUB-01 | alice |  | event to=$alice/wire <items node='$N'><item id='s'>*</item></items>
UNSUB-01 | alice |  | nothing
UNSUB-02 | bob |  | nothing
UNSUB-05 | carol |  | nothing
PUB-40 | bob | set <subscribe node='$N' jid='$bob/gone'/> | result <subscription jid='$bob/gone'/>
PUB-40 | bob | set <publish node='$N'><item id='u'><x xmlns='urn:x'/></item></publish> | result <publish node='$N'><item id='u'/></publish>
PUB-40 | alice |  | event to=$alice/wire <items node='$N'><item id='u'>*</item></items>
END

# Items.
wire <<END
PUB-03 | bob | set <publish><item><x xmlns='urn:x'/></item></publish> | modify bad-request + pubsub:nodeid-required
PUB-27 | bob | set <publish node='$N'><item id='t'>text</item></publish> | modify bad-request + pubsub:invalid-payload
PUB-27 | bob | set <publish node='$N'><item id='t'><x xmlns='urn:x'/>text</item></publish> | modify bad-request + pubsub:invalid-payload
PUB-31 | bob | set <publish node='$N'><item id='t'/></publish> | modify bad-request + pubsub:payload-required
PUB-41 | bob | set <publish node='$N'><item id='t'><x xmlns='urn:x'/></item><item id='t2'/></publish> |
	modify bad-request + pubsub:payload-required
PUB-41 | bob | set <publish node='$N'><item id='t'><x xmlns='urn:x'/></item><retract id='s'/></publish> | modify bad-request
PUB-41 | bob | get <items node='$N'><item id='t'/></items> | result <items node='$N'/>
PUB-04 | bob | set <publish node='$N'><item id='b1' publisher='$carol'><x xmlns='urn:x'/></item><item id='b2'><x xmlns='urn:x'/></item></publish> |
	result <publish node='$N'><item id='b1'/><item id='b2'/></publish>
PUB-04 PUB-11 PUB-15 PUB-16 | alice |  | event <items node='$N'><item id='b1' publisher='$bob'>*</item><item id='b2' publisher='$bob'>*</item></items>
PUB-16 ITEMS-14 ITEMS-02 GEN-03 | bob | get <items node='$N' max_items='1'/> | result <items node='$N'><item id='b2' publisher='$bob'><x xmlns='urn:x'/></item></items>
PUB-13 | bob | set <publish node='$N'><item id='e'><event xmlns='$ns#event'><items node='evil'><item id='&lt;'/></items></event></item></publish> |
	result <publish node='$N'><item id='e'/></publish>
PUB-13 | alice |  | event <items node='$N'><item id='e'><event xmlns='$ns#event'><items node='evil'><item id='&lt;'/></items></event></item></items>
ITEMS-12 | bob | get <items node='$N' max_items='0'/> | modify bad-request
ITEMS-12 | bob | get <items node='$N' max_items='-1'/> | modify bad-request
ITEMS-12 | bob | get <items node='$N' max_items='abc'/> | modify bad-request
ITEMS-12 | bob | get <items node='$N' max_items=''/> | modify bad-request
ITEMS-11 | bob | get <items node='$N' max_items='99999999999999999999999'/> | has <pubsub xmlns='$ns'/>
ITEMS-27 | bob | get <items/> | modify bad-request + pubsub:nodeid-required
ITEMS-26 ITEMS-09 | bob | get <items node='$N'><item id='b2'/><item id='missing'/><item id='b1'/></items> |
	result <items node='$N'><item id='b2'>*</item><item id='b1'>*</item></items>
ITEMS-13 | bob | get <items node='$N'><item/></items> | modify bad-request
RETR-14 | bob | set <retract><item id='b1'/></retract> | modify bad-request + pubsub:nodeid-required
RETR-15 | bob | set <retract node='$N'/> | modify bad-request + pubsub:item-required
RETR-15 | bob | set <retract node='$N'><item/></retract> | modify bad-request + pubsub:item-required
GEN-16 | bob | set <retract node='$N' notify='yes'><item id='b1'/></retract> | modify bad-request
RETR-01 | bob | set <retract node='$N'><item id='b1'/><item id='missing'/></retract> | cancel item-not-found
GEN-16 RETR-03 | bob | set <retract node='$N' notify='1'><item id='b1'/></retract> | result
RETR-03 RETR-06 | alice |  | event <items node='$N'><retract id='b1'/></items>
RETR-04 GEN-16 | bob | set <retract node='$N' notify='0'><item id='b2'/><item id='e'/></retract> | result
RETR-04 | alice |  | event <items node='$N'><retract id='b2'/><retract id='e'/></items>
RETR-13 | bob | set <retract node='$N'><item id='b1'/></retract> | cancel item-not-found
RETR-12 RETR-08 | carol | set <retract node='$N'><item id='s'/></retract> | auth forbidden
GEN-11 ACCT-07 | admin | set <retract node='$N'><item id='s'/></retract> | result
GEN-11 ACCT-07 | alice |  | event <items node='$N'><retract id='s'/></items>
PURGE-02 | bob | own-set <purge node='$N'/> | result
PURGE-02 | alice |  | event <purge node='$N'/>
DISCO-25 | bob | get <query xmlns='$list' node='$N'/> | result <query xmlns='$list' node='$N'/>
PUB-12 | alice |  | ids
PUB-38 | alice |  | headlines
END

# Pages (XEP-0059). A place in the set may be given by an item's id; those in answers are the service's.
wire <<END
X0059-11 | bob | get <items node='$N'/><$set><max>5</max></set> | result <pubsub xmlns='$ns'><items node='$N'/><$set><count>0</count></set></pubsub>
X0059 | bob | set <publish node='$N'><item id='1'><x xmlns='urn:x'/></item><item id='2'><x xmlns='urn:x'/></item><item id='3'><x xmlns='urn:x'/></item><item id='4'><x xmlns='urn:x'/></item></publish> |
	result <publish node='$N'>*</publish>
ITEMS-01 ITEMS-04 | carol | get <items node='$N'/> |
	result <items node='$N'><item id='1'>*</item><item id='2'>*</item><item id='3'>*</item><item id='4'>*</item></items>
X0059-01 X0059-02 X0059-03 ITEMS-06 | bob | get <items node='$N'/><$set><max>2</max></set> |
	result <items node='$N'><item id='1'>*</item><item id='2'>*</item></items><$set><first index='0'>*</first><last>*</last><count>4</count></set>
X0059-04 | bob | get <items node='$N'/><$set><max>2</max><after>2</after></set> |
	result <items node='$N'><item id='3'>*</item><item id='4'>*</item></items><$set><first index='2'>*</first><last>*</last><count>4</count></set>
X0059-05 | bob | get <items node='$N'/><$set><max>2</max><before>4</before></set> |
	result <items node='$N'><item id='2'>*</item><item id='3'>*</item></items><$set><first index='1'>*</first><last>*</last><count>4</count></set>
X0059-06 | bob | get <items node='$N'/><$set><max>2</max><before/></set> |
	result <items node='$N'><item id='3'>*</item><item id='4'>*</item></items><$set><first index='2'>*</first><last>*</last><count>4</count></set>
X0059-07 | bob | get <items node='$N'/><$set><max>2</max><after>missing</after></set> | cancel item-not-found
X0059-07 | bob | get <items node='$N'/><$set><max>2</max><before>missing</before></set> | cancel item-not-found
X0059-08 | bob | get <items node='$N'/><$set><max>2</max><index>1</index></set> |
	result <items node='$N'><item id='2'>*</item><item id='3'>*</item></items><$set><first index='1'>*</first><last>*</last><count>4</count></set>
X0059-08 | bob | get <items node='$N'/><$set><max>2</max><index>1000</index></set> |
	result <items node='$N'/><$set><count>4</count></set>
X0059-10 | bob | get <items node='$N'/><$set><max>0</max></set> | result <items node='$N'/><$set><count>4</count></set>
X0059-02 | bob | get <items node='$N'/><$set><after>4</after></set> | result <items node='$N'/><$set><count>4</count></set>
X0059-12 | bob | get <items node='$N' max_items='3'/><$set><max>2</max></set> |
	result <items node='$N'><item id='2'>*</item><item id='3'>*</item></items><$set><first index='0'>*</first><last>*</last><count>3</count></set>
X0059-13 DISCO-23 DISCO-24 | bob | get <query xmlns='$list' node='$N'><$set><max>2</max></set></query> |
	result <query xmlns='$list' node='$N'><item jid='$S' name='1'/><item jid='$S' name='2'/><$set><first index='0'>*</first><last>*</last><count>4</count></set></query>
X0059-13 | bob | get <query xmlns='$list' node='$N'><$set><max>1</max><before/></set></query> |
	result <query xmlns='$list' node='$N'><item jid='$S' name='4'/><$set><first index='3'>*</first><last>*</last><count>4</count></set></query>
END

# What is out of the protocol's reach so far: somebody is banned.
service_stop
/usr/bin/python3 - "$T/store.sqlite3" "$N" "$carol" <<-'END'
	import sqlite3, sys
	db = sqlite3.connect(sys.argv[1])
	db.execute("INSERT INTO affiliation SELECT id, ?, 'outcast' FROM node WHERE name = ?", (sys.argv[3], sys.argv[2]))
	db.commit()
	END
service_start --node "$N-open" --no-auto-create --create admins --max-items 4 --max-payload 1000 --max-nodes 2 --max-subscriptions 2

wire <<END
SUB-15 | carol | set <subscribe node='$N' jid='$carol'/> | auth forbidden
SUB-15 | admin | set <subscribe node='$N' jid='$carol'/> | auth forbidden
ITEMS-24 GEN-12 | carol | get <items node='$N'/> | auth forbidden
ITEMS-24 GEN-12 | carol | get <items node='$N'><item id='1'/></items> | auth forbidden
DISCO-26 GEN-12 | carol | get <query xmlns='$list' node='$N'/> | result <query xmlns='$list' node='$N'/>
PUB-23 | carol | set <publish node='$N'><item id='1'><x xmlns='urn:x'/></item></publish> | auth forbidden
RETR-08 | carol | set <retract node='$N'><item id='1'/></retract> | auth forbidden
PURGE-05 | carol | own-set <purge node='$N'/> | auth forbidden
UNSUB-11 | carol | set <unsubscribe node='$N' jid='$carol'/> | cancel unexpected-request + pubsub:not-subscribed
GEN-12 | bob | set <publish node='$N'><item id='2'><x xmlns='urn:x'/></item></publish> | result <publish node='$N'>*</publish>
GEN-12 | carol |  | nothing
SUB-31 | alice |  | event to=$alice/wire <items node='$N'><item id='2'>*</item></items>

RETR-12 PUB-39 | bob | set <publish node='$N-open'><item id='b'><x xmlns='urn:x'/></item></publish> | result <publish node='$N-open'>*</publish>
RETR-12 PUB-39 | alice | set <retract node='$N-open'><item id='b'/></retract> | auth forbidden
RETR-12 PUB-39 RETR-09 | bob | set <retract node='$N-open'><item id='b'/></retract> | result

DISCO-32 | bob | get <query xmlns='$info'/> | lacks <query xmlns='$info'><feature var='$ns#auto-create'/></query>
PUB-25 | bob | set <publish node='$N-no'><item id='1'><x xmlns='urn:x'/></item></publish> | cancel item-not-found
CREATE-04 SUB-08 | bob | set <create node='$N-no'/> | auth forbidden
CREATE-04 | bob | set <create/> | auth forbidden
CREATE-01 GEN-11 | admin | set <create node='$N-1'/> | result
CREATE-01 | admin | set <create node='$N-2'/> | result
CREATE-01 | admin | set <create node='$N-3'/> | cancel not-allowed + pubsub:max-nodes-exceeded
SUB-16 | bob | set <subscribe node='$N-1' jid='$bob'/> | result <subscription jid='$bob'/>
SUB-16 | bob | set <subscribe node='$N-2' jid='$bob'/> | wait policy-violation + pubsub:too-many-subscriptions
SUB-16 SUB-29 | bob | set <subscribe node='$N-1' jid='$bob'/> | result <subscription jid='$bob'/>
PUB-26 ACCT-08 | bob | set <publish node='$N'><item id='big'><x xmlns='urn:x'>$(printf '%01000d' 0)</x></item></publish> |
	modify not-acceptable + pubsub:payload-too-big
PUB-41 | bob | set <publish node='$N'>$(printf "<item id='%s'><x xmlns='urn:x'/></item>" 5 6 7 8 9)</publish> |
	cancel not-allowed + pubsub:max-items-exceeded
PUB-19 PUB-37 | bob | get <items node='$N'/> |
	result <items node='$N'><item id='1'>*</item><item id='3'>*</item><item id='4'>*</item><item id='2'>*</item></items>
PUB-19 | bob | set <publish node='$N'><item id='1'><x xmlns='urn:x'/></item></publish> | result <publish node='$N'>*</publish>
PUB-19 PUB-20 | bob | set <publish node='$N'><item id='5'><x xmlns='urn:x'/></item></publish> | result <publish node='$N'>*</publish>
PUB-19 | alice |  | event <items node='$N'><item id='1'>*</item></items>
PUB-20 | alice |  | event <items node='$N'><item id='5'>*</item></items>
PUB-20 | alice |  | event <items node='$N'><retract id='3'/></items>
PUB-20 | alice |  | nothing
PUB-20 ITEMS-05 | bob | get <query xmlns='$list' node='$N'/> |
	result <query xmlns='$list'><item name='4'/><item name='2'/><item name='1'/><item name='5'/></query>
END

# Addresses.
if [[ $E2E_MODE == component ]]; then
	wire <<END
X0114-06 | bob | <iq type='get' to='x@$S'><query xmlns='$list'/></iq> | cancel item-not-found
X0114-06 | bob | <iq type='get' to='$S/x'><pubsub xmlns='$ns'><items node='$N'/></pubsub></iq> | cancel item-not-found
X0114-05 GEN-05 | bob | <iq type='get' to='$S'><query xmlns='$info' node='$N'/></iq> | has <query xmlns='$info' node='$N'/>
END
else
	wire <<END
ACCT-01 | bob | <iq type='get' to='${S%/*}/elsewhere'><query xmlns='$info'/></iq> | cancel service-unavailable
ACCT-01 DISCO-01 | bob | <iq type='get' to='$S'><query xmlns='$info'/></iq> |
	has <query xmlns='$info'><identity category='pubsub' type='service'/></query>
ACCT-04 | bob | set <query xmlns='jabber:iq:roster'><item jid='$bob' subscription='both'/></query> | cancel service-unavailable
END
fi

done_testing
