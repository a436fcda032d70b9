#!/bin/bash
# SPDX-License-Identifier: MIT
# pubsub-ctl for whole nodes: backup, restore, diff, apply, sync, doctor, check, mirror.
. "${0%/*}/lib.sh"
service_start

tab=$'\t'
ours() { [[ $E2E_SERVICE == ours ]]; }
lines() { printf '%s\n' "$@"; }
item() { printf "<item id='%s'>%s</item>\n" "$1" "${2-<x xmlns='urn:x'>$1</x>}"; }
# One element a line, its attributes in an order that does not depend on the server's.
canonical() { { echo '<all>'; cat; echo '</all>'; } | xmllint --c14n - | sed '1d; $d'; }
# Ids and payloads, oldest first.
items() { as admin ctl get "$1" --xml 2>&1 | sed "s/ node='[^']*'//; s/ publisher='[^']*'//" | canonical; }
# What of a document is the same after it has been restored elsewhere.
same() { sed "s/ publisher='[^']*'//; s/ service='[^']*'//; s/ subid='[^']*'//; s/<node name='[^']*'>/<node>/; /creation_date\|pubsub#x-/d" "$1"; }
bob=$(jid bob) admin=$(jid admin)
user admin bob

# --- backup, restore ---

as admin ctl create "$N" title='The <weather> & more' max_items=20 access_model=whitelist
as admin pub -n "$N" < <(
	item one
	item 'two &amp; "2"' "<y:x xmlns:y='urn:x' xml:lang='en' y:a='1' b='&#10;&lt;&apos;'>a&#13;&#10; <b xmlns=''/>&amp;</y:x>"
	item three
)
as admin ctl affiliates "$N" "$bob=publisher"
as admin ctl subscribers "$N" "$bob=subscribed"
ok 'backup' as admin ctl backup "$N"
printf '%s\n' "$out" >"$T/backup.xml"
like "$out" "^<\?xml version='1.0'\?>"$'\n'"<nodes xmlns='urn:x-pubsub:nodes' service='$PUBSUB_SERVICE'>" '... prints a document'
like "$out" "<field var='pubsub#title'><value>The &lt;weather&gt; &amp; more</value></field>" '... with the settings'
like "$out" "<affiliation jid='$bob' affiliation='publisher'/>" '... affiliations'
like "$out" "<subscription jid='$bob' subscription='subscribed'" '... subscriptions'
is "$(grep -c '<item ' <<<"$out")" 3 '... items'
before=$(items "$N")

as admin ctl delete "$N"
ok 'restore of a node that is gone' as admin ctl -v restore <"$T/backup.xml"
like "$err" '1 nodes, 3 items; 3 were sent' '... sends all'
is "$(items "$N")" "$before" '... items are as they were, in order'
as admin ctl backup "$N" >"$T/again.xml"
is "$(same "$T/again.xml")" "$(same "$T/backup.xml")" '... and so is all the rest'
ok 'restore of what is there' as admin ctl -v restore <"$T/backup.xml"
like "$err" '3 items; 0 were sent' '... sends nothing'

as admin ctl retract "$N" three
head -c -150 "$T/backup.xml" >"$T/cut.xml"
exits 65 'restore from a document that was cut off' as admin ctl restore <"$T/cut.xml"
like "$err" 'malformed document in standard input: line [0-9]*, column' '... says where'
ok '... and after that from the whole' as admin ctl -v restore <"$T/backup.xml"
like "$err" '3 items; [01] were sent' '... sends what is missing'
is "$(items "$N")" "$before" '... each item is there once'
as admin pub -n "$N" < <(item three "<x xmlns='urn:x'>changed</x>")
as admin ctl restore <"$T/backup.xml"
is "$(items "$N")" "$before" 'an item that differs is put back'
people=()
for name in h c f a g b e d; do people+=("$name@people.test"); done
as admin ctl create "$N-people"
as admin ctl affiliates "$N-people" "${people[@]/%/=publisher}"
as admin ctl subscribers "$N-people" "${people[@]/%/=subscribed}"
as admin ctl backup "$N-people" >"$T/people.xml"
as admin ctl delete "$N-people"
for kind in affiliation subscription; do
	sed -n "/^<$kind /s/.*jid='\([^']*\)'.*/\1/p" "$T/people.xml" >"$T/$kind.jids"
	is "$(grep -c '@people[.]test$' "$T/$kind.jids")" 8 "a backup has each $kind"
	ok '... in an order of ours' env LC_ALL=C sort -c "$T/$kind.jids"
