#!/bin/bash
# SPDX-License-Identifier: MIT
# pubsub-pub --spool: what it has taken is published once and in order, whatever happens meanwhile: no server,
# no service, runs that overlap, that are cut off, that are killed with -9.
. "${0%/*}/lib.sh"
service_start --no-auto-create --max-payload 20000
take_chances 0

rounds=3 items=500
[[ -z ${PUBSUB_TEST_LONG-} ]] || rounds=20 items=5000 patience=300
# Prosody's own nodes keep twenty items.
[[ $E2E_SERVICE == ours || $E2E_SERVER != prosody ]] || items=18

dead=127.0.0.1:1 # where nobody listens, and no other test does
spool=$T/spool
item() { printf "<item id='%s'><x xmlns='urn:x'>%s</x></item>\n" "$1" "${2-$1}"; }
items() { local id; for id; do item "$id"; done; }
stored() { as admin/look sub -1 -a -n "${1-$N}" -f "${2-id}"; }
spooled() { pub -n "$N" --spool "$spool" "$@"; }
away() { become "$e2e_bin/pubsub-pub" -H "$dead" --ca-file "$XMPP_CA" -n "$N" --spool "$spool" "$@"; }
flush() { pub --spool "$spool" --flush "$@"; }
kept() { cat "$spool"/*.items 2>/dev/null | grep -c '^+'; }

as admin pub -n "$N" --create </dev/null

# --- no server ---

ok 'nobody listens: the item is kept' as admin away -i a -e '<x xmlns="urn:x"/>'
like "$err" "^pubsub-pub: what is not delivered is kept in the spool '$spool'"$'\n'"pubsub-pub: cannot connect to .*: Connection refused$" '... says so'
is "$(stat -c %a "$spool" "$spool"/*.items)" $'700\n600' '... for nobody else to read'
ok '... and another, quietly' as admin away -q < <(item b)
is "$out$err" '' '... without a word'
ok '... and lines, the last one without a line feed' as admin away --lines l < <(printf '1\n2')
ok 'a host that is not found: the same' as admin "$e2e_bin/pubsub-pub" -H no-such-host.invalid -n "$N" --spool "$spool" -i c -e '<x xmlns="urn:x"/>'
is "$(kept)" 5 'all of them are in the spool'
like "$(cat "$spool"/*.items)" $'\t'"$PUBSUB_SERVICE"$'\t'"$N"$'\t'"a"$'\t' '... with the names of service and node'
exits 69 '--flush says when it cannot deliver' as admin away --flush
like "$err" 'Connection refused' '... and why'
is "$(kept)" 5 '... and keeps them'

# --- the wrong password ---

denied() { PUBSUB_PASSWORD=wrong become "$@"; }
mkfifo "$T/denied.in"
exec {feed}<>"$T/denied.in"
item d >&"$feed"
spawn denied as admin denied spooled
reap denied
is "$status" 77 'login failed: that is the exit code, and input that goes on is not waited for'
like "$err" 'wrong password' '... says so'
like "$err" 'rest of the input was not read' '... and that there may be more'
is "$(kept)" 6 '... what it had read is kept'
exec {feed}>&-

# --- it goes out first ---

ok 'with the server back, all is sent' as admin spooled -p < <(item e)
is "$(sed -E "s/.*id='([^']*)'.*/\1/; s/^.{36}$/line/" <<<"$out")" "$(printf '%s\n' a b line line c d e)" '... the oldest first'
is "$(kept)" 0 '... after which the spool is empty'
stored >"$T/stored"
is "$(sed -E 's/^.{36}$/line/' "$T/stored")" "$(printf '%s\n' a b line line c d e)" '... and the node has them in that order'
ok '--flush has nothing to do' as admin flush
is "$out$err" '' '... and says nothing'

# --- one that is refused ---

if [[ $E2E_SERVICE == ours ]]; then
	huge=$(head -c 30000 /dev/zero | tr '\0' x)
	exits 65 'an item that is not acceptable' as admin spooled < <(item f; item huge "$huge"; item g)
	like "$err" "^pubsub-pub: cannot publish item 'huge' to '$N' at .*: not-acceptable \(payload-too-big" '... is named'
	like "$err" "it is kept in '$spool/refused/[0-9-]*.xml'" '... and where it is now'
	is "$(stored | tail -n 2)" $'f\ng' '... does not stop those behind it'
	is "$(kept)" 0 '... nor stays in the way'
	like "$(head -n 1 "$spool"/refused/*.xml)" '^<!-- refused by .*: not- ?acceptable .*-->$' '... with the reason'
	sed -i 's/xxxx*/short/' "$spool"/refused/*.xml
	ok '... and can be published from there' as admin pub "$spool"/refused/*.xml
	is "$(stored | tail -n 1)" huge '... under its id'
	exits 76 '--keep-going: that is the code, then' as admin spooled -k < <(item huge "$huge"; item h)
	rm -r "$spool/refused"
	exits 66 'a node that is not there' as admin pub -n "$N-none" --spool "$spool" -i x -e '<x xmlns="urn:x"/>'
	like "$(cat "$spool"/refused/*.xml)" "item- ?not- ?found.* -->"$'\n'"<item id='x' node='$N-none'><x xmlns='urn:x'/></item>" '... is kept as well'
	rm -r "$spool/refused"
fi

# --- the service is away ---

if [[ $E2E_SERVICE == ours ]]; then
	service_stop
	ok 'no service: the items are kept' as admin spooled < <(items i j)
	like "$err" 'the service does not take it now: (service-unavailable|forbidden|remote-server-|recipient-)' '... says so'
	is "$(kept)" 2 '... all of them'
	mkfifo "$T/patient.in"
	exec {feed}<>"$T/patient.in"
	spawn patient as admin spooled -p
	item k >&"$feed"
	ok '... one whose input goes on tries again' await_line "$T/patient.err" 'trying again in'
	service_start --no-auto-create --max-payload 20000
	ok '... until it is there' await_line "$T/patient.out" "id='k'"

	# While that one sends, others leave it to it.
	ok 'a second run at the same time' as admin spooled -v < <(item l)
	like "$err" 'another run is sending' '... leaves it to the first'
	ok '... which sends it' await_line "$T/patient.out" "id='l'"
	exits 0 '--flush waits for the first, or until nothing is left' as admin flush
	exec {feed}>&-
	stop patient
	is "$status" 143 'SIGTERM ends it'
	is "$(stored | tail -n 4)" "$(printf '%s\n' i j k l)" '... and all is there, in order'
fi

# --- create, options, other nodes, retractions ---

many() { item one; printf "<retract id='one'/>"; item two; printf '<purge/>'; item three; }
ok 'a node to be created, and what else there is' as admin "$e2e_bin/pubsub-pub" -H "$dead" -n "$N-new" --create -o access_model=open --spool "$spool" \
	< <(many)
ok '... is all sent by --flush' as admin flush
is "$(stored "$N-new")" three '... in order'

# --- from cron ---

printf '%s\n' "$(user_password admin)" >"$T/password"
chmod 600 "$T/password"
cron() {
	env -i PATH=/usr/bin:/bin PUBSUB_SERVICE="$PUBSUB_SERVICE" setsid /bin/sh -c "$1" </dev/null
}
line="$e2e_bin/pubsub-pub -q -j $(jid admin) --password-file $T/password --ca-file $XMPP_CA -n $N --spool $T/cron --lines used"
ok 'as cron runs it: no home, no terminal, an empty environment' cron "echo 17% | $line -H $dead"
ok '... with the server back' cron "echo 18% | $line -H 127.0.0.1:$XMPP_PORT"
is "$(stored "$N" payload | tail -n 2 | sed "s/ xmlns=''//")" $'<used>17%</used>\n<used>18%</used>' '... both are there'
is "$out$err" '' '... and nothing was said'

# --- a full disk ---

full() (
	trap '' XFSZ
	ulimit -f "$1"
	exec "$e2e_bin/pubsub-pub" -H "$dead" -n "$N" --spool "$T/full" "${@:2}"
)
ok 'room for one' as admin full 1 -i a -e '<x xmlns="urn:x"/>'
exits 74 'a file that cannot grow' as admin full 1 -i b -e "<x xmlns='urn:x'>$(head -c 5000 /dev/zero | tr '\0' x)</x>"
like "$err" "cannot write to the spool '$T/full': File too large" '... says so'
like "$err" 'the last 1 that were read are not kept' '... and what is lost'
is "$(cat "$T"/full/*.items | grep -c '^+')" 1 '... what was there before is still there'
disk() { # DIR CMD...: with a disk of 64 KiB in DIR
	# shellcheck disable=SC2016 # for the other shell
	become unshare -rm sh -c 'mount -t tmpfs -o size=64k none "$0" && exec "$@"' "$@"
}
mkdir "$T/disk"
if disk "$T/disk" true 2>/dev/null; then
	exits 74 'a disk that is full' as admin disk "$T/disk" "$e2e_bin/pubsub-pub" -H "$dead" -n "$N" --spool "$T/disk/spool" < <(item big "$(head -c 70000 /dev/zero | tr '\0' x)")
	like "$err" "cannot write to the spool '$T/disk/spool': No space left on device" '... says so'
else
	skip 'a disk that is full' 'no file system can be mounted here'
	skip '... says so' 'no file system can be mounted here'
fi

# --- damage ---

ok 'two items are kept' as admin away < <(items m1 m2)
sed -i "s/>m1</>M1</" "$spool"/*.items
printf 'half an ent' >>"$(ls "$spool"/*.items)"
ok 'of a spool that was damaged' as admin flush -p
is "$out" "<item id='m2' node='$N'/>" '... what is whole is sent'
like "$err" "an entry in '$spool/[0-9]*.items' is damaged and not sent: see '$spool/damaged/" '... and the rest named'
is "$(cat "$spool"/damaged/* | sed 's/.*>\(M1\)<.*/\1/')" $'M1\nhalf an ent' '... and put aside'

# --- killed and cut off, several at once ---

proxy_start link "$XMPP_PORT"

# One that was killed has sent more than has arrived: that does not come behind what the next one sends.
as admin pub -n "$N-late" --create </dev/null
mkfifo "$T/late.in"
exec {feed}<>"$T/late.in"
through link spawn late as admin/late pub --trace -v -n "$N-late" --spool "$T/late"
await_line "$T/late.err" 'logged in' || bail_out 'no login'
proxy link stall-up
items o p >&"$feed"
ok 'a link that stands still' await_line "$T/late.err" "^SENT .*<item id='p'"
stop late KILL
exec {feed}>&-
ok '... and another run, on a link that does not' as admin/next pub -n "$N-late" --spool "$T/late" -p < <(item q; item o newer)
is "$(sed "s/.*id='//; s/'.*//" <<<"$out" | tr -d '\n')" opqo '... sends what had no answer, and its own'
like "$(as admin/after pub -v -n "$N-late" --spool "$T/late" -i r -e '<x xmlns="urn:x">r</x>' 2>&1)" 'logged in as [^ ]*/after$' \
	'... after which others are who they are'
proxy link go
read -r -t 1 -u "$never"
wanted='p q newer r '
[[ $E2E_SERVICE:$E2E_SERVER != reference:ejabberd ]] || wanted='newer p q r ' # what is replaced stays in its place
is "$(stored "$N-late" payload | sed -n "s/.*>\(.*\)<.*/\1/p" | tr '\n' ' ')" "$wanted" 'what comes then is not taken, and replaces nothing'

writers=3

# Kills $!, which must be the program itself (see become()), after a while, or once it has published
# something, or not at all; $code. What it prints is in FILE.
maybe_kill() { # FILE HOW...
	local pid=$!
	one_of "${@:2}"
	case $chosen in
	later) pause 150 ;;
	sending) while [[ ! -s $1 ]] && kill -0 "$pid" 2>/dev/null; do pause 10; done ;;
	esac
	[[ $chosen == never ]] || kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	code=$?
	echo "$code $([[ ! -s $1 ]] || echo sending)" >>"$T/codes"
}

