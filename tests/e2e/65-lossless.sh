#!/bin/bash
# SPDX-License-Identifier: MIT
# Payloads arrive with the infoset that was published: expanded names, attributes, text (PUB-13). From
# our publisher and from a foreign client; to our subscriber, to a foreign one, and to whoever reads them
# later, after a restart of the service. What the server itself spoils on the way is allowed for by name
# (foreign/infoset.py, SPOILS), what it cannot carry at all is left out (corpus/make, UNFIT).
. "${0%/*}/lib.sh"

via=$E2E_SERVER
[[ $E2E_SERVICE == ours ]] || via+=/reference
"$e2e_root/tests/e2e/corpus/make" "$T/corpus" "$via" || bail_out 'no corpus'
files=("$T"/corpus/*.xml)
count=${#files[@]}
foreign() { [[ -z ${spawned-} ]] || exec "$e2e_root/tests/e2e/foreign/$1" "${@:2}"; "$e2e_root/tests/e2e/foreign/$1" "${@:2}"; }
same() { foreign infoset.py --server "$E2E_SERVER" --lines "$T/corpus" "$1"; }
ok 'the comparison itself notices differences' foreign infoset.py --self-test
ok 'there are at least forty payloads' test "$count" -ge 40

service_start
patience=120

# Publishes all with CMD..., while a subscriber of ours and a foreign one listen.
round() { # NODE HOW CMD...
	local node=$1 how=$2
	shift 2
	as admin pub -n "$node" --create </dev/null
	spawn_ready "ours-$how" as "admin/ours-$how" sub -n "$node" -C "$count"
	spawn "theirs-$how" as "admin/theirs-$how" foreign raw_client.py --node "$node" --timeout 100 listen "$count"
	await_line "$T/theirs-$how.out" '^READY' || fail "the foreign subscriber is ready"
	ok "$how: $count payloads are published" "$@"
	reap "ours-$how"
	ok "$how -> pubsub-sub: each has the infoset that was published" same "$T/ours-$how.out"
	reap "theirs-$how" 2>/dev/null # bash warns of the NULs in its output
	ok "$how -> a foreign client: likewise" same "$T/theirs-$how.out"
}

publish_ours() {
	local file
	for file in "${files[@]}"; do
		as admin/writer pub -n "$N-ours" -i "$(basename "$file" .xml)" "$file" || return
	done
}
round "$N-ours" pubsub-pub publish_ours
round "$N-theirs" raw_client.py as admin/raw foreign raw_client.py --node "$N-theirs" --timeout 100 publish "${files[@]}"

# Of the servers' own services, Prosody's keeps but twenty items.
if [[ $E2E_SERVICE == ours ]]; then
	service_stop
	service_start
	for node in "$N-ours" "$N-theirs"; do
		ok 'stored payloads are read after a restart' as admin sub -1 -a -n "$node"
		cp "$T/run.out" "$T/stored"
		ok '... and have the infoset that was published' same "$T/stored"
	done
	# A foreign reader asks for each by its id.
	for file in "${files[@]}"; do
		id=$(basename "$file" .xml)
		printf "<iq type='get' to='%s' id='get-%s'><pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='%s'><item id='%s'/></items></pubsub></iq>" \
			"$PUBSUB_SERVICE" "$id" "$N-ours" "$id"
	done >"$T/get"
	read_by_id() { as admin/raw foreign raw_client.py --timeout 100 send "$T/get" >"$T/stored"; }
	ok 'a foreign client reads them by id' read_by_id
	ok '... and finds the infoset that was published' same "$T/stored"
fi
done_testing
