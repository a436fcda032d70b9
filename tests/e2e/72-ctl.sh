#!/bin/bash
# SPDX-License-Identifier: MIT
# Managing: every verb of pubsub-ctl, on our service and on the servers' own, which lack some things.
. "${0%/*}/lib.sh"
service_start

tab=$'\t'
lines() { printf '%s\n' "$@"; }
ours() { [[ $E2E_SERVICE == ours ]]; }
# The reference service of this server.
own() { [[ $E2E_SERVICE == reference && $E2E_SERVER == "$1" ]]; }
admin=$(jid admin) bob=$(jid bob)

# Nodes and their settings.
ok 'create with settings' as admin ctl create "$N" title='A title' max_items=7
is "$out$err" '' '... says nothing'
exits 73 'create once more' as admin ctl create "$N"
like "$err" "^pubsub-ctl: cannot create '$N' at $PUBSUB_SERVICE: conflict" '... says what was being done, to whom, what came back'
ok 'create --instant' as admin ctl create --instant
instant=$out
like "$instant" '^[^[:space:]]+$' '... prints the name'
ok 'create --instant --xml' as admin ctl create --instant --xml
like "$out" "^<create xmlns='http://jabber.org/protocol/pubsub' node='[^']+'/>$" '... prints it as an element'
ok 'configure' as admin ctl configure "$N"
like "$out" "(^|"$'\n'")title${tab}A title${tab}text-single${tab}" '... prints the settings'
like "$out" $'\n'"max_items${tab}7${tab}" '... all of them'
ok 'configure with settings' as admin ctl configure "$N" pubsub#title='Another' deliver_payloads=0
ok '... --xml' as admin ctl configure "$N" --xml
like "$out" "^<x xmlns='jabber:x:data' type='form'>.*<field [^>]*var='pubsub#title'[^>]*><value>Another</value></field>.*</x>$" \
	'... prints the form as it came, on one line'
like "$(as admin ctl configure "$N")" $'\n'"max_items${tab}7${tab}" '... with what was not named unchanged'
ok 'configure with what is there already' as admin ctl --trace configure "$N" title='Another' deliver_payloads=false
unlike "$err" "SENT [^"$'\n'"]*type='set'[^"$'\n'"]*<configure" '... sends nothing'
exits 64 'configure with a value that there is not' as admin ctl configure "$N" access_model=secret
like "$err" "access_model: 'secret' is none of open|authorize" '... names those that there are'
exits 64 'configure with a setting that nobody has' as admin ctl configure "$N" titel=x
like "$err" "did you mean 'title'" '... names the nearest'
exits 66 'configure of a node that is not there' as admin ctl configure "$N-missing"
like "$err" "cannot read the configuration of '$N-missing' at [^:]*: item-not-found" '... says so'
exits 77 'configure by somebody else' as bob ctl configure "$N" title=mine
like "$err" 'forbidden' '... is denied'
ok 'defaults' as admin ctl defaults
like "$out" $'(^|\n)'"access_model${tab}[a-z]+${tab}[a-z|]*open[a-z|]*${tab}" '... prints them, and what else there is'

# What there is.
ok 'info' as admin ctl info
like "$out" "(^|"$'\n'")identity${tab}pubsub/service${tab}" '... prints identities'
like "$out" $'\n'"feature${tab}http://jabber.org/protocol/pubsub#publish("$'\n'"|$)" '... and features'
ok 'info of a node --xml' as admin ctl info "$N" --xml
like "$out" "(^|"$'\n'")<identity xmlns='http://jabber.org/protocol/disco#info'[^>]*type='leaf'" '... prints elements, a line each'
exits 66 'info of a node that is not there' as admin ctl info "$N-missing"
ok 'nodes' as admin ctl nodes
like "$out" "(^|"$'\n'")$N${tab}Another("$'\n'"|$)" '... prints names and titles'
cli_root=$e2e_root
# shellcheck source=../cli/reading.sh
. "$e2e_root/tests/cli/reading.sh"
completed() { # SHELL: what it offers for the node of a purge
	local line="$e2e_bin/pubsub-ctl -H 127.0.0.1:$XMPP_PORT --ca-file $XMPP_CA purge $N"
	if [[ $1 == zsh ]]; then
		mkdir -p "$T/functions"
		cp "$e2e_root/scripts/completion.zsh" "$T/functions/_pubsub"
		"$e2e_root/tests/cli/complete.zsh" "$T/functions" <<<"$line" | cut -f 2
	else
		completions "$line"
	fi
}
for shell in bash zsh; do
	if command -v "$shell" >/dev/null; then
		# It waits for three seconds: on a busy machine that may be too short.
		for _ in 1 2 3; do
			offered=$(as admin completed "$shell" | xargs -n 1 | grep -x "$N") && break
		done
		is "$offered" "$N" "completion in $shell has the nodes of the service"
	else
		skip "completion in $shell has the nodes of the service" "$shell is not installed"
	fi