done
exits 77 'restore by somebody else' as bob ctl restore <"$T/backup.xml"
exits 66 'backup of a node that is not there' as admin ctl backup "$N-missing"
exits 66 '... among others' as admin ctl backup "$N-missing" "$N"
is "$(grep -c '<item ' <<<"$out")" 3 '... which are read nevertheless'
exits 77 'backup by somebody else' as bob ctl backup "$N"
if ours; then
	as admin ctl create "$N-collection" node_type=collection
	as admin ctl create "$N-leaf" collection="$N-collection"
	ok 'backup --all' as admin ctl backup --all
	like "$out" "<node name='$N-leaf'>" '... goes into collections'
	is "$(grep -c '^<node ' <<<"$out")" 3 '... has each node'
	printf '%s\n' "$out" >"$T/all.xml"
	as admin ctl delete "$N-leaf"
	as admin ctl delete "$N-collection"
	ok 'restore of all' as admin ctl restore <"$T/all.xml"
	is "$(as admin ctl nodes "$N-collection" | cut -f1)" "$N-leaf" '... puts nodes into their collections'
	as admin ctl delete "$N-leaf"
	as admin ctl delete "$N-collection"
fi
if [[ $E2E_SERVICE:$E2E_SERVER == reference:prosody ]]; then # it tells its nodes in another order each time
	for name in h c f a g b e d; do as admin ctl create "$N-$name"; done
	as admin ctl backup --all >"$T/all.xml"
	sed -n "s/^<node name='\($N-.\)'>/\1/p" "$T/all.xml" >"$T/nodes"
	is "$(<"$T/nodes")" "$(lines "$N"-{a..h})" 'backup --all has the nodes in an order of ours'
	for name in {a..h}; do as admin ctl delete "$N-$name"; done
fi
if ours; then # more than a page, than memory is held for, and than a pipe and who reads from it have room for
	filler=$(printf '%0300d' 0)
	many() { for ((i = 0; i < 450; i++)); do item "$i" "<x xmlns='urn:x'>$i $filler</x>"; done; }
	as admin ctl create "$N-many" max_items=max
	as admin pub -n "$N-many" < <(many)
	as admin ctl backup "$N-many" >"$T/many.xml"
	is "$(grep -c '<item ' "$T/many.xml")" 450 'backup reads all pages'
	as admin ctl delete "$N-many"
	ok 'restore of many' as admin ctl restore <"$T/many.xml"
	is "$(items "$N-many" | md5sum)" "$(many |
		sed "s/^<item/& xmlns='http:\/\/jabber.org\/protocol\/pubsub#event'/" | canonical | md5sum)" '... keeps their order'

	# A restore that is ended in the middle, and run again.
	as admin ctl delete "$N-many"
	mkfifo "$T/restorer.in"
	spawn restorer as admin ctl restore
	exec {pipe}>"$T/restorer.in"
	head -c $(($(stat -c %s "$T/many.xml") / 2)) "$T/many.xml" >&"$pipe"
	for ((i = 0; i < 100; i++)); do
		items "$N-many" | grep -q 'id="200"' && break
		read -r -t 0.1 <> <(:)
	done
	stop restorer
	exec {pipe}>&-
	is "$status" 143 'a restore that a signal ends'
	ok '... is run again' as admin ctl -v restore <"$T/many.xml"
	like "$err" '450 items; 2[0-9][0-9] were sent' '... and sends the rest'
	as admin ctl backup "$N-many" | cmp - "$T/many.xml" && same=yes
	is "${same-}" yes '... which makes it whole, with nothing twice'
	# shellcheck disable=SC2016 # for the inner shell
	exits 74 'backup whose reader goes away' bash -c '"$@" | head -n 1 >"$0"; exit "${PIPESTATUS[0]}"' "$T/first" env \
		PUBSUB_JID="$admin" PUBSUB_PASSWORD="$(user_password admin)" "$e2e_bin/pubsub-ctl" -H "127.0.0.1:$XMPP_PORT" \
		--ca-file "$XMPP_CA" backup "$N-many"
	is "$err" '' '... without a message'
