#!/bin/bash
# SPDX-License-Identifier: MIT
# pubsub-sub --state, killed with -9 or cut off while items are published: all that it has printed
# together is each item once and in order, but for the line that was in flight when it was killed.
. "${0%/*}/lib.sh"
service_start
take_chances 0

rounds=3 items=500
[[ -z ${PUBSUB_TEST_LONG-} ]] || rounds=20 items=5000 patience=300
# Prosody's own nodes keep twenty items: who is away for longer has missed the others for good.
[[ $E2E_SERVICE == ours || $E2E_SERVER != prosody ]] || items=20

# Some are larger than what a pipe takes at once.
small=$(printf '%0100d' 0) large=$(printf '%06000d' 0)
payloads() { # [IDS]: items; without it the payloads alone
	awk -v n="$items" -v ids="${1-0}" -v small="$small" -v large="$large" 'BEGIN {
		for (i = 1; i <= n; i++) {
			if (ids)
				printf "<item id=\047%d\047>", i % (ids + 1)
			printf "<x xmlns=\047urn:x\047>%d %s</x>%s\n", i, i % 25 ? small : large, ids ? "</item>" : ""
		}
	}'
}
payloads >"$T/wanted"

# In the background, a few at a time, so that it takes a while.
publish() { # NODE [IDS]
	payloads "${2-$items}" >"$T/writer.in"
	spawn writer as admin/writer pub -n "$1" -w 2
}

reader() { # NODE [ARGUMENT...]
	as admin/reader sub -n "$1" -f payload --state "$T/$1.state" "${@:2}"
}

is_all() { # FILE NAME
	is "$(diff "$T/wanted" "$1" | cut -c 1-60 | head -n 5)" '' "$2"
}

begin() { # NODE
	as admin pub -n "$1" --create </dev/null
	spawn_ready first reader "$1"
	stop first
}

# --- killed ---

# Its output is a pipe that holds a few lines, and nobody reads before it is killed: most often that
# is while it writes.
kill_while_it_writes() { # NAME NODE
	local pipe rest
	mkfifo "$T/$1.out"
	exec {pipe}<>"$T/$1.out"
	python3 -c 'import fcntl, sys; fcntl.fcntl(int(sys.argv[1]), fcntl.F_SETPIPE_SZ, 8192)' "$pipe"
	spawn "$1" reader "$2"
	pause 600
	kill -KILL "${pids[$1]}" 2>/dev/null
	wait "${pids[$1]}" 2>/dev/null
	exec {rest}<"$T/$1.out"
	exec {pipe}>&-
	cat <&"$rest" >"$T/rest"
	exec {rest}<&-
	forget "$1"
	mv "$T/rest" "$T/$1.out"
}

kill_after_a_while() { # NAME NODE
	spawn "$1" reader "$2"
	((killed)) || await_lines "$T/$1.out" 1 # one at least has printed something, however late
	pause 600
	stop "$1" KILL
}

