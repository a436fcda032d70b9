#!/bin/bash
# SPDX-License-Identifier: MIT
# Publishing, following and reading, in each way that the tools offer (XEP-0060 sections 6 and 7).
. "${0%/*}/lib.sh"
service_start

item() { printf "<item id='%s'><x xmlns='urn:x'>%s</x></item>\n" "$1" "${2-$1}"; }
lines() { printf '%s\n' "$@"; }

# The item format (pubsub-items(5)).
ok 'a node is created by the first to publish with --create' as admin pub --create -n "$N" </dev/null
spawn_ready reader as admin/reader sub -n "$N" -C 2
ok 'an item from an argument' as admin pub -n "$N" -i first -e '<x xmlns="urn:x">one</x>'
ok 'an item from standard input' as admin pub -n "$N" < <(item second two)
reap reader
is "$status" 0 'sub -C 2 ends by itself'
like "$(sed -n 1p <<<"$out")" \
	"^<item xmlns='http://jabber.org/protocol/pubsub#event' id='first' node='$N'( publisher='[^']*')?><x xmlns='urn:x'>one</x></item>$" \
	'an event is one line, a document of its own'
is "$(grep -c '' <<<"$out")" 2 'one line for each event'

# Reading.
as admin pub -n "$N" < <(for i in 3 4 5 6 7 8 9 10; do item "i$i"; done)
ok 'sub --once --all' as admin sub -1 -a -n "$N" -f id
is "$out" "$(lines first second i3 i4 i5 i6 i7 i8 i9 i10)" '... prints all that is stored, oldest first'
ok 'sub --once --last 3' as admin sub -1 -l 3 -n "$N" -f id
is "$out" "$(lines i8 i9 i10)" '... prints the newest three, oldest of them first'
ok 'sub --once -f payload' as admin sub -1 -l 1 -n "$N" -f payload
is "$out" "<x xmlns='urn:x'>i10</x>" '... prints payloads alone'
ok 'sub --once --stamp' as admin sub -1 -l 1 -n "$N" -t
like "$out" " stamp='20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z'" '... says when'
ok 'sub --once -f pretty' as admin sub -1 -l 1 -n "$N" -f pretty
like "$out" '<x xmlns=.urn:x.>i10</x>' '... prints the payload'
unlike "$out" $'\x1b' '... without colours where it is no terminal'

# --all goes live without a gap.
spawn_ready late as admin/late sub -a -n "$N" -f id -C 12
as admin pub -n "$N" < <(item i11; item i12)
reap late
is "$out" "$(lines first second i3 i4 i5 i6 i7 i8 i9 i10 i11 i12)" 'sub --all: the stored items, then live ones'

# While items are being published: each once, in order. Prosody's own nodes keep twenty items.
many=400
[[ $E2E_SERVICE == ours ]] || many=20
as admin pub -n "$N-gap" --create </dev/null
spawn writer as admin/writer pub -n "$N-gap" <(for ((i = 1; i <= many; i++)); do item "g$i"; done)
spawn_ready gap as admin/gap sub -a -n "$N-gap" -f id -C "$many"
reap writer
is "$status" 0 "$many items are published while a reader comes in"
reap gap
is "$out" "$(seq -f g%.0f "$many")" 'sub --all sees each of them once and in order'

