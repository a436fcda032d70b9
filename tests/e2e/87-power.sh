#!/bin/bash
# SPDX-License-Identifier: MIT
# The power fails: a disk has what was synced, and of all else some or nothing (tests/fault/disk.c).
# What was acknowledged is there nevertheless: in the service's store, in what waits for subscribers, in
# the spool of pubsub-pub, and in the position of pubsub-sub.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'the reference service is a part of the server'
shim=$(dirname "$(realpath "$PUBSUB_BIN")")/../tests/fault/disk.so
[[ -e $shim ]] || skip_all "$shim is not built"
take_chances 0

rounds=1 items=2000 points=30 read_ms=1000
[[ -z ${PUBSUB_TEST_LONG-} ]] || rounds=12 items=5000 points=300 read_ms=8000 patience=120

disk_py() { python3 "$e2e_root/tests/fault/disk.py" "$@"; }
# What CMD does to $T/NAME is written down.
on_disk() { # NAME CMD...
	local -x LD_PRELOAD=$shim PUBSUB_DISK_ROOT=$T/$1 PUBSUB_DISK_LOG=$T/$1.log
	"${@:2}"
}
cut_power() { # NAME
	ok '... the power fails' disk_py cut "$T/$1.log" "$T/$1" "$PUBSUB_TEST_SEED-$((RANDOM))"
}

# --- the service ---

# The folders are made by the service.
mkdir "$T/disk"
stamping=()
begin() { on_disk disk service_start --store "$T/disk/a/b/store.sqlite3"; }
begin
as admin ctl create "$N-kept" >"$T/null" || bail_out 'no node'
as admin ctl create "$N-told" pubsub#persist_items=0 >"$T/null" || bail_out 'no node'
spawn_ready follower as zulu/follower sub -v -n "$N-told" -f id

# The nodes' numbers go on behind $1 and $2.
publish() { # KEPT TOLD
	local -A first=([kept]=$1 [told]=$2)
	local name
	stamping=()
	for name in kept told; do
		rm -f "$T/$name.out"
		mkfifo "$T/$name.out"
		seq "$((first[$name] + 1))" "$((first[$name] + items))" |
			sed "s|.*|<item id='&'><x xmlns='urn:x'>$(printf '%0200d' 0)</x></item>|" >"$T/$name.in"
		disk_py stamp "$N-$name" <"$T/$name.out" >"$T/$name-$round.acks" &
		stamping+=($!)
		spawn "$name" as admin/$name pub -n "$N-$name" -p -w 16 --request-timeout 10
	done
}
# Not stop(): what they have printed is read already.
end_publishing() {
	local name
	for name in kept told; do
		kill "${pids[$name]}" 2>"$T/null"
		wait "${pids[$name]}" 2>"$T/null"
		forget "$name"
	done
	wait "${stamping[@]}"
}

ids() { cat "$@" | cut -d ' ' -f 3; }

kept=0 told=0
for ((round = 1; round <= rounds; round++)); do
	publish "$kept" "$told"
	one_of kept told
	await_lines "$T/$chosen-$round.acks" $((1 + RANDOM % (items / 4))) || bail_out 'too few items were acknowledged'
	pause 100
	service_kill9
	end_publishing
	ok "round $round, killed: at any time before, a power cut would have left what was acknowledged" \
		disk_py check "$T/disk.log" "$T/disk" a/b/store.sqlite3 "$PUBSUB_TEST_SEED-$round" "$points" "$T"/kept-*.acks
	diag "$out"
	cut_power disk
	begin
	as admin sub -1 -a -n "$N-kept" -f id >"$T/stored"
	kept=$(wc -l <"$T/stored")
	ok '... what is stored is in order' diff <(seq "$kept") "$T/stored"
	acknowledged=$(ids "$T/kept-$round.acks" | tail -n 1)
	diag "$kept items are stored, ${acknowledged:-0} were acknowledged"
	ok '... and is all that was acknowledged' test "$kept" -ge "${acknowledged:-0}"
	told=$((round * 1000000))
	as admin pub -n "$N-told" -i "$told" -e '<x xmlns="urn:x"/>'
	ok '... a subscriber gets what is published later' await_line "$T/follower.out" "^$told\$"
	is "$(comm -23 <(ids "$T"/told-*.acks | sort) <(sort "$T/follower.out") | head -n 5)" '' \
		'... and has got all that was acknowledged'
	is "$(sort -n -u "$T/follower.out" | diff - "$T/follower.out" | head -n 5)" '' '... once and in order'
