#!/bin/bash
# SPDX-License-Identifier: MIT
# pubsub-sub --state, killed with -9 or cut off while items are published: all that it has printed
# together is each item once and in order, but for the line that was in flight when it was killed.
. "${0%/*}/lib.sh"
service_start

rounds=3 items=500
[[ -z ${PUBSUB_TEST_LONG-} ]] || rounds=20 items=5000 patience=300
# Prosody's own nodes keep twenty items: who is away for longer has missed the others for good.
[[ $E2E_SERVICE == ours || $E2E_SERVER != prosody ]] || items=20

pause() { # MILLISECONDS-AT-MOST
	local ms=$((SRANDOM % $1 + 1))
	read -r -t "$((ms / 1000)).$(printf '%03d' $((ms % 1000)))" -u "$never"
}

# In the background, a few at a time, so that it takes a while.
publish() { # NODE [IDS]
	awk -v n="$items" -v ids="${2-$items}" "BEGIN { for (i = 1; i <= n; i++)
		printf \"<item id='%d'><x xmlns='urn:x'>%d</x></item>\\n\", i % (ids + 1), i }" >"$T/writer.in"
	spawn writer as admin/writer pub -n "$1" -w 2
}

reader() { # NODE [ARGUMENT...]
	as admin/reader sub -n "$1" -f payload --state "$T/$1.state" "${@:2}"
}

# What is to be printed.
wanted() { seq "$items" | sed "s|.*|<x xmlns='urn:x'>&</x>|"; }

# What the runs have printed together. Where one was killed, its last line may be torn, or come
# again as the first of the next.
union() { # FILE...
	local file line last='' first
	for file; do
		first=1
		while IFS= read -r line; do
			[[ -n $first && $line == "$last" ]] || printf '%s\n' "$line"
			first='' last=$line
		done <"$file"
	done
}

begin() { # NODE
	as admin pub -n "$1" --create </dev/null
	spawn_ready first reader "$1"
	stop first
}

# --- killed ---

killed=0
kill_reader() { # ROUND NODE [IDS]
	local round=$1 node=$2 files=() run
	begin "$node"
	publish "${@:2}"
	while kill -0 "${pids[writer]}" 2>/dev/null; do
		run=run-$round-${#files[@]}
		files+=("$T/$run.out")
		spawn "$run" reader "$node"
		pause 600
		stop "$run" KILL
		[[ ! -s $T/$run.out ]] || ((++killed))
	done
	reap writer
	is "$status" 0 "round $round: $items items are published while a reader is killed ${#files[@]} times"
	reader "$node" -1 >"$T/rest-$round.out"
	is "$?" 0 '... who then reads the rest'
	is "$(union "${files[@]}" "$T/rest-$round.out" | diff <(wanted) - | head -n 5)" '' \
		'... and has printed each item once and in order'
	reader "$node" -1 >"$T/none"
	is "$(head -n 5 "$T/none")" '' '... after which nothing is new'
}

for ((round = 1; round <= rounds; round++)); do
	kill_reader "$round" "$N-kill-$round"
	# The archive has each version of an item, also those that have been replaced.
	[[ $E2E_SERVICE != ours ]] || kill_reader "$round-replaced" "$N-replaced-$round" 7
done
ok 'some were killed while they printed' test "$killed" -gt 0

# --- killed, with handlers ---

# Those that run go on, and their items come again, with those that were done behind them.
node=$N-handlers kills=0
begin "$node"
publish "$node"
handler="echo \"\$PUBSUB_ITEM_ID\" >>$T/handled"
while kill -0 "${pids[writer]}" 2>/dev/null; do
	spawn handlers as admin/reader sub -n "$node" --state "$T/$node.state" --jobs 3 -x "$handler"
	pause 600
	stop handlers KILL
	((++kills))
done
reap writer
ok "a reader with handlers was killed $kills times, and then handles the rest" \
	as admin/reader sub -n "$node" --state "$T/$node.state" --jobs 3 -x "$handler" -1
is "$(sort -n -u "$T/handled" | diff <(seq "$items") - | head -n 5)" '' '... all of them'
repeated=$(($(wc -l <"$T/handled") - items))
diag "$repeated were handled twice"
ok '... and few twice' test "$repeated" -le $((kills * 20))

# --- cut off ---

coproc PROXY { exec python3 "${0%/*}/cutting_proxy.py" "127.0.0.1:$XMPP_PORT"; }
IFS= read -r -t "$patience" -u "${PROXY[0]}" port || bail_out 'the proxy does not start'

for ((round = 1; round <= rounds; round++)); do
	node=$N-cut-$round cuts=0
	begin "$node"
	XMPP_PORT=$port spawn_ready follower reader "$node" -C "$items"
	publish "$node"
	while kill -0 "${pids[writer]}" 2>/dev/null; do
		pause 1000
		echo cut >&"${PROXY[1]}"
		((++cuts))
	done
	reap writer
	is "$status" 0 "round $round: $items items are published while a reader is cut off $cuts times"
	reap follower
	is "$status" 0 '... who goes on each time'
	is "$(diff <(wanted) "$T/follower.out" | head -n 5)" '' '... and has printed each item once and in order'
done

done_testing