fi

# --- diff, apply ---

cat >"$T/nodes.xml" <<-END
	<?xml version="1.0"?>
	<!-- by hand -->
	<nodes xmlns="urn:x-pubsub:nodes">
	  <node name="$N-hand">
	    <configuration>
	      <field var="title"><value>By hand</value></field>
	      <field var="pubsub#access_model"><value>whitelist</value></field>
	    </configuration>
	    <affiliations>
	      <affiliation jid="$bob" affiliation="member"/>
	    </affiliations>
	  </node>
	</nodes>
END
exits 1 'diff with a node that is not there' as admin ctl diff "$T/nodes.xml"
is "$out" "$N-hand${tab}node${tab}${tab}absent${tab}present" '... says so'
ok 'apply --dry-run' as admin ctl apply "$T/nodes.xml" --dry-run
exits 66 '... does nothing' as admin ctl configure "$N-hand"
ok 'apply' as admin ctl apply "$T/nodes.xml"
like "$(as admin ctl configure "$N-hand")" "(^|"$'\n'")title${tab}By hand${tab}" '... makes the node'
ok 'diff then' as admin ctl diff "$T/nodes.xml"
is "$out" '' '... has nothing to say'
as admin ctl configure "$N-hand" title=Other access_model=open
as admin ctl affiliates "$N-hand" "$bob=outcast" "$(jid carol)=publisher"
exits 1 'diff with what differs' as admin ctl diff "$T/nodes.xml"
is "$(sort <<<"$out")" "$(lines "$N-hand${tab}affiliation${tab}$bob${tab}outcast${tab}member" \
	"$N-hand${tab}affiliation${tab}$(jid carol)${tab}publisher${tab}none" \
	"$N-hand${tab}setting${tab}pubsub#access_model${tab}open${tab}whitelist" \
	"$N-hand${tab}setting${tab}title${tab}Other${tab}By hand" | sort)" '... prints what'
exits 1 'diff --xml' as admin ctl diff "$T/nodes.xml" --xml
like "$out" "<difference xmlns='urn:x-pubsub:nodes' node='$N-hand' kind='setting' name='title' is='Other' wanted='By hand'/>" '... as elements'
as admin ctl configure "$N-hand" max_items=7
ok 'apply again' as admin ctl apply - <"$T/nodes.xml"
ok '... makes them alike' as admin ctl diff "$T/nodes.xml"
like "$(as admin ctl configure "$N-hand")" "(^|"$'\n'")max_items${tab}7${tab}" '... and leaves alone what it does not name'
as admin ctl affiliates "$N-hand" "$bob=publisher"
ok 'apply with a change of affiliation that takes two steps' as admin ctl apply "$T/nodes.xml"
ok '... makes it' as admin ctl diff "$T/nodes.xml"
sed 's/"title"/"titel"/' "$T/nodes.xml" >"$T/unknown.xml"
exits 76 'apply with a setting that the service does not have' as admin ctl apply "$T/unknown.xml"
like "$err" "has no setting 'titel'" '... names it'
ok 'a backup is such a document' as admin ctl diff "$T/backup.xml"
exits 65 'diff with what is no document' as admin ctl diff /dev/stdin <<<'<nodes/>'
like "$err" "<nodes> of namespace '' does not belong here" '... says what is wrong'
exits 77 'apply by somebody else' as bob ctl apply "$T/unknown.xml"

# --- sync ---

