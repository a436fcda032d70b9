#!/bin/bash
# SPDX-License-Identifier: MIT
# Stanzas that are cheap to send and dear to read (foreign/hostile.py): what they cost grows with their size as with
# plain text, they are answered, and others are served meanwhile. Without limits most cost a hundred times as much.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'it is about our service, and our clients'
hostile() { become "$e2e_root/tests/e2e/foreign/hostile.py" --node "$N" --timeout $((patience * 4)) "$@"; }
declare -A said=()

# Lines of NAME, what has become of it, and by what factor it was dearer.
look_at() { # NAME
	local name verdict ratio bound
	said=()
	cp "$T/run.out" "$T/told"
	while IFS=$'\t' read -r name verdict ratio; do
		said[$name]=$verdict
		bound=80
		[[ $name != line* ]] || bound=20
		[[ -z $ratio ]] || ok "$1: $name costs $ratio times as much as text" test "${ratio%.*}" -lt "$bound"
	done <"$T/told"
}

# As it comes or, where a server writes it anew, in another way.
one_of_them() { # NAME VALUE...
	local name=$1
	shift
	ok "... $name: ${said[$name]-nothing}" grep -qx "${said[$name]-nothing}" < <(printf '%s\n' "$@")
}

service_start --node "$N" --default publish_model=open
ok 'requests are answered, and so is somebody else meanwhile' as alice hostile service --pid "${pids[service]}"
look_at service
one_of_them 'line feeds in an item' result
one_of_them 'line feeds beside items' bad-request
one_of_them 'children in an item' result
one_of_them 'children beside items' policy-violation
one_of_them 'attributes in an item' policy-violation
one_of_them 'attributes beside items' policy-violation
one_of_them 'depth in an item' policy-violation
one_of_them 'depth beside items' policy-violation
one_of_them 'namespaces in an item' policy-violation result # Prosody declares them otherwise
one_of_them 'namespaces beside items' policy-violation bad-request
service_stop
is "$status" 0 'the service ends as ever'

if [[ $E2E_MODE == account ]]; then
	user bob
	evil() { # WHAT APPLET ARGUMENT...
		as alice/evil hostile "$1" -- env PUBSUB_JID="$(jid bob)" PUBSUB_PASSWORD="$(user_password bob)" \
			"$e2e_bin/$2" -H "127.0.0.1:$XMPP_PORT" --ca-file "$XMPP_CA" -s "$(jid alice)/evil" "${@:3}"
	}
	ok 'events of a hostile service' evil client pubsub-sub -n "$N" --format id
	told=$err
	look_at pubsub-sub
	is "${said[exit]-} $(grep -c '^printed' "$T/told")" '0 13' '... each of which is printed'
	like "$told" 'an event of .* is larger than can be taken \(attributes\): part of it is lost' '... and what is lost is told'
	ok 'its answers' evil answer pubsub-ctl get "$N"
	look_at pubsub-ctl
	one_of_them 'line feeds in an item' 0
	one_of_them 'children in an item' 0
	one_of_them 'attributes in an item' 76
	one_of_them 'depth in an item' 76
fi
done_testing
