#!/bin/bash
# SPDX-License-Identifier: MIT
# Many small items through a pipe, beside MQTT with acknowledgements: nothing is lost or comes in
# another order, and the clients' memory stays what it is. scripts/bench pipe runs this with as many
# as there should be.
. "${0%/*}/lib.sh"
. "$e2e_root/tests/bench/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'the service is none of ours'

items=2000
batches=(50 1)
[[ -z ${PUBSUB_TEST_LONG-} ]] || { items=100000 batches=(50); }
items=${BENCH_ITEMS:-$items}
rounds=${BENCH_ROUNDS:-1}
most=20480 # KB that a client may take
patience=${E2E_PATIENCE:-900}

# 100 bytes each, a line each; from an item it is told apart by what -f payload prints.
seq -f "<m xmlns='urn:example:pipe'>item %06.0f ................................................................</m>" \
	"$items" | sed 's/^\(.\{96\}\).*/\1<\/m>/' >"$T/payloads"
split -l 50000 "$T/payloads" "$T/payloads."
is "$(awk '{ print length }' "$T/payloads" | sort -u)" 100 "$items items of 100 bytes"
service_start

# Leaves $took: microseconds from the start of the publisher to the end of the subscriber.
finish() { # SUBSCRIBER BEFORE
	reap "$1"
	took=$((${EPOCHREALTIME/./} - $2))
	((status == 0)) || diag "$1: $status $err"
	cmp "$T/payloads" "$T/$1.out" >&2 && ((status == 0))
}

ours() { # BATCH ROUND
	local node=$N-$1-$2 name=ours-$1 before server service
	as publisher pub -n "$node" --create -o access_model=open </dev/null || return
	spawn_ready reader as reader measure_with_memory "sub-$1" sub -n "$node" -f payload -C "$items" || return
	server=$(cpu_time "$XMPP_PID")
	service=$(cpu_time "${pids[service]}")
	before=${EPOCHREALTIME/./}
	as publisher measure_with_memory "pub-$1" pub -n "$node" --batch "$1" <"$T/payloads" || return
	finish reader "$before" || return
	echo "$took" >>"$T/$name.times"
	echo "$(($(cpu_time "$XMPP_PID") - server))" >>"$T/$name.server"
	echo "$(($(cpu_time "${pids[service]}") - service))" >>"$T/$name.service"
}

# So that the applet's own options are found.
measure_with_memory() { # NAME APPLET...
	local name=$1 applet=$2
	shift 2
	measure_memory "$name" "$e2e_bin/pubsub-$applet" -H "127.0.0.1:$XMPP_PORT" --ca-file "$XMPP_CA" "$@"
}

mqtt() { # ROUND
	local topic=$N-$1 before broker part
	local how=(-h localhost -p "$mqtt_port" --cafile "$XMPP_CA" -q 1 -t "$topic")
	spawn mqtt-reader measure_memory mosquitto_sub mosquitto_sub "${how[@]}" -C "$items"
	await_line "$T/mosquitto.err" "$topic" || return
	broker=$(cpu_time "${pids[mosquitto]}")
	before=${EPOCHREALTIME/./}
	# It stands still when more lines wait than MQTT has numbers for, 65535.
	for part in "$T"/payloads.*; do
		measure_memory mosquitto_pub mosquitto_pub "${how[@]}" -l <"$part" || return
	done
	finish mqtt-reader "$before" || return
	echo "$took" >>"$T/mqtt.times"
	echo "$(($(cpu_time "${pids[mosquitto]}") - broker))" >>"$T/mqtt.server"
}

others=
if [[ ${BENCH_OTHERS-} ]] && has mosquitto_pub && PATH=$PATH:/usr/sbin has mosquitto; then
	others=1
	mosquitto_start
fi

# In turns, so that what else the machine does falls on all alike.
for ((round = 0; round < rounds; round++)); do
	for batch in "${batches[@]}"; do
		ok "round $((round + 1)): all of them arrive in order, --batch $batch" ours "$batch" "$round"
	done
	[[ ! $others ]] || ok "round $((round + 1)): ... by MQTT" mqtt "$round"
done

rate() { # NAME
	local took
	took=$(median <"$T/$1.times")
	echo $((took ? items * 1000000 / took : 0))
}

report() { # NAME PUBLISHER SUBSCRIBER
	local against='' part
	rate=$(rate "$1")
	[[ ! $others ]] || against=", $(ratio "$rate" "$(rate mqtt)") times MQTT"
	diag "$(printf '%-16s %6d items/s%s' "$1:" "$rate" "$against")"
	record "$1, rate" "$rate" items/s
	[[ ! $others ]] || record "$1, rate against MQTT" "$(ratio "$rate" "$(rate mqtt)")" times
	for part in "$2" "$3"; do
		diag "$(printf '  %-14s CPU %6d ms, peak memory %6d KB' "$part:" \
			"$(($(column "$T/$part.memory" 2 | median) / 1000))" "$(column "$T/$part.memory" 3 | largest)")"
		record "$part, CPU" "$(($(column "$T/$part.memory" 2 | median) / 1000))" ms
		record "$part, peak memory" "$(column "$T/$part.memory" 3 | largest)" KB
	done
	for part in service server; do
		[[ -e $T/$1.$part ]] || continue
		diag "$(printf '  %-14s CPU %6d ms' "$part:" "$(median <"$T/$1.$part")")"
		record "$1, CPU of the $part" "$(median <"$T/$1.$part")" ms
	done
}

for batch in "${batches[@]}"; do
	report "ours-$batch" "pub-$batch" "sub-$batch"
	for part in "pub-$batch" "sub-$batch"; do
		ok "$part takes less than 20 MB" test "$(column "$T/$part.memory" 3 | largest)" -lt "$most"
	done
done
[[ ! $others ]] || report mqtt mosquitto_pub mosquitto_sub

# What is stored, the newest of it: all but one, so that where they begin has to be found.
newest=$((items - 1))
as reader measure_with_memory last sub -n "$N-${batches[0]}-0" -1 -l "$newest" -f payload >"$T/last.out" 2>"$T/last.err"
is "$?" 0 "the newest $newest are read" || diag "$(<"$T/last.err")"
ok '... all of them, in order' cmp <(tail -n "$newest" "$T/payloads") "$T/last.out"
note '... by a subscriber with a peak of memory of' "$(column "$T/last.memory" 3)" KB
ok '... which is less than 20 MB' test "$(column "$T/last.memory" 3)" -lt "$most"
note 'peak memory of the service' "$(memory "${pids[service]}" VmHWM)" KB
if [[ $others && ${BENCH_RATIO-} ]]; then
	ok "with batches at least $BENCH_RATIO times the rate of MQTT" \
		awk -v a="$(rate "ours-${batches[0]}")" -v b="$(rate mqtt)" -v r="$BENCH_RATIO" 'BEGIN { exit !(a >= b * r) }'
fi
service_stop
done_testing