dir=$T/items
mkdir "$dir"
printf '<?xml version="1.0"?>\n<!-- one -->\n<x xmlns="urn:x" a="1" b="2">1</x>\n' >"$dir/one"
printf '<x xmlns="urn:x"/>' >"$dir/a%2Fb"
printf '<x xmlns="urn:x">ü</x>' >"$dir/%2E.ü@x"
printf 'no item' >"$dir/.hidden"
S=$N-sync
exits 66 'sync to a node that is not there' as admin ctl sync "$dir" "$S"
as admin ctl create "$S" max_items=20
as admin pub -n "$S" < <(item one "<p:x xmlns:p='urn:x' b='2' a='1'>1</p:x>"; item a/b "<x xmlns='urn:x'>old</x>"; item other)
exits 1 'sync --dry-run' as admin ctl sync "$dir" "$S" --dry-run --delete
is "$(sort <<<"$out")" "$(lines "add${tab}..ü@x" "change${tab}a/b" "retract${tab}other")" '... prints what differs: names of prefixes do not'
is "$(as admin ctl get "$S" a/b | cut -f2)" "<x xmlns='urn:x'>old</x>" '... does nothing'
ok 'sync' as admin ctl sync "$dir" "$S"
is "$(sort <<<"$out")" "$(lines "add${tab}..ü@x" "change${tab}a/b")" '... prints what it does'
is "$(as admin ctl items "$S" | sort)" "$(lines ..ü@x a/b one other | sort)" '... without --delete leaves what has no file'
ok 'sync --delete --xml' as admin ctl sync "$dir" "xmpp:$PUBSUB_SERVICE?;node=$S" --delete --xml
is "$out" "<retract xmlns='http://jabber.org/protocol/pubsub#event' id='other' node='$S'/>" '... retracts it'
ok 'sync --dry-run of what is alike' as admin ctl sync "$dir" "$S" --dry-run --delete
is "$out" '' '... prints nothing'
printf '<x xmlns="urn:x">' >"$dir/bad"
exits 65 'sync with a file that is malformed' as admin ctl sync "$dir" "$S" --delete
like "$err" "items/bad': line 1" '... names it'
printf '<x/><y/>' >"$dir/bad"
exits 65 '... or is two elements' as admin ctl sync "$dir" "$S"
like "$err" "items/bad': it is not one XML element" '... says so'
mv "$dir/bad" "$dir/%zz"
exits 65 '... or has a name that is none' as admin ctl sync "$dir" "$S"
like "$err" "%zz': the name is not that of an item" '... says so'
rm "$dir/%zz"
exits 77 'sync by somebody else' as bob ctl sync "$dir" "$N-hand"

# --- doctor ---

ok 'doctor' as admin ctl doctor
printf '%s\n' "$out" >"$T/doctor"
for feature in create-nodes config-node publish subscribe retrieve-items purge-nodes delete-nodes access-open; do
	like "$(<"$T/doctor")" "(^|"$'\n'")$feature${tab}(yes|no)${tab}yes" "... $feature works"
done
unlike "$(as admin ctl nodes)" 'pubsub-ctl-' '... leaves nothing behind'
ok 'doctor --require' as admin ctl doctor --require publish,http://jabber.org/protocol/pubsub#subscribe --xml
like "$out" "<feature xmlns='urn:x-pubsub:nodes' name='publish' advertised='yes' works='yes'/>" '... --xml prints elements'
if ours; then
	is "$(awk -F'\t' '$2 == "yes" && $3 == "no"' "$T/doctor")" '' 'what our service advertises works'
	is "$(awk -F'\t' '$2 == "no" && $3 == "yes"' "$T/doctor")" '' '... and what works it advertises'
elif [[ $E2E_SERVER == prosody ]]; then
	exits 1 'doctor --require of what does not work' as admin ctl doctor --require publish,get-pending
	like "$err" "'get-pending' does not work" '... names it'
fi

# --- check ---

