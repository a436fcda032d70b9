#!/bin/bash
# SPDX-License-Identifier: MIT
# For a time (SOAK_SECONDS), publishers and subscribers at work while links are cut, and they, the
# service and the server are killed with -9. Then what was acknowledged is compared with what is
# stored and with what has arrived. scripts/soak runs this; with the servers' own services it has no
# service to kill, and tells what their users may expect.
. "${0%/*}/../e2e/lib.sh"

seconds=${SOAK_SECONDS:-60}
writers=3
patience=300
end=$((SECONDS + seconds))
take_chances 0

# --- links: of the clients, and of the service ---

proxy_start clients "$XMPP_PORT"
proxy_start service "$(service_port)"
through service service_start

# --- who is at work ---

node=$N-soak spool=$T/spool
as admin ctl create "$node" max_items=max >"$T/null" 2>&1 || as admin ctl create "$node" || bail_out 'no node'

# Numbered items, a few at a time, each as often as it takes until a run says that it has them.
writer() { # NUMBER
	local i=1 n pid
	trap - EXIT
	take_chances "$1"
	while [[ ! -e $T/over ]]; do
		n=$((RANDOM % 20 + 1))
		seq "$i" $((i + n - 1)) | sed "s|.*|<item id='w$1-&'><x xmlns='urn:x'>&</x></item>|" >"$T/w$1.in"
		while :; do
			spawned=1 as admin/"w$1" pub -q -n "$node" --spool "$spool" --request-timeout 10 <"$T/w$1.in" 2>>"$T/w$1.err" &
			pid=$!
			if ((RANDOM % 4 == 0)); then
				pause 300
				kill -KILL "$pid" 2>/dev/null
			fi
			wait "$pid" 2>/dev/null && break
		done
		((i += n))
		echo $((i - 1)) >"$T/w$1.last"
		pause 200
	done
}

# A reader with a position, in runs that are killed.
reader() {
	local run=0 pid
	trap - EXIT
	take_chances 99
	while [[ ! -e $T/over ]]; do
		printf -v run '%06d' $((10#$run + 1))
		spawned=1 as admin/reader sub -n "$node" --state "$T/state" -a -f id >"$T/read.$run" 2>>"$T/reader.err" &
		pid=$!
		pause 8000
		kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
}

at_work=()
for ((w = 1; w <= writers; w++)); do
	user admin
	through clients writer "$w" &
	at_work+=($!)
done
through clients reader &
at_work+=($!)
through clients spawn_ready follower as admin/follower sub -n "$node" -a -f id

# --- what happens to them ---

memory() { # of the service, in KB
	awk '/^RssAnon:/ { print $2 }' "/proc/${pids[service]-0}/status" 2>/dev/null
}

declare -A happened=()
restart_service() {
	[[ $E2E_SERVICE == ours ]] || return 0
	service_kill9
	through service service_start
}

while ((SECONDS < end)); do
	pause 4000
	memory >>"$T/memory"
	one_of clients clients clients service-link service reader server
	[[ $chosen != server ]] || ((RANDOM % 4 == 0)) || chosen=clients
	((++happened[$chosen]))
	case $chosen in
	clients) disturb clients 1000 ;;
	service-link) [[ $E2E_SERVICE != ours ]] || disturb service 1000 ;;
	service) restart_service ;;
	server) server_settle; server_kill9; server_restart ;;
	esac
done
for chosen in "${!happened[@]}"; do
	diag "$chosen: ${happened[$chosen]} times"
done

# --- the end ---

proxy clients go
: >"$T/over"
wait "${at_work[@]}"
for ((i = 0; i < 20; i++)); do
	! as admin/drain pub -q --spool "$spool" --flush || break
	read -r -t 1 -u "$never"
done
ok 'the spool is sent' as admin/drain pub -q --spool "$spool" --flush
as admin pub -n "$node" -i end -e '<x xmlns="urn:x"/>'
ok 'who follows gets the end' await_line "$T/follower.out" '^end$'
stop follower
ok 'who has a position reads the rest' as admin/reader sub -n "$node" --state "$T/state" -f id -1
cp "$T/run.out" "$T/read.999999"

as admin sub -1 -a -n "$node" -f id >"$T/stored"
union "$T"/read.* >"$T/read"
# What is published again, as its acknowledgement was lost, is told again. Where the service was away
# for an item and back for those behind it, the spool sends them all again: so it is what was told
# last that comes in order.
for what in read follower.out; do
	tac "$T/$what" | awk '!seen[$0]++' | tac >"$T/once"
	diag "$what: $(wc -l <"$T/once") items, and $(($(wc -l <"$T/$what") - $(wc -l <"$T/once"))) again"
	mv "$T/once" "$T/$what"
done
is "$(sort "$T/stored" | uniq -d | head -n 5)" '' 'nothing is stored twice'
for what in stored read follower.out; do
	for ((w = 1; w <= writers; w++)); do
		is "$(sed -n "s/^w$w-//p" "$T/$what" | diff <(seq "$(<"$T/w$w.last")") - | head -n 5)" '' \
			"$what: all of writer $w, in order"
	done
done

if [[ $E2E_SERVICE == ours ]]; then
	count=$(wc -l <"$T/memory")
	first=$(head -n $((count / 3 + 1)) "$T/memory" | sort -n | tail -n 1)
	last=$(tail -n $((count / 3 + 1)) "$T/memory" | sort -n | tail -n 1)
	diag "memory of the service: at most $first KB in the first third, $last KB in the last"
	ok 'its memory does not grow' test "$last" -lt $((first * 3 / 2 + 4096))
fi
done_testing