done
ok 'a URI stands for service and node' env -u PUBSUB_SERVICE bash -c 'exec "$@"' - env PUBSUB_JID="$admin" \
	PUBSUB_PASSWORD="$(user_password admin)" "$e2e_bin/pubsub-ctl" -H "127.0.0.1:$XMPP_PORT" --ca-file "$XMPP_CA" \
	info "xmpp:$PUBSUB_SERVICE?;node=$N"
if ours && [[ $E2E_MODE == component ]]; then # an account's pace is limited by the server
	as admin pub < <(for ((i = 0; i < 600; i++)); do echo "<item node='$N-many-$i'><x xmlns='urn:x'/></item>"; done)
	as admin ctl nodes >"$T/nodes"
	is "$(grep -c "^$N-many-" "$T/nodes")" 600 'nodes: all pages of them'
	is "$(grep "^$N-many-" "$T/nodes" | sort -u | wc -l)" 600 '... each once'
fi

# Items.
as admin ctl configure "$N" max_items=10
for id in a b 'c d'; do
	as admin pub -n "$N" -i "$id" -e "<x xmlns='urn:x'>$id
</x>"
done
ok 'items' as admin ctl items "$N"
is "$(sort <<<"$out")" "$(lines a b 'c d')" '... prints the ids'
ok 'get' as admin ctl get "$N"
is "$(cut -f1,2 <<<"$out")" "$(for id in a b 'c d'; do printf "%s\t<x xmlns='urn:x'>%s&#xA;</x>\n" "$id" "$id"; done)" \
	'... prints ids and payloads, oldest first, a line each'
ok 'get by ids, --xml' as admin ctl get "$N" b a --xml
like "$out" "^<item xmlns='http://jabber.org/protocol/pubsub#event' id='b' node='$N'[^>]*><x xmlns='urn:x'>b&#10;</x></item>"$'\n'"<item [^>]*id='a'" \
	'... prints items as sub does, in the order asked for'
ok '... which pub reads' as admin pub -n "$N-copy" --create <<<"$out"
as admin ctl get "$N-copy" a >"$T/copy"
like "$(<"$T/copy")" "^a${tab}<x xmlns='urn:x'>a&#xA;</x>" '... and that is a copy'
ok 'get by a URI' as admin ctl get "xmpp:$PUBSUB_SERVICE?;node=$N;item=b"
like "$out" "^b${tab}" '... prints that item'
exits 66 'get of one that is not there' as admin ctl get "$N" missing a
like "$out" "^a${tab}" '... prints the others'
like "$err" "cannot read item 'missing' of '$N'" '... and names it'
exits 66 'get of a node that is not there' as admin ctl get "$N-missing"
exits 66 'items of a node that is not there' as admin ctl items "$N-missing"
ok 'retract' as admin ctl retract "$N" a 'c d' --notify
is "$(as admin ctl items "$N" --xml)" "<item xmlns='http://jabber.org/protocol/pubsub#event' id='b' node='$N'/>" '... removes them'
exits 66 'retract of one that is not there' as admin ctl retract "$N" missing
like "$err" "cannot retract item 'missing' of '$N'" '... names it'
exits 77 'retract by somebody else' as bob ctl retract "$N" b
ok 'purge' as admin ctl purge "$N"
is "$(as admin ctl items "$N")" '' '... removes all'

