#!/bin/bash
# SPDX-License-Identifier: MIT
# pubsub-ctl with other people's data: odd ids, items that are refused, thousands of people, runs at the same time, folders
# with all sorts of things in them, nodes without items.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'it is about what our service takes and refuses'
service_start --max-payload 5000

lines() { printf '%s\n' "$@"; }
item() { printf "<item id='%s'>%s</item>\n" "$1" "${2-<x xmlns='urn:x'>$1</x>}"; }
items() { as admin ctl get "$1" --xml 2>&1 | sed "s/ node='[^']*'//; s/ publisher='[^']*'//"; }
uri() { printf 'xmpp:%s?;node=%s' "$PUBSUB_SERVICE" "$1"; }
user admin bob

# --- ids ---

# Prosody writes TAB and LF in attributes bare: what arrives is a blank.
breaks=("a&#10;b&#9;c")
[[ $E2E_SERVER == ejabberd ]] || breaks=()
long=$(printf 'ü%.0s' {1..511})x
as admin ctl create "$N"
as admin pub -n "$N" < <(for id in a/b .. . -x ' lead' '%41' 'ü😀' '&lt;&apos;&quot;&amp;' "$long" "${breaks[@]}"; do item "$id"; done)
before=$(items "$N")
is "$(grep -c . <<<"$before")" $((9 + ${#breaks[@]})) 'items with odd ids'
ok '... backup' as admin ctl backup "$N"
lines "$out" >"$T/odd.xml"
as admin ctl delete "$N"
ok '... restore' as admin ctl restore <"$T/odd.xml"
is "$(items "$N")" "$before" '... brings them back'
ok '... mirror' as admin ctl mirror "$(uri "$N")" "$(uri "$N-to")"
is "$(items "$N-to")" "$before" '... copies them'
as admin ctl items "$N" >"$T/ids"
is "$(wc -l <"$T/ids")" $((9 + ${#breaks[@]})) '... items: a line each'

# --- payloads ---

as admin ctl create "$N-names"
as admin pub -n "$N-names" < <(item odd "<x xmlns='a b' p:y='1' xmlns:p='%'/>")
before=$(items "$N-names")
as admin ctl backup "$N-names" >"$T/names.xml"
as admin ctl purge "$N-names"
ok 'namespaces that are no URIs: restore' as admin ctl restore <"$T/names.xml"
is "$(items "$N-names")" "$before" '... brings them back'

# --- a node that keeps nothing ---

as admin ctl create "$N-news" persist_items=0 title=News
ok 'backup of a node without items' as admin ctl backup "$N-news"
lines "$out" >"$T/news.xml"
as admin ctl delete "$N-news"
ok '... restore' as admin ctl restore <"$T/news.xml"
like "$(as admin ctl configure "$N-news")" $'(^|\n)title\tNews\t' '... has the settings'
mkdir "$T/empty"
exits 76 '... sync' as admin ctl sync "$T/empty" "$N-news"
like "$err" 'persistent-items' '... says why not'
exits 76 '... mirror' as admin ctl mirror "$(uri "$N-news")" "$(uri "$N-news-to")"
as admin ctl create "$N-bare" deliver_payloads=0
as admin pub -n "$N-bare" < <(echo "<item id='e'/>")
ok 'an item without a payload: backup' as admin ctl backup "$N-bare"
lines "$out" >"$T/bare.xml"
before=$(items "$N-bare")
as admin ctl purge "$N-bare"
ok '... restore' as admin ctl restore <"$T/bare.xml"
is "$(items "$N-bare")" "$before" '... brings it back'

# --- items that are refused ---

large="<x xmlns='urn:x'>$(printf '%06000d' 0)</x>"
document() { # NODE, items on standard input
	echo "<nodes xmlns='urn:x-pubsub:nodes'><node name='$1'><items>"
	cat
	echo '</items></node></nodes>'
}
{ item one; item two "$large"; item three; } | document "$N-limits" >"$T/large.xml"
exits 65 'restore with an item that is refused' as admin ctl restore <"$T/large.xml"
like "$err" "^pubsub-ctl: cannot publish item 'two' to '$N-limits' at [^:]*: not-acceptable \(payload-too-big\)[^"$'\n'"]*$" '... names it, once'
exits 76 '... --keep-going' as admin ctl -v restore --keep-going <"$T/large.xml"
is "$(as admin ctl items "$N-limits" | sort)" "$(lines one three)" '... sends the others'
mkdir "$T/dir"
for name in one three; do
	echo "<x xmlns='urn:x'>$name</x>" >"$T/dir/$name"
done
mv "$T/dir/three" "$T/dir/renamed"
echo "$large" >"$T/dir/renamed"
exits 65 'sync --delete with a file that is refused' as admin ctl sync "$T/dir" "$N-limits" --delete
is "$(as admin ctl items "$N-limits" | sort)" "$(lines one three)" '... retracts nothing'
exits 76 '... --keep-going' as admin ctl sync "$T/dir" "$N-limits" --delete -k
is "$(as admin ctl items "$N-limits" | sort)" "$(lines one three)" '... neither'

# --- folders ---

as admin ctl create "$N-dir"
rm "$T/dir/renamed"
mkdir "$T/dir/folder"
mkfifo "$T/dir/pipe"
ln -s one "$T/dir/link"
ok 'sync of a folder with all sorts of things' as admin ctl sync "$T/dir" "$N-dir"
is "$(as admin ctl items "$N-dir" | sort)" "$(lines link one)" '... takes files and links to them'
like "$err" "dir/folder' is no file: passed over" '... passes over what is none'
ln -s nowhere "$T/dir/dangling"
exits 66 '... a link to nothing' as admin ctl sync "$T/dir" "$N-dir" --delete
like "$err" "dir/dangling': No such file" '... ends it'
rm "$T/dir/dangling"
: >"$T/dir/nothing"
exits 65 '... an empty file' as admin ctl sync "$T/dir" "$N-dir" --delete
mv "$T/dir/nothing" "$T/dir/%6Fne"
echo "<x xmlns='urn:x'>other</x>" >"$T/dir/%6Fne"
exits 65 '... two files with one id' as admin ctl sync "$T/dir" "$N-dir" --delete
like "$err" "dir/[^']*ne': another file is the same item" '... end it'
rm "$T/dir/%6Fne"
if ((EUID)); then
	chmod 0 "$T/dir/one"
	exits 66 '... a file that cannot be read' as admin ctl sync "$T/dir" "$N-dir" --delete
	chmod 600 "$T/dir/one"
fi
is "$(as admin ctl items "$N-dir" | grep -cx 'link\|one')" 2 '... and nothing was retracted'

# --- thousands of people ---

people=2000 # with one request for all of them, more than a server lets pass
{
	echo "<nodes xmlns='urn:x-pubsub:nodes'><node name='$N-people'><affiliations>"
	for ((i = 0; i < people; i++)); do echo "<affiliation jid='somebody-with-a-name-$i@example-$suffix.org' affiliation='member'/>"; done
	echo '</affiliations><subscriptions>'
	for ((i = 0; i < people; i++)); do echo "<subscription jid='somebody-with-a-name-$i@example-$suffix.org' subscription='subscribed'/>"; done
	echo '</subscriptions></node></nodes>'
} >"$T/people.xml"
ok 'restore of thousands of people' as admin ctl restore <"$T/people.xml"
is "$(as admin ctl affiliates "$N-people" | grep -c $'\tmember$')" "$people" '... affiliates'
is "$(as admin ctl subscribers "$N-people" | grep -c $'\tsubscribed\t')" "$people" '... and subscribers'
ok '... again' as admin ctl --trace restore <"$T/people.xml"
is "$(grep -c "SENT.*type='set'.*protocol/pubsub" <<<"$err")" 0 '... sends nothing'
ok '... and diff' as admin ctl diff "$T/people.xml"

# --- affiliations that are refused ---

as admin ctl create "$N-aff"
as admin ctl affiliates "$N-aff" "$(jid bob)=publisher"
cat >"$T/aff.xml" <<-END
	<nodes xmlns='urn:x-pubsub:nodes'><node name='$N-aff'><affiliations>
	<affiliation jid='$(jid bob)' affiliation='member'/><affiliation jid='$(jid admin)/x' affiliation='outcast'/>
	</affiliations></node></nodes>
END
exits 65 'apply that is refused, when somebody has been taken to none' as admin ctl apply "$T/aff.xml"
is "$(as admin ctl affiliates "$N-aff" | grep "^$(jid bob)"$'\t')" "$(jid bob)"$'\tpublisher' '... leaves nobody with nothing'

# --- a signal while there is no answer ---

in_the_middle() { as admin ctl -v restore <"$T/waiting.xml"; }
for ((i = 0; i < 200; i++)); do item "$i"; done | document "$N-signal" >"$T/waiting.xml"
as admin ctl create "$N-signal" max_items=300
kill -STOP "${pids[service]}"
spawn waiting in_the_middle
ok 'restore of what has no answer' await_line "$T/waiting.err" 'logged in'
stop waiting INT
is "$status" 130 '... a signal ends it'
unlike "$err" 'cannot|lost' '... with no complaint'
kill -CONT "${pids[service]}"
mkfifo "$T/many.in"
spawn many as admin ctl --trace restore
exec {pipe}>"$T/many.in"
head -n 100 "$T/waiting.xml" >&"$pipe"
ok '... in the middle of the items' await_line "$T/many.err" "SENT .*<item id='90'"
# All that has been sent is answered, or else it would wait before it sends more. What is sent between the two looks
# has no answer yet.
settled() {
	local until=$((SECONDS + patience)) answered
	until answered=$(grep -c '^RECV .*<publish ' "$T/many.err") &&
		(($(grep -c "^SENT .*<item id='" "$T/many.err") == answered)); do
		((SECONDS < until)) || return
		read -r -t 0.1 -u "$never"
	done
	return 0
}
ok '... which have been answered' settled
kill -STOP "${pids[service]}"
tail -n +101 "$T/waiting.xml" >&"$pipe"
ok '... on their way' await_line "$T/many.err" "SENT .*<item id='100'"
stop many INT
exec {pipe}>&-
kill -CONT "${pids[service]}"
is "$status" 130 '... a signal ends it'
unlike "$err" '(cannot|lost)[^>]*$' '... with no complaint'
ok '... and it is run again' as admin ctl -v restore <"$T/waiting.xml"
is "$(as admin ctl items "$N-signal" | sort -n)" "$(seq 0 199)" '... which makes it whole'

# --- at the same time ---

sed "s/<node name='[^']*'/<node name='$N-both'/" "$T/odd.xml" >"$T/both.xml"
in_parallel() { as "admin/$1" ctl restore <"$T/both.xml"; }
for i in 1 2 3 4; do
	spawn "both$i" in_parallel "$i"
done
codes=
for i in 1 2 3 4; do
	reap "both$i"
	codes+="$status$err "
done
is "$codes" '0 0 0 0 ' 'four restores at the same time'
is "$(items "$N-both" | sort)" "$(items "$N" | sort)" '... make one node, each item once'

done_testing
