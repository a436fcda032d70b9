#!/bin/bash
# SPDX-License-Identifier: MIT
# The disk is full, again and again, at any moment: requests are refused, the service goes on, and what was
# acknowledged is there and reaches subscribers. So does a reader's position.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'the reference service is a part of the server'
take_chances 0

kills=1 items=600 size=32m
[[ -z ${PUBSUB_TEST_LONG-} ]] || kills=15 items=6000 size=128m patience=300

# Small disks, in a name space of their own, with what fills them: the service's, and a reader's.
disk=$T/disk other=$T/other
mkdir "$disk" "$other"
# shellcheck disable=SC2016 # for the other shell
spawn holder unshare -rm sh -c 'mount -t tmpfs -o "size=$2" none "$0" && mount -t tmpfs -o size=1m none "$1" &&
	echo ready && exec sleep 86400' "$disk" "$other" "$size"
holder=${pids[holder]}
await_line "$T/holder.out" '^ready$' || skip_all 'no file system can be mounted here'
inside() { become nsenter -t "$holder" -U -m --preserve-credentials "$@"; }
fill() { # DISK BYTES-THAT-ARE-LEFT
	local free i
	for ((i = 0; i < 20; i++)); do
		free=$(inside stat -f -c '%a * %S' "$1")
		# Somebody may be faster: then there is nothing of it, and it is tried again.
		((free > $2)) && ! inside fallocate -l $((free - $2)) "$1/filler-$((RANDOM))" 2>"$T/null" || return 0
	done
}
fill_up() { fill "$disk" "$((RANDOM % 5 ? RANDOM * 4 : 0))"; }
make_room() { inside sh -c "rm -f '$1'/filler-*"; }

# The programs see that disk.
mkdir "$T/inside"
for applet in pubsub-serve pubsub-sub; do
	printf '#!/bin/sh\nexec nsenter -t %s -U -m --preserve-credentials %s "$@"\n' \
		"$holder" "$e2e_bin/$applet" >"$T/inside/$applet"
done
chmod +x "$T"/inside/*
seeing_it() { e2e_bin=$T/inside "$@"; }
begin() { seeing_it service_start --store "$disk/store.sqlite3"; }
stored() { as admin sub -1 -a -n "$N" -f id; }
acknowledged() { cat "$T"/published-* | sed "s/.*id='\([0-9]*\)'.*/\1/"; }

begin
as admin pub -n "$N" --create </dev/null
spawn_ready follower as zulu/follower sub -n "$N" -f id

# --- full, and no longer ---

item() { printf "<item id='%s'><x xmlns='urn:x'>%0*d</x></item>\n" "$1" "${2-2000}" 0; } # ID [BYTES]
ok 'there is room' as admin pub -n "$N" < <(item first)
fill "$disk" 0
exits 75 'there is none' as admin pub -n "$N" < <(for i in {1..200}; do item none; done)
like "$err" "cannot publish item 'none' .*: resource-constraint" '... says so'
like "$(<"$T/service.err")" 'cannot .*full' '... so does the service'
is "$(stored | head -n 1)" first '... which can be read'
make_room "$disk"
ok '... and written to, once there is room' as admin pub -n "$N" < <(item second)
ok '... a subscriber gets it' await_line "$T/follower.out" '^second$'

# --- at any moment ---

some() { # FIRST LAST [BYTES]
	local i
	for ((i = $1; i <= $2; i++)); do item "$i" "${3-2000}"; done
}
# Items FIRST to LAST, while the disk is full now and then.
publish() { # FIRST LAST
	some "$1" "$2" >"$T/writer.in"
	spawn writer as admin/writer pub -n "$N" -p -k -w 8 --request-timeout 10
}
check() { # WHAT
	local n=$((++checks))
	ok "$1, it goes on" as admin pub -n "$N" < <(item "last-$n")
	stored | grep '^[0-9]' >"$T/stored"
	ok '... a subscriber gets that' await_line "$T/follower.out" "^last-$n\$"
}
checks=0 times=0