# Subscriptions of one's own.
ok 'subscribe' as bob ctl subscribe "$N"
like "$out" "^$N${tab}$bob${tab}subscribed${tab}" '... prints the subscription'
ok 'subscriptions' as bob ctl subscriptions
like "$out" "(^|"$'\n'")$N${tab}$bob${tab}subscribed${tab}" '... lists it'
ok 'subscriptions at a node, --xml' as bob ctl subscriptions "$N" --xml
like "$out" "^<subscription xmlns='http://jabber.org/protocol/pubsub' node='$N' jid='$bob' subscription='subscribed'" '... as an element'
if ours; then
	ok 'options' as bob ctl options "$N"
	like "$out" "(^|"$'\n'")deliver${tab}1${tab}boolean${tab}" '... prints them'
	ok 'options with settings' as bob ctl options "$N" deliver=0
	like "$(as bob ctl options "$N")" "(^|"$'\n'")deliver${tab}0${tab}" '... changes them'
else
	exits 76 'options that the service does not have' as bob ctl options "$N" deliver=0
	like "$err" 'does not offer this|has no setting' '... says so'
fi

# Those that an owner sees.
ok 'subscribers' as admin ctl subscribers "$N"
like "$out" "^$bob${tab}subscribed${tab}" '... lists them'
ok 'affiliates' as admin ctl affiliates "$N"
is "$out" "$admin${tab}owner" '... lists the owner'
ok 'affiliates with a change' as admin ctl affiliates "$N" "$bob=publisher"
is "$(as admin ctl affiliates "$N" | sort)" "$(lines "$admin${tab}owner" "$bob${tab}publisher" | sort)" '... makes it'
exits 77 'affiliates by somebody else' as bob ctl affiliates "$N" "$bob=owner"
if ours; then
	ok 'affiliations' as bob ctl affiliations
	is "$out" "$N${tab}publisher" '... lists the own ones'
	is "$(as bob ctl affiliations "$N" --xml)" "<affiliation xmlns='http://jabber.org/protocol/pubsub' node='$N' affiliation='publisher'/>" \
		'... as elements'
elif own prosody; then
	exits 76 'affiliations on a service that has them not' as bob ctl affiliations
	like "$err" 'does not offer this' '... says so'
fi
ok 'unsubscribe' as bob ctl unsubscribe "$N"
unlike "$(as admin ctl subscribers "$N")" "$bob" '... ends it'
ok 'subscribers with a change' as admin ctl subscribers "$N" "$bob=subscribed"
like "$(as admin ctl subscribers "$N")" "^$bob${tab}subscribed" '... makes it'
ok 'and back' as admin ctl subscribers "$N" "$bob=none"
is "$(as admin ctl subscribers "$N")" '' '... it is gone'
status=0
as bob ctl unsubscribe "$N" 2>"$T/err" || status=$?
like "$(<"$T/err")" "cannot unsubscribe from '$N' at [^:]*: unexpected-request \(not-subscribed\)" 'unsubscribe where there is nothing says so'
isnt "$status" 0 '... and fails'

# Approval.
if own prosody; then
	exits 65 'a setting that the service refuses' as admin ctl create "$N-asks" access_model=authorize
	exits 76 'pending on a service without approval' as admin ctl pending
	like "$err" 'does not offer this' '... says so'
	exits 76 'approve there' as admin ctl approve "$N" "$bob"
else
	as admin ctl create "$N-asks" access_model=authorize
	ok 'subscribe to a node that asks its owner' as bob ctl subscribe "$N-asks"
	like "$out" "^$N-asks${tab}$bob${tab}pending" '... is pending'
	like "$err" "waits for an owner's approval" '... and it says what that means'
	if ours; then
		ok 'pending at a node' as admin ctl pending "$N-asks"
		is "$out" "$N-asks${tab}$bob${tab}" '... prints who waits'
		ok 'pending --xml' as admin ctl pending --xml
		is "$out" "<subscription xmlns='http://jabber.org/protocol/pubsub#owner' node='$N-asks' jid='$bob' subscription='pending'/>" \
			'... anywhere, as elements'
		exits 77 'pending by somebody else' as bob ctl pending "$N-asks"
		exits 66 'pending at a node that is not there' as admin ctl pending "$N-missing"
	else
		exits 66 'pending on a service that does not say who' as admin ctl pending
		like "$out" "(^|"$'\n'")$N-asks${tab}" '... prints the node'
	fi
	exits 66 'approve somebody who does not wait' as admin ctl approve "$N-asks" "$(jid carol)"
	like "$err" 'nobody of that name waits' '... says so'
	exits 77 'approve by somebody else' as bob ctl approve "$N-asks" "$bob"
	ok 'approve' as admin ctl approve "$N-asks" "$bob"
	like "$(as bob ctl subscriptions "$N-asks")" "^$N-asks${tab}$bob${tab}subscribed" '... makes a subscriber'
	as bob ctl unsubscribe "$N-asks"
	as bob ctl subscribe "$N-asks" >"$T/again" 2>&1
	ok 'deny' as admin ctl deny "$N-asks" "$bob"
	is "$(as bob ctl subscriptions "$N-asks")" '' '... ends it'