done
stop follower
service_stop
is "$status" 0 'the service ends well'
cut_power disk
service_start --store "$T/disk/a/b/store.sqlite3"
is "$(as admin sub -1 -a -n "$N-kept" -f id | wc -l)" "$kept" '... and all is there'

# --- the spool ---

dead=127.0.0.1:1
node=$N-spooled spool=$T/spooled/spool
mkdir "$T/spooled"
as admin pub -n "$node" --create </dev/null
items_of() { seq "$1" "$2" | sed "s|.*|<item id='&'><x xmlns='urn:x'>$(printf '%0100d' 0)</x></item>|"; }
keep() { on_disk spooled as admin "$e2e_bin/pubsub-pub" -q -H "$dead" -n "$node" --spool "$spool"; }
flush() { as admin pub -q -p --spool "$spool" --flush; }
kept() { cat "$spool"/*.items 2>"$T/null" | grep -c '^+'; }

last=0
for ((round = 1; round <= rounds; round++)); do
	left=0
	for ((i = 0; i < 3; i++)); do
		some=$((1 + RANDOM % 300))
		ok "round $round, $some items go into the spool" keep < <(items_of $((last + 1)) $((last + some)))
		((last += some, left += some))
		((RANDOM % 2)) || { cut_power spooled; is "$(kept)" "$left" '... which has them all'; }
	done
	for ((i = 0; i < 2; i++)); do
		on_disk spooled spawn flush flush
		[[ $(kept) == 0 ]] || await_lines "$T/flush.out" 1
		pause 50
		stop flush KILL
		((i == 0)) || cut_power spooled
	done
	ok '... killed while it is sent, and then sent' on_disk spooled flush
	is "$(kept)" 0 '... all of it'
	((RANDOM % 2)) || cut_power spooled
	as admin sub -1 -a -n "$node" -f id >"$T/stored"
	ok '... and is there, in order' diff <(seq "$last") "$T/stored"
done

# --- the position ---

node=$N-read
mkdir "$T/read" "$T/runs"
as admin pub -n "$node" --create </dev/null
# Two hundred a second: a run reads some thousand.
feed() {
	local i
	trap - EXIT
	for ((i = 1; ; i++)); do
		printf "<item id='%s'><x xmlns='urn:x'/></item>\n" "$i"
		read -r -t 0.005 -u "$never"
	done
}
reader() { as admin/reader sub -q -n "$node" --all --state "$T/read/state" "$@"; }
mkfifo "$T/writer.in"
feed >"$T/writer.in" &
feeding=$!
spawn writer as admin/writer pub -n "$node"

for ((run = 1; run <= rounds + 1; run++)); do
	rm -f "$T/reader.out"
	mkfifo "$T/reader.out"
	disk_py stamp "$node" <"$T/reader.out" >"$T/runs/$((run + 100))" &
	stamping=($!)
	on_disk read spawn reader reader
	await_lines "$T/runs/$((run + 100))" 1 || bail_out 'nothing is read'
	pause "$read_ms"
	kill -KILL "${pids[reader]}"
	wait "${pids[reader]}" 2>"$T/null"
	forget reader
	wait "${stamping[@]}"
	cut_power read
done
kill "$feeding"
reap writer
is "$status" 0 "items are published while a reader is killed and the power fails, $((rounds + 1)) times"
disk_py stamp "$node" < <(reader -1) >"$T/runs/$((run + 100))"
# It is on the disk after a second, and a little more where the machine has other things to do.
ok '... no item is missing, and none comes again but what was printed in the last moments' \
	disk_py compare 6000 "$T"/runs/*
diag "$out"
as admin sub -1 -a -n "$node" -f id >"$T/stored"
is "$(cat "$T"/runs/* | ids | sort -n -u | diff - "$T/stored" | head -n 5)" '' '... all of them were read'

done_testing