# Publishes its items in order, as often as it takes until a run says that it has them: the first
# writer all at once, the others a few at a time.
writer() { # NODE WRITER FOLDER
	local i=1 last=$((items / writers)) n code
	trap - EXIT
	take_chances $((round * 10 + $2))
	while ((i <= last)); do
		(($2 == 1)) && n=$last || n=$((RANDOM % (items / 10) + 1))
		((i + n <= last + 1)) || n=$((last + 1 - i))
		seq "$i" $((i + n - 1)) | sed "s|.*|<item id='w$2-&'><x xmlns='urn:x'>&</x></item>|" >"$T/$2.in"
		while :; do
			spawned=1 as admin/"w$2" pub -q -p -n "$1" --spool "$3" <"$T/$2.in" >"$T/$2.out" 2>"$T/$2.err" &
			maybe_kill "$T/$2.out" later sending sending never
			((code != 0)) || break
			((code == 137)) || tail -n 2 "$T/$2.err" >>"$T/others.err"
		done
		((i += n))
	done
}

# Until all is sent; a run now and then does not live to see it.
drain() { # FOLDER
	local i code
	for ((i = 0; i < 4; i++)); do
		spawned=1 as admin/drain pub -p --spool "$1" --flush >"$T/drain.out" 2>/dev/null &
		maybe_kill "$T/drain.out" later sending sending never
	done
	as admin/drain pub --spool "$1" --flush
}

