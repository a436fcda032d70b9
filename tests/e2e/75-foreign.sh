#!/bin/bash
# SPDX-License-Identifier: MIT
# Clients and services that are not ours: slixmpp, aioxmpp and Wokkel, call by call; and the article that the
# project grew from, played on Wokkel both ways: our tools with its service, its client with our service.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours || -n ${PUBSUB_TEST_LONG-} ]] || skip_all 'with the reference service only in the long run'
foreign() { [[ -z ${spawned-} ]] || exec "$e2e_root/tests/e2e/foreign/$1" "${@:2}"; "$e2e_root/tests/e2e/foreign/$1" "${@:2}"; }
service_start
patience=60

# What the library and our tools make of each other's nodes, items and events.
client() { # SCRIPT NODE
	local who=${1%%_*} node=$2
	call() { as "admin/$who" foreign "$1" --node "$node" "${@:2}"; }
	printf "<x xmlns='urn:x' a='1'>hello</x>" >"$T/one.xml"
	printf "<x xmlns='urn:x'>again</x>" >"$T/two.xml"
	ok "$who: create" call "$1" create
	spawn "$who-listen" as "admin/$who-listen" foreign "$1" --node "$node" listen 2
	await_line "$T/$who-listen.out" '^READY' || fail "$who: listens"
	ok "$who: subscribe" call "$1" subscribe --full
	ok "$who: publish" call "$1" publish "$T/one.xml"
	ok "pubsub-pub to a foreign listener" as admin pub -n "$node" -i two "$T/two.xml"
	reap "$who-listen"
	is "$status" 0 "$who: hears what it and pubsub-pub publish"
	like "$out" $'item\tone\t.*hello' '... the first'
	like "$out" $'item\ttwo\t.*again' '... the second'
	ok "$who: items" call "$1" items
	like "$out" $'item\tone\t.*hello.*\nitem\ttwo\t' '... both are there, in order'
	ok "$who: one item by its id" call "$1" items two
	unlike "$out" 'hello' '... and not the other'
	ok "pubsub-sub reads what $who has published" as admin sub -1 -a -n "$node" -f payload
	like "$out" "^<x xmlns='urn:x' a='1'>hello</x>" '... unharmed'
	ok "$who: retract" call "$1" retract one
	as admin sub -1 -a -n "$node" -f id >"$T/left"
	is "$(<"$T/left")" two '... leaves the other'
	ok "$who: unsubscribe" call "$1" unsubscribe --full
	ok "$who: purge" call "$1" purge
	ok "$who: delete" call "$1" delete
	exits 66 '... and the node is gone' as admin sub -1 -n "$node"
}
client slixmpp_client.py "$N-slixmpp"
client aioxmpp_client.py "$N-aioxmpp"

# Every pubsub call of a library (foreign/calls.py); where the service lacks a feature, its calls are skipped.
all_calls() { # LIBRARY
	local verdict name why reference=()
	[[ $E2E_SERVICE == ours ]] || reference=(--reference "$E2E_SERVER")
	user admin bob
	ok "$1: its calls are made" as "admin/$1-calls" foreign "$1_calls.py" --node "$N-$1-calls" --timeout 240 \
		--other "$(jid bob)/$1-calls" --other-password "$(user_password bob)" "${reference[@]}"
	while IFS=$'\t' read -r verdict name why; do
		case $verdict in
		pass) pass "$1: $name" ;;
		skip) if [[ $E2E_SERVICE == ours ]]; then fail "$1: $name" "$why"; else skip "$1: $name" "$why"; fi ;;
		*) fail "$1: $name" "$why" ;;
		esac
	done <"$T/run.out"
}
all_calls slixmpp
all_calls aioxmpp
all_calls wokkel

# The article: its client, twice on one account, with our service.
as admin pub -n "$N-article" --create </dev/null
spawn one as admin/one foreign wokkel_client.py --node "$N-article" --timeout 50 run 0.2 10
spawn two as admin/two foreign wokkel_client.py --node "$N-article" --timeout 50 run 0.2 10
reap one
is "$status" 0 "the article's client: publishes, and gets what is published"
reap two
is "$status" 0 '... and so does the other on the same account'
is "$(grep -c '^item' "$T/two.out")" 10 '... ten items'

# Our tools with its service, which is an account as well.
if [[ $E2E_SERVICE == ours ]]; then
	spawn wokkel as wokkel/server foreign wokkel_service.py --node article --timeout 100
	await_line "$T/wokkel.out" '^READY' || fail "the article's service starts"
	article=$(jid wokkel)/server
	spawn_ready reader as alice/reader sub -s "$article" -n article -C 3
	ok "pubsub-pub with the article's service" as alice/writer pub -s "$article" -n article < <(
		printf "<message xmlns='urn:example'><text>%d &amp; more</text></message>\n" 1 2 3)
	reap reader
	is "$status" 0 'pubsub-sub gets what it sends'
	is "$(grep -c '&amp; more' <<<"$out")" 3 '... all of it'
	ok 'pubsub-sub --once --all' as alice sub -s "$article" -n article -1 -a -f payload
	is "$(wc -l <"$T/run.out")" 3 '... gets all that is stored'
	stop wokkel
fi
done_testing