killed=0 torn=0
kill_reader() { # ROUND NODE [IDS]
	local round=$1 node=$2 files=() run
	begin "$node"
	publish "${@:2}"
	while kill -0 "${pids[writer]}" 2>/dev/null; do
		run=run-$round-${#files[@]}
		files+=("$T/$run.out")
		one_of kill_after_a_while kill_while_it_writes
		((killed)) || chosen=kill_after_a_while
		"$chosen" "$run" "$node"
		[[ ! -s $T/$run.out ]] || ((++killed))
		[[ -z $(tail -c 1 "$T/$run.out") ]] || ((++torn))
	done
	reap writer
	is "$status" 0 "round $round: $items items are published while a reader is killed ${#files[@]} times"
	reader "$node" -1 >"$T/rest-$round.out"
	is "$?" 0 '... who then reads the rest'
	union "${files[@]}" "$T/rest-$round.out" >"$T/union"
	is_all "$T/union" '... and has printed each item once and in order'
	reader "$node" -1 >"$T/none"
	is "$(head -n 5 "$T/none")" '' '... after which nothing is new'
}

for ((round = 1; round <= rounds; round++)); do
	kill_reader "$round" "$N-kill-$round"
	# The archive has each version of an item, also those that have been replaced.
	[[ $E2E_SERVICE != ours ]] || ((round % 4 != 1)) || kill_reader "$round-replaced" "$N-replaced-$round" 7
done
diag "$killed were killed after they had printed something, $torn of them within a line"
ok 'some were killed while they printed' test "$killed" -gt 0

# --- killed, with handlers ---

# Those that run go on, and their items come again, with those that were done behind them: no more of those than may
# wait, and nothing that comes before the first of those that ran.
node=$N-handlers kills=0 jobs=3 waiting=64
begin "$node"
publish "$node"
: >"$T/handled"
with_handlers() { # ARGUMENT...: ID PID RUN of each handler is told
	as admin/reader sub -n "$node" --state "$T/$node.state" --jobs "$jobs" \
		-x "echo \"\$PUBSUB_ITEM_ID \$\$ $kills\" >>$T/handled" "$@"
}
# The reader stands still: $T/running gets RUN PID of its handlers, if it has as many as it may have. Where it has
# fewer, it may have seen the end of others, and not noted it yet.
stop_with_handlers() {
	local pid=${pids[handlers]} running try
	for ((try = 0; try < 10; try++)); do
		kill -STOP "$pid"
		while [[ $(ps -o stat= -p "$pid") == [^TZ]* ]]; do read -r -t 0.01 -u "$never"; done
		mapfile -t running < <(ps -o pid= --ppid "$pid")
		if ((${#running[@]} == jobs)); then
			printf '%d\n' "${running[@]}" | sed "s/^/$kills /" >>"$T/running"
			break
		fi
		kill -CONT "$pid"
		read -r -t 0.02 -u "$never"
	done
}
: >"$T/running"
while kill -0 "${pids[writer]}" 2>/dev/null; do
	spawn handlers with_handlers
	pause 600
	stop_with_handlers
	stop handlers KILL
	((++kills))
done
reap writer
ok "a reader with handlers was killed $kills times, and then handles the rest" with_handlers -1
is "$(sort -n -u "$T/handled" | cut -d ' ' -f 1 | diff <(seq "$items") - | head -n 5)" '' '... all of them'
repeated=$(($(wc -l <"$T/handled") - items))
diag "$repeated were handled twice"
ok '... and few twice' test "$repeated" -le $((kills * (waiting + jobs)))
none_is_left() { # of those that were running when their reader was stopped
	local until=$((SECONDS + patience))
	while awk 'NR == FNR { told[$3, $2]; next } !(($1, $2) in told) { n++ } END { exit !n }' "$T/handled" "$T/running"; do
		((SECONDS < until)) || return
		read -r -t 0.1 -u "$never"
	done
	return 0
}
ok '... those that were running go on' none_is_left
is "$(awk '
	NR == FNR { item[NR] = $1; run[NR] = $3; id[$3, $2] = $1; n = NR; next }
	!($1 in first) || id[$1, $2] < first[$1] { first[$1] = id[$1, $2] }
	END {
		for (k in first)
			for (i = 1; i <= n; i++)
				if (run[i] > k + 0 && item[i] < first[k])
					print item[i], "again, when", first[k], "was the first"
	}' "$T/handled" "$T/running" | head -n 5)" '' '... and nothing before those comes again'
diag "$(cut -d ' ' -f 1 "$T/running" | sort -u | wc -l) of $kills were killed with $jobs handlers"

# --- cut off ---

proxy_start link "$XMPP_PORT"
gone=0
for ((round = 1; round <= rounds; round++)); do
	node=$N-cut-$round times=0
	begin "$node"
	through link spawn_ready follower reader "$node" -C "$items"
	publish "$node"
	((round > 1)) || proxy link cut # however soon the writer is done
	while kill -0 "${pids[writer]}" 2>/dev/null; do
		pause 600
		disturb link 1000
		((++times))
	done
	proxy link cut # also what a server may still hold for a dead link
	reap writer
	is "$status" 0 "round $round: $items items are published while a reader's link is disturbed $times times"
	patience=$((patience * 6)) reap follower # each cut has made its pauses longer
	is "$status" 0 '... who goes on each time'
	((gone += $(grep -c 'trying again in' <<<"$err")))
	is_all "$T/follower.out" '... and has printed each item once and in order'
done
diag "the reader has connected again $gone times"
ok 'the reader was cut off' test "$gone" -gt 0

done_testing