is_in_order() { # FILE WRITER NAME
	is "$(sed -n "s/.*w$2-\([0-9]*\).*/\1/p" "$1" | diff <(seq $((items / writers))) - | head -n 3)" '' "$3"
}

# The node has each item once, and those of one writer in order.
check() { # NODE [FORMAT]
	local id
	stored "$1" "${2-id}" >"$T/stored"
	is "$(sort "$T/stored" | uniq -d | head -n 3)" '' '... none is there twice'
	is "$(wc -l <"$T/stored")" "$((items / writers * writers))" '... none is missing'
	for ((id = 1; id <= writers; id++)); do
		is_in_order "$T/stored" "$id" "... those of writer $id are in order"
	done
}

# What is sent again comes again; but nothing comes before what was published before it.
check_follower() { # NODE
	local id
	as admin pub -n "$1" -i end -e '<x xmlns="urn:x"/>'
	ok '... a subscriber, too' await_line "$T/follower.out" '^end$'
	stop follower
	awk '!seen[$0]++' "$T/follower.out" >"$T/followed"
	for ((id = 1; id <= writers; id++)); do
		is_in_order "$T/followed" "$id" "... has got those of writer $id in order"
	done
}

: >"$T/codes"
: >"$T/others.err"
user admin
for ((round = 1; round <= rounds; round++)); do
	node=$N-round-$round folder=$T/spool-$round times=0 working=()
	as admin pub -n "$node" --create </dev/null
	spawn_ready follower as admin/follower sub -n "$node" -f id
	for ((w = 1; w <= writers; w++)); do
		through link writer "$node" "$w" "$folder" &
		working+=($!)
	done
	while kill -0 "${working[@]}" 2>/dev/null; do
		pause 400
		disturb link 600
		((++times))
	done
	wait "${working[@]}"
	ok "round $round: $items items by $writers writers that are killed, their links disturbed $times times" \
		drain "$folder"
	check "$node"
	check_follower "$node"