ok 'check' as admin ctl check --warn 10 --crit 20
like "$out" '^PUBSUB OK - notification after [0-9.]* s \| notify=[0-9.]*s;10;20;0 publish=[0-9.]*s;;;0$' '... prints a line for Nagios'
unlike "$(as admin ctl nodes)" 'pubsub-ctl-' '... leaves nothing behind'
exits 1 'check that is too slow to be well' as admin ctl check --warn 0 --crit 20
like "$out" '^PUBSUB WARNING - ' '... warns'
as admin ctl create "$N-check" max_items=3
before=$(as admin ctl items "$N-check")
ok 'check at a node, --prometheus' as admin ctl check "$N-check" --prometheus --warn 10 --crit 20
like "$out" $'(^|\n)pubsub_check_up 1\n' '... prints metrics'
like "$out" $'(^|\n)pubsub_check_notify_seconds [0-9.]+$' '... of the time'
is "$(as admin ctl items "$N-check")" "$before" '... leaves no item behind'
is "$(as admin ctl subscribers "$N-check")" '' '... nor a subscription'
exits 2 'check at a node that is not there' as admin ctl check "$N-missing"
like "$out" "^PUBSUB CRITICAL - cannot subscribe to '$N-missing' at [^:]*: item-not-found" '... says so'
exits 2 'check without a service' as admin ctl -s "$admin/nobody" check --prometheus
like "$out" $'(^|\n)pubsub_check_up 0$' '... the metric says so'
if ours; then
	kill -STOP "${pids[service]}"
	exits 2 'check of a service that does not answer' as admin ctl --request-timeout 1 check "$N-check"
	like "$out" '^PUBSUB CRITICAL - .*no answer in time' '... says so'
	kill -CONT "${pids[service]}"
	as admin ctl configure "$N-check" deliver_notifications=0
	exits 2 'check where nothing is notified' as admin ctl check "$N-check" --crit 0.3
	like "$out" '^PUBSUB CRITICAL - no notification within 0.3 s' '... says so'
fi

# --- mirror ---

uri() { printf 'xmpp:%s?;node=%s' "$PUBSUB_SERVICE" "$1"; }
await_same() { # FROM TO
	local i
	for ((i = 0; i < 100; i++)); do
		cmp -s <(items "$1") <(items "$2") && return
		read -r -t 0.1 <> <(:)
	done
	diff <(items "$1") <(items "$2")
}
M=$N-mirror
as admin ctl create "$M" max_items=20 title='To be mirrored'
as admin pub -n "$M" < <(item one; item two; item three "<x xmlns='urn:x' xml:lang='en'>&#10;&lt;</x>")
ok 'mirror' as admin ctl mirror "$(uri "$M")" "$(uri "$M-to")"
is "$(items "$M-to")" "$(items "$M")" '... copies items, ids, order'
like "$(as admin ctl configure "$M-to")" "(^|"$'\n'")title${tab}To be mirrored${tab}" '... and, for a new node, settings'
as admin pub -n "$M-to" < <(item surplus)
as admin pub -n "$M" < <(item four; item two "<x xmlns='urn:x'>other</x>")
as admin ctl retract "$M" one
ok 'mirror again' as admin ctl mirror "$(uri "$M")" "$(uri "$M-to")"
ok '... makes them alike, what is surplus goes' await_same "$M" "$M-to"
exits 66 'mirror of a node that is not there' as admin ctl mirror "$(uri "$N-missing")" "$(uri "$N-missing-to")"
like "$err" "cannot read the items of '$N-missing'" '... says so'
exits 66 '... and makes none' as admin ctl info "$N-missing-to"

as admin pub -n "$M" < <(item five)
spawn follower as admin/follower ctl mirror "$(uri "$M")" "$(uri "$M-to")" --follow
ok 'mirror --follow' await_line "$T/follower.err" "following '$M'"
ok '... begins with what there is' await_same "$M" "$M-to"
as admin pub -n "$M" < <(item six; item two "<x xmlns='urn:x'>again</x>"; echo "<retract id='five'/>")
ok '... goes on with what comes, changes, goes' await_same "$M" "$M-to"
as admin pub -n "$M" < <(echo '<purge/>'; item seven)
ok '... a purge' await_same "$M" "$M-to"
is "$(items "$M-to" | wc -l)" 1 '... which leaves what came behind it'
stop follower
is "$status" 0 '... a signal ends it well'
is "$(as admin ctl subscribers "$M")" '' '... and its subscription'

# Nothing is lost between the two: items are published while it starts.
publish_many() { as admin pub -n "$M" < <(for i in {1..60}; do item "n$i"; done); }
as admin ctl configure "$M" max_items=100
as admin ctl configure "$M-to" max_items=100
spawn many publish_many
spawn follower as admin/follower ctl mirror "$(uri "$M")" "$(uri "$M-to")" --follow
reap many
ok 'mirror --follow of a node that grows meanwhile' await_same "$M" "$M-to"
is "$(items "$M-to" | wc -l)" 61 '... has all of it'
if ours; then
	as admin ctl delete "$M"
	reap follower
	is "$status" 66 'the end of the source is its end'
else
	stop follower
fi

done_testing
