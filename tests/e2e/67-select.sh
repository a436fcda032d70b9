#!/bin/bash
# SPDX-License-Identifier: MIT
# pubsub-sub --where, --xpath and --template: which items are printed, and what of them.
. "${0%/*}/lib.sh"
service_start

atom=http://www.w3.org/2005/Atom
entry() { # ID TITLE VALUE
	printf "<item id='%s'><entry xmlns='$atom'><title>%s</title><v xmlns='urn:v'>%s</v></entry></item>\n" "$@"
}

reader() { as admin/reader sub -n "$N" --ns v=urn:v "$@"; }

lines() { printf '%s\n' "$@"; }

{
	entry a one 1
	entry b $'two\nlines' 12
	printf "<item id='c'><x xmlns='urn:x'><title>three</title></x></item>\n"
	entry d four 13
} | as admin pub -n "$N" --create

ok 'values' reader -1 -X atom:title
is "$out" "$(lines one 'two lines' '' four)" '... a line for each item'
ok "values in the payload's own namespace" reader -1 -X '/*/p:title'
is "$out" "$(lines one 'two lines' three four)" '... whichever that is'
ok 'a condition' reader -1 --where 'v:v > 10' -f id
is "$out" "$(lines b d)" '... chooses items'
ok 'a condition and a count' reader -1 --where 'v:v > 10' -C 1 -X v:v
is "$out" 12 '... of those that are printed'
ok 'a condition and the newest' reader -1 -l 2 --where v:v -F '%i %n %e %s %%\t%{v:v + 1}\n%x'
is "$out" "$(printf 'd %s item %s %%\t14\n%s' "$N" "$PUBSUB_SERVICE" \
	"<entry xmlns='$atom'><title>four</title><v xmlns='urn:v'>13</v></entry>")" '... and a template'
ok 'records that end with NUL' bash -c '"$@" | tr "\n\0" "|\n"' - env PUBSUB_JID="$(jid admin)/reader" \
	PUBSUB_PASSWORD="$(user_password admin)" "$e2e_bin/pubsub-sub" -H "127.0.0.1:$XMPP_PORT" \
	--ca-file "$XMPP_CA" -n "$N" -1 -l 3 -F '%i %{p:title}\0'
is "$out" "$(lines 'b two|lines' 'c three' 'd four')" '... have their line feeds'

# Live, and other events: these pass, and have no values. The newest may come by itself, on
# subscribing, and is none of those that are wanted.
entry last last 1 | as admin pub -n "$N"
spawn_ready live reader --where 'v:v > 10' -F '%e %i %{v:v}' -C 2
spawn_ready value as admin/value sub -n "$N" --ns v=urn:v --where 'v:v > 10' -X v:v -C 2
{
	entry e five 1
	printf "<retract id='e'/>\n"
	entry f six 14
	entry g seven 15
} | as admin pub -n "$N"
reap live
is "$status $out" "0 $(lines 'retract e ' 'item f 14' 'item g 15')" 'live events'
reap value
is "$status $out" "0 $(lines 14 15)" 'live values are of items alone'

# The position goes on over what is not printed.
ok 'a position' reader -1 --state "$T/state" --where 'v:v = 14' -f id
is "$out" f '... with a condition'
ok 'a run without one' reader -1 --state "$T/state" -f id
is "$out" '' '... has nothing that is new'
entry h eight 1 | as admin pub -n "$N"
entry i nine 16 | as admin pub -n "$N"
# shellcheck disable=SC2016 # for the handler's shell
ok 'handlers' reader -1 --state "$T/state" --where 'v:v > 10' -F '%i: %{v:v}' \
	-x 'cat; echo $PUBSUB_ITEM_ID'
is "$out" "$(lines 'i: 16' i)" '... get what would be printed'

# More than an expression may cost: no, and said once.
{
	printf "<item id='big'><a xmlns='urn:a'>"
	printf '<b/>%.0s' {1..2000}
	printf '</a></item>\n'
} >"$T/big"
sed 's/big/bigger/' "$T/big" | cat "$T/big" - | as admin pub -n "$N"
ok 'what costs too much' reader -1 -l 2 --where 'true()' -f id
is "$out" '' '... is not printed'
is "$(grep -c "costs too much on the payload of item 'big'" <<<"$err") $(wc -l <<<"$err")" '1 1' '... which is said once'

done_testing