done
is "$(grep -v '^\(137\|0\) ' "$T/codes" | cat - "$T/others.err")" '' 'but for those that were killed, every run said 0'

# Without ids of their own: what was sent twice replaces itself. What one run says that it has
# published, no other publishes, but for the last one where it was killed.
node=$N-anonymous working=()
as admin pub -n "$node" --create </dev/null
for ((w = 1; w <= writers; w++)); do
	seq $((items / writers)) | sed "s|.*|<x xmlns='urn:x'>w$w-&</x>|" >"$T/in-$w"
	"$e2e_bin/pubsub-pub" -q -j "$(jid admin)/w$w" --password-file "$T/password" -H "$dead" -n "$node" --spool "$T/anonymous" "$T/in-$w" &
	working+=($!)
done
wait "${working[@]}"
cat "$T"/anonymous/*.items | grep '^+' | cut -f 4 >"$T/wanted"
flush_some() { through link as admin/drain pub -p --spool "$T/anonymous" --flush "$@"; }
for ((i = 10; i < 13 + rounds; i++)); do # as the names sort
	# So slow for once that it is killed before it is done, however fast all else is.
	((i > 10)) || proxy link slow 20000
	spawned=1 flush_some >"$T/sent-$i-1" 2>/dev/null &
	maybe_kill "$T/sent-$i-1" sending
	proxy link slow 0
	flush_some --retries 3 >"$T/sent-$i-2" 2>/dev/null &
	pause 300
	disturb link 300
	proxy link cut
	wait "$!"
done
ok 'items without ids, killed and cut off while they are sent' flush_some
cp "$T/run.out" "$T/sent-end"
is "$(union "$T"/sent-* | sed "s/^<item id='\([^']*\)'.*/\1/" | diff "$T/wanted" - | head -n 3)" '' \
	'... each was acknowledged once, in the order of the spool'
check "$node" payload

diag "of $(wc -l <"$T/codes") runs $(grep -c '^137 ' "$T/codes") were killed, $(grep -c '^137 s' "$T/codes") of them while they sent"
# A few items may be sent before there is time to kill.
[[ $items -lt 100 ]] || ok 'some were killed while they sent' grep -q '^137 s' "$T/codes"

done_testing