# Ids, answers, batches.
ok 'pub --print' as admin pub -n "$N" -p < <(item p1; item p2)
is "$out" "$(lines "<item id='p1' node='$N'/>" "<item id='p2' node='$N'/>")" '... names each acknowledged item, in order'
ok 'pub without an id' as admin pub -n "$N" -p -e '<x xmlns="urn:x"/>'
like "$out" "^<item id='[^']+' node='$N'/>$" '... gets one from the service'
generated=${out#*id=\'}
generated=${generated%%\'*}
as admin sub -1 -l 1 -n "$N" -f id >"$T/newest"
is "$(<"$T/newest")" "$generated" '... under which it is stored'
ok 'pub --batch 7 of 20 items' as admin pub -n "$N-batch" --create -b 7 -p < <(for i in {1..20}; do item "b$i"; done)
is "$(grep -c '' <<<"$out")" 20 '... acknowledges each'
as admin sub -1 -a -n "$N-batch" -f id >"$T/batch"
is "$(<"$T/batch")" "$(printf 'b%d\n' {1..20})" '... in order'
ok 'pub --window 1' as admin pub -n "$N-batch" -w 1 < <(item w1; item w2)
ok 'pub --lines' as admin pub -n "$N-lines" --create --lines '{urn:log}line' < <(printf 'a & b\n<c>\nlast')
as admin sub -1 -a -n "$N-lines" -f payload >"$T/lines"
is "$(<"$T/lines")" "$(lines "<line xmlns='urn:log'>a &amp; b</line>" "<line xmlns='urn:log'>&lt;c&gt;</line>" \
	"<line xmlns='urn:log'>last</line>")" '... makes an item of each line, the last one too'

# An item is published the moment its end tag has been read. (A new node: ejabberd's own service
# sends the last item to whoever subscribes.)
mkfifo "$T/slow.in"
as admin pub -n "$N-slow" --create </dev/null
exits 75 'sub --wait with --count' as admin sub -n "$N-slow" -C 1 -W 1
exits 0 'sub --wait alone' as admin sub -n "$N-slow" -W 1
spawn_ready prompt as admin/prompt sub -n "$N-slow" -C 1 -f id
spawn slow as admin pub -n "$N-slow"
exec {feed}>"$T/slow.in"
printf "<item id='prompt'><x xmlns='urn:x'/></item>" >&"$feed"
reap prompt
is "$out" prompt 'an item is published when its end tag is read, while input goes on'
printf "<item id='last'><x xmlns='urn:x'/></item>" >&"$feed"
exec {feed}>&-
reap slow
is "$status" 0 '... and the end of input without a line feed loses nothing'
as admin sub -1 -l 1 -n "$N-slow" -f id >"$T/newest"
is "$(<"$T/newest")" last '... nor the last item'

# What goes wrong.
exits 65 'malformed input' as admin pub -n "$N" < <(item ok1; printf '<item id="x"><a></b></item>')
like "$err" '^pubsub-pub: .*line 2, column [0-9]+' '... names line and column'
as admin sub -1 -l 1 -n "$N" -f id >"$T/newest"
is "$(<"$T/newest")" ok1 '... after what came before it was published'
exits 65 'a DTD is refused' as admin pub -n "$N" -e '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
exits 66 'reading a node that is not there' as admin sub -1 -a -n "$N-missing"
like "$err" 'item-not-found' '... says so'
exits 66 'following a node that is not there' as admin sub -n "$N-missing"

# Output that nobody reads.
as admin/pipe sub -a -n "$N" 2>"$T/pipe.err" | head -n 1 >"$T/pipe.out"
is "${PIPESTATUS[0]}" 74 'a reader that goes away ends the run'
is "$(<"$T/pipe.err")" '' '... without a message'
exits 74 'a full disk' bash -c 'exec "$@" >/dev/full' - env PUBSUB_JID="$(jid admin)" PUBSUB_PASSWORD="$(user_password admin)" \
	"$e2e_bin/pubsub-sub" -H "127.0.0.1:$XMPP_PORT" --ca-file "$XMPP_CA" -1 -a -n "$N"
like "$err" '[Nn]o space' '... says so'

# The same while nothing arrives that would have to be written.
mkfifo "$T/gone" "$T/printing.in"
exec {feed}<>"$T/printing.in"
into_gone() {
	exec >"$T/gone" {gone}<&-
	become "$@"
}
exec {gone}<>"$T/gone"
spawn_ready unread as admin/unread into_gone sub -n "$N"
exec {gone}<&-
reap unread
is "$status" 74 'a reader that goes away while nothing arrives ends sub'
is "$err" '' '... without a message'
exec {gone}<>"$T/gone"
spawn printing as admin into_gone pub -n "$N" --print
item printed >&"$feed"
IFS= read -r -t "$patience" -u "$gone" line
is "$line" "<item id='printed' node='$N'/>" 'pub prints while its input is still open'
exec {gone}<&-
reap printing
is "$status" 74 'a reader that goes away while there is no input ends pub'
is "$err" '' '... without a message'
exec {feed}<&-
pub_to_full_disk() { pub -n "$N" --print -e '<x xmlns="urn:x"/>' >/dev/full; }
exits 74 'pub --print to a full disk' as admin pub_to_full_disk
like "$err" '^pubsub-pub: cannot write to standard output: No space left on device$' '... says so'
pub_without_output() { pub -n "$N" --print -e '<x xmlns="urn:x"/>' >&-; }
exits 74 'pub --print without standard output' as admin pub_without_output
like "$err" '^pubsub-pub: cannot write to standard output: Bad file descriptor$' '... says so'
ctl_without_output() { ctl nodes >&-; }
exits 74 'ctl without standard output' as admin ctl_without_output
like "$err" '^pubsub-ctl: cannot write to standard output: Bad file descriptor$' '... says so'

spawn_ready quiet as admin/quiet sub -n "$N"
stop quiet INT
is "$status" 0 'SIGINT ends sub with 0'

done_testing