# In the middle of its input for the first time, so that some are refused for certain.
mkfifo "$T/writer.in"
spawn writer as admin/writer pub -n "$N" -p -k -w 8 --request-timeout 10
exec {pipe}>"$T/writer.in"
some 1 $((items / 3)) >&"$pipe"
await_lines "$T/writer.out" 20
fill "$disk" 0
# More than there is room for in what the store has already.
some $((items / 3 + 1)) $((items / 3 + 200)) 60000 >&"$pipe"
await_line "$T/writer.err" 'resource-constraint' || diag 'nothing is refused'
make_room "$disk"
some $((items / 3 + 201)) "$items" >&"$pipe"
exec {pipe}>&-
rm "$T/writer.in"
while kill -0 "${pids[writer]}" 2>"$T/null"; do
	pause 200
	fill_up
	pause 200
	make_room "$disk"
	((++times))
done
reap writer
mv "$T/writer.out" "$T/published-000"
acknowledged >"$T/acknowledged"
diag "$(wc -l <"$T/acknowledged") of $items items were acknowledged, the disk was full $times times"
ok 'some were refused' test "$(wc -l <"$T/acknowledged")" -lt "$items"
check 'after the disk was full again and again'
is "$(diff "$T/acknowledged" "$T/stored" | head -n 5)" '' '... what was acknowledged is stored, and no more'
is "$(grep '^[0-9]' "$T/follower.out" | diff "$T/acknowledged" - | head -n 5)" '' \
	'... and the subscriber has got it, once and in order'

# --- killed as well ---

start_while_full() {
	local how=(serve --store "$disk/store.sqlite3")
	[[ $E2E_MODE == component ]] || how=(as service/server "${how[@]}")
	rm -f "$T/full.err"
	seeing_it spawn full "${how[@]}"
	await_line "$T/full.err" 'ready as|cannot open'
	stop full KILL
}

for ((kill = 1; kill <= kills; kill++)); do
	printf -v published '%s/published-%03d' "$T" "$kill"
	publish $((items * kill + 1)) $((items * (kill + 1)))
	await_lines "$T/writer.out" $((1 + RANDOM % 100))
	fill_up
	pause 100
	service_kill9
	stop writer
	mv "$T/writer.out" "$published"
	fill "$disk" 0
	start_while_full
	like "$(<"$T/full.err")" 'ready as |cannot open store .*full' 'with no room, the service starts or says why not'
	make_room "$disk"
	begin
	check "killed with a disk that is full"
	is "$(comm -23 <(acknowledged | sort) <(sort "$T/stored") | head -n 5)" '' '... what was acknowledged is stored'
	is "$(sort -n -u "$T/stored" | diff - "$T/stored" | head -n 5)" '' '... once and in order'
	is "$(grep '^[0-9]' "$T/follower.out" | diff "$T/stored" - | head -n 5)" '' \
		'... and the subscriber has got it'
done

# --- a position ---

node=$N-read
as admin pub -n "$node" --create </dev/null
reader() { seeing_it "$@" as zulu/reader sub -n "$node" -f id --all --state "$other/state"; }
reader spawn_ready first
fill "$other" 0
seq 500 | sed "s|.*|<item id='&'><x xmlns='urn:x'/></item>|" >"$T/many.in"
ok 'items are published' as admin pub -n "$node" <"$T/many.in"
reap first
is "$status" 74 'a reader whose position cannot be written ends'
like "$err" "cannot write the state file '$other/state': No space left on device" '... and says so'
reader spawn second
reap second
is "$status" 74 '... at once, while there is no room'
make_room "$other"
reader spawn_ready third
await_line "$T/third.out" '^500$'
stop third
is "$(union "$T"/{first,second,third}.out | diff <(seq 500) - | head -n 5)" '' \
	'... and then goes on behind what it has printed'

service_stop
done_testing
