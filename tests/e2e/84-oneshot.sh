#!/bin/bash
# SPDX-License-Identifier: MIT
# One publish over TLS: how long the whole command takes, and how much memory, beside the least that
# it can take and beside what others do. scripts/bench oneshot runs this often enough to tell.
. "${0%/*}/lib.sh"
. "$e2e_root/tests/bench/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'the service is none of ours'

rounds=${BENCH_ROUNDS:-2}
most=${BENCH_RATIO:-} # times as long as the bare client; "": it is not asked
payload="<used xmlns='urn:example:disk'>40%</used>"
service_start
user publisher
jid=$(jid publisher)
password=$(user_password publisher)
export PUBSUB_JID=$jid PUBSUB_PASSWORD=$password
as admin pub -n "$N" --create -o access_model=open -o publish_model=open </dev/null ||
	bail_out 'there is no node'

# Commands by name; one that reads has its input in $T/NAME.in.
declare -A commands=()
names=()
contender() { # NAME WORD...
	local name=$1
	shift
	names+=("$name")
	commands[$name]=$(printf '%q ' "$@")
}

ours=("$e2e_bin/pubsub-pub" -H "127.0.0.1:$XMPP_PORT" -n "$N" -e "$payload")
bare=("$bench_bin/bench_bare" "$XMPP_PORT" "$XMPP_CA" "${jid%@*}" "$password" "$PUBSUB_SERVICE" "$N" "$payload")
contender bare "${bare[@]}"
contender pubsub-pub "${ours[@]}" --ca-file "$XMPP_CA"

# What is trusted by default: all that the system has, and here the private CA in a folder beside it.
mkdir "$T/certs"
cp "$XMPP_CA" "$T/certs/ca.pem"
openssl rehash "$T/certs" 2>/dev/null
contender pubsub-pub-system-cas env "SSL_CERT_DIR=$T/certs" "${ours[@]}"

if [[ ${BENCH_OTHERS-} ]] && has go-sendxmpp; then
	printf 'username: %s\npassword: %s\njserver: localhost:%s\n' "$jid" "$password" "$XMPP_PORT" >"$T/go.conf"
	chmod 600 "$T/go.conf"
	printf "<iq type='set' to='%s' id='g'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='%s'><item>%s</item></publish></pubsub></iq>\n" \
		"$PUBSUB_SERVICE" "$N" "$payload" >"$T/go-sendxmpp.in"
	contender go-sendxmpp env "SSL_CERT_FILE=$XMPP_CA" go-sendxmpp -f "$T/go.conf" --raw
fi
if [[ ${BENCH_OTHERS-} ]] && /usr/bin/python3 -c 'import slixmpp' 2>/dev/null; then
	contender slixmpp /usr/bin/python3 "$e2e_root/tests/bench/slixmpp_publish.py" "$XMPP_PORT" "$XMPP_CA" \
		"$jid" "$password" "$PUBSUB_SERVICE" "$N" "$payload"
fi
if [[ ${BENCH_OTHERS-} ]] && has mosquitto_pub && PATH=$PATH:/usr/sbin has mosquitto; then
	mosquitto_start
	contender mosquitto_pub mosquitto_pub -h localhost -p "$mqtt_port" --cafile "$XMPP_CA" -q 1 -t bench -m "$payload"
fi

go() { # measure|measure_memory NAME
	local in=/dev/null words
	eval "words=(${commands[$2]})"
	[[ ! -e $T/$2.in ]] || in=$T/$2.in
	"$1" "$2" "${words[@]}" <"$in" >"$T/out" 2>"$T/err" || {
		diag "$2: $(<"$T/err")"
		return 1
	}
}

# In turns, so that what else the machine does falls on all alike.
failed=0
for name in "${names[@]}"; do
	go measure_memory "$name" || ((++failed))
	go measure "$name" && rm "$T/$name.took" # does not count
done
for ((i = 0; i < rounds && !failed; i++)); do
	for name in "${names[@]}"; do
		go measure "$name" || ((++failed))
	done
done
is "$failed" 0 "${names[*]}: $rounds times each"

declare -A wall=() own=()
for name in "${names[@]}"; do
	wall[$name]=$(column "$T/$name.took" 1 | median)
	own[$name]=$(column "$T/$name.memory" 4 | largest)
	diag "$(printf '%-22s %7d us, %5.2f times the bare client; CPU %6d us; memory %6d KB, of its own %6d KB' "$name:" \
		"${wall[$name]}" "$(ratio "${wall[$name]}" "${wall[bare]}")" "$(column "$T/$name.took" 2 | median)" \
		"$(column "$T/$name.memory" 3 | largest)" "${own[$name]}")"
	record "$name, wall" "${wall[$name]}" us
	record "$name, wall against bare" "$(ratio "${wall[$name]}" "${wall[bare]}")" times
	record "$name, CPU" "$(column "$T/$name.took" 2 | median)" us
	record "$name, peak memory" "$(column "$T/$name.memory" 3 | largest)" KB
	record "$name, peak memory of its own" "${own[$name]}" KB
done

ok 'memory of its own stays below 4 MB' test "${own[pubsub-pub]}" -lt 4096
ok '... and with the CAs of the system' test "${own[pubsub-pub-system-cas]}" -lt 4096
if [[ $most ]]; then
	took=$(ratio "${wall[pubsub-pub]}" "${wall[bare]}")
	ok "it takes at most $most times as long as the bare client" \
		awk -v a="$took" -v b="$most" 'BEGIN { exit !(a <= b) }'
	[[ ! ${wall[go-sendxmpp]-} ]] ||
		ok 'it takes less than two thirds of what go-sendxmpp does' \
			test $((3 * ${wall[pubsub-pub]})) -lt $((2 * ${wall[go-sendxmpp]}))
fi
done_testing