fi

# One's own nodes (PEP), wherever the service is.
pep=pep-$suffix
ok 'a bare JID is the own account: create' as bob ctl -s "$bob" create "$pep" access_model=open
ok '... nodes' as bob ctl -s "$bob" nodes
like "$out" "(^|"$'\n'")$pep(${tab}|"$'\n'"|$)" '... lists it'
ok '... delete' as bob ctl -s "$bob" delete "$pep"
exits 69 'a service that is none' as bob ctl -s "$bob/nowhere" nodes
like "$err" 'is there a pubsub service at that address' '... says so'

# The end of a node.
ok 'delete' as admin ctl delete "$instant"
exits 66 '... is the end of it' as admin ctl info "$instant"
exits 77 'delete by somebody else' as bob ctl delete "$N"
ok 'delete --redirect' as admin ctl delete "$N" --redirect "xmpp:$PUBSUB_SERVICE?;node=$N-copy"
exits 66 'delete of a node that is not there' as admin ctl delete "$N-missing"

# The examples of the manual page, as they stand there.
if ours && command -v mandoc >/dev/null; then
	mkdir -p "$XDG_CONFIG_HOME/pubsub"
	printf 'jid = %s\nhost = 127.0.0.1:%s\nca-file = %s\n' "$admin" "$XMPP_PORT" "$XMPP_CA" >"$XDG_CONFIG_HOME/pubsub/config"
	mandoc -Tascii -Owidth=400 "$e2e_root/man/pubsub-ctl.1" | sed 's/.\x08//g' | awk '
		/^[^ ]/ { inside = $0 == "EXAMPLES" }
		inside && (more || sub(/^ *\$ /, "")) { print; more = /\|$/ }' >"$T/examples"
	is "$(grep -c '' "$T/examples")" 20 'the manual page has examples'
	# What they take for granted: an item, a file of settings, a folder; and the other service is not here.
	mkdir -p "$T/examples.d/items"
	printf '<t xmlns="urn:example:weather">22</t>' >"$T/examples.d/items/now"
	sed -i -e '/ mirror /d' -e '/ apply nodes.xml --dry-run/i pubsub-ctl backup weather >nodes.xml' \
		-e '1a pubsub-pub -n weather -i now -e "<t xmlns='"'urn:example:weather'"'>21</t>"' "$T/examples"
	ok '... which work' env -C "$T/examples.d" PUBSUB_PASSWORD="$(user_password admin)" bash -euo pipefail "$T/examples"
	is "$err" '' '... without a message'
	like "$out" $'(^|\n)'"sensor@example.com${tab}publisher" '... and print what they should'
	rm "$XDG_CONFIG_HOME/pubsub/config"
fi

# Output, the end.
exits 74 'a full disk' bash -c 'exec "$@" >/dev/full' - env PUBSUB_JID="$admin" PUBSUB_PASSWORD="$(user_password admin)" \
	"$e2e_bin/pubsub-ctl" -H "127.0.0.1:$XMPP_PORT" --ca-file "$XMPP_CA" info
like "$err" '[Nn]o space' '... says so'
if [[ $E2E_MODE == component || $E2E_SERVICE == reference ]]; then
	# Both are listed, ours and the server's own; whether ours is there or not.
	found=$(env -u PUBSUB_SERVICE bash -c '"$@" nodes 2>&1 >/dev/null' - env PUBSUB_JID="$admin" PUBSUB_PASSWORD="$(user_password admin)" \
		"$e2e_bin/pubsub-ctl" -v -H "127.0.0.1:$XMPP_PORT" --ca-file "$XMPP_CA")
	like "$found" 'pubsub service' 'without a service the server is asked'
fi
if ours; then
	kill -STOP "${pids[service]}"
	exits 75 'no answer' as admin ctl --request-timeout 1 nodes
	like "$err" 'no answer in time' '... says so'
	kill -CONT "${pids[service]}"
fi

done_testing
