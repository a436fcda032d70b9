#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# pubsub-pub without a server: usage, input that is checked before anything is sent, no server.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

account=(-j me@localhost)
export PUBSUB_PASSWORD=secret

# --- help ---

for option in --help -\? --usage; do
	ok "pubsub-pub $option" pubsub-pub "$option"
	is "$err" '' 'it says nothing on standard error'
done
ok 'pubsub-pub --help' pubsub-pub --help
for option in service node payload id lines window batch create print keep-going option spool flush jid password-file \
	host tls ca-file retries verbose quiet trace version; do
	like "$out" "--${option}[ =,]" "--help has --$option"
done
ok 'pubsub pub is the same' pubsub pub --help

# --- usage errors: one line, that names the option and where help is ---

usage_error() { # NAME REGEX ARGUMENT...
	local name=$1 regex=$2
	shift 2
	exits 64 "$name" pubsub-pub "${account[@]}" "$@"
	like "$err" "^pubsub-pub: [^"$'\n'"]*${regex}[^"$'\n'"]*\(see pubsub-pub --help\)$" 'it says so'
	is "$out" '' 'it prints nothing'
}

usage_error 'an unknown option' '--nonsense' --nonsense
usage_error 'an option without its argument' '-n' -n
usage_error 'two nodes' '--node' -n a -n b -e '<x/>'
usage_error 'an empty node' '--node' -n '' -e '<x/>'
usage_error 'a node that is not UTF-8' '--node' -n $'\xff' -e '<x/>'
usage_error 'a URI without a node' '--node' -n 'xmpp:pubsub.example.org' -e '<x/>'
usage_error 'two services' 'two services' -s a.example.org -n 'xmpp:b.example.org?;node=n' -e '<x/>'
usage_error 'a service that is none' '--service' -s @x -n a -e '<x/>'
usage_error 'a window of 0' '--window' -n a -w 0 -e '<x/>'
usage_error 'a window that is no number' '--window' -n a -w many -e '<x/>'
usage_error 'a batch of 0' '--batch' -n a -b 0 -e '<x/>'
usage_error 'an id for two payloads' '--id' -n a -i x -e '<x/>' -e '<y/>'
usage_error 'an empty id' '--id' -n a -i '' -e '<x/>'
usage_error 'lines without a node' '--node' --lines line
usage_error 'an option without a value' "--option: 'title' is not VAR=VALUE" -n a -o title -e '<x/>'
usage_error 'an option without a name' "--option: '=1' is not VAR=VALUE" -n a -o =1 -e '<x/>'
usage_error 'an option that is not UTF-8' "--option: 'title=.' is not VAR=VALUE" -n a -o $'title=\x01' -e '<x/>'
usage_error 'a spool without a name' '--spool' --spool '' -n a -e '<x/>'
usage_error 'flush without a spool' '--flush needs --spool' --flush
usage_error 'flush with a payload' '--flush sends what is in the spool' --flush --spool "$T/spool" -e '<x/>'
usage_error 'flush with an id' '--flush sends what is in the spool' --flush --spool "$T/spool" -i x
usage_error 'flush with lines' '--flush sends what is in the spool' --flush --spool "$T/spool" -n a --lines x
usage_error 'flush with a node to be created' '--flush sends what is in the spool' --flush --spool "$T/spool" -n a --create
usage_error 'flush with a file' '--flush reads no input' --flush --spool "$T/spool" "$0"
ok 'none of these has made the spool' test ! -e "$T/spool"

exits 64 'no account' pubsub-pub -n a -e '<x/>'
like "$err" '--jid' 'it says which option is missing'
exits 64 'an account that is none' pubsub-pub -j localhost -n a -e '<x/>'

# --- input that cannot be: before anything is sent (nobody listens) ---

try() { # CODE NAME ARGUMENT...
	local code=$1 name=$2
	shift 2
	exits "$code" "$name" pubsub-pub "${account[@]}" -H "$dead" -s pubsub.localhost "$@"
	like "$err" "^pubsub-pub: [^"$'\n'"]+$" 'with one line that says why'
}

try 66 'a file that is not there' -n a "$T/none.xml"
like "$err" "cannot read '$T/none.xml': No such file" 'the file is named'
try 66 'a folder' -n a "$T"
: >"$T/secret.xml"
if ((EUID)); then
	chmod 0 "$T/secret.xml"
	try 66 'a file that cannot be read' -n a "$T/secret.xml"
else
	skip 'a file that cannot be read' 'root reads them all'
	skip 'with one line that says why' 'root reads them all'
fi
try 65 'a payload that is not well-formed' -n a -e '<x>'
like "$err" '--payload: line 1' 'the place is named'
try 65 'a payload with a DTD' -n a -e '<!DOCTYPE x><x/>'
try 65 'a payload with an entity' -n a -e '<x>&nbsp;</x>'
try 65 'an empty payload' -n a -e ' '
try 64 'a name for lines that is none' -n a --lines 'a b' "$T/secret.xml"
try 64 'a URI of lines without a name' -n a --lines '{urn:x}' "$T/secret.xml"
exits 66 'no standard input' sh -c 'exec pubsub-pub "$@" <&-' sh "${account[@]}" -H "$dead" -s p -n a

# --- no server ---

try 69 'nobody listens' -n a -e '<x/>'
like "$err" 'Connection refused' 'it says so'
# shellcheck disable=SC2016 # for the other shell
exits 69 'input is not read before the login' sh -c 'printf "<a/>" | { pubsub-pub "$@"; code=$?; cat; exit $code; }' \
	sh "${account[@]}" -H "$dead" -s p -n a
is "$out" '<a/>' 'it is all still there'
exits 68 'a host that is not there' pubsub-pub "${account[@]}" -H no-such-host.invalid -s p -n a -e '<x/>'

# --- no server, but a spool ---

spool=$T/spool
kept() { cat "$spool"/*.items 2>/dev/null | grep -c '^+'; }
try 73 'a spool in a folder that is not there' -n a --spool "$T/none/spool" -e '<x/>'
like "$err" "cannot make the spool '$T/none/spool': No such file" 'the folder is named'
: >"$T/file"
try 73 'a spool that is a file' -n a --spool "$T/file" -e '<x/>'
like "$err" "cannot open the spool '$T/file': Not a directory" 'the file is named'
if ((EUID)); then
	mkdir -m 500 "$T/closed"
	try 73 'a spool that cannot be written to' -n a --spool "$T/closed" -e '<x/>'
else
	skip 'a spool that cannot be written to' 'root writes everywhere'
	skip 'with one line that says why' 'root writes everywhere'
fi

spooling() { pubsub-pub "${account[@]}" -H "$dead" -s p --spool "$spool" "$@"; }
ok 'what cannot be sent is kept' spooling -n a -e '<x/>'
is "$out" '' 'it prints nothing'
like "$err" "^pubsub-pub: what is not delivered is kept in the spool '$spool'"$'\n'"pubsub-pub: cannot connect to [^"$'\n'"]*: Connection refused$" 'it says so, and why'
is "$(kept)" 1 'it is in the spool'
ok 'quietly, and all that the input has' spooling -q -n a --lines l < <(printf 'one\ntwo')
is "$out$err" '' 'without a word'
is "$(kept)" 3 'the last line without a line feed, too'
# A retry is under way when the input ends: nothing waits for it.
ok 'an input that takes its time' spooling -q -n a < <(printf '<a/>'; sleep 1; printf '<b/>')
is "$(kept)" 5 'is read to its end'
ok 'a host that is not there' pubsub-pub "${account[@]}" -H no-such-host.invalid -s p -n a --spool "$spool" -q -e '<x/>'
is "$(kept)" 6 'is no reason to lose it either'
exits 65 'malformed input' spooling -q -n a < <(printf '<a/><b>')
like "$err" '^pubsub-pub: malformed input: line 1' 'has its code and its message'
is "$(kept)" 7 'and what came before it is kept'
exits 65 'an item without a node' spooling -q -e '<x/>'
is "$(kept)" 7 'is not kept'
exits 69 'flush says that it could not' spooling --flush
like "$err" 'Connection refused' 'and why'
is "$(kept)" 7 'and keeps what it has not sent'
ok 'flush with nothing to send does not even connect' pubsub-pub "${account[@]}" -H "$dead" --spool "$T/empty" --flush
is "$out$err" '' 'and says nothing'
is "$(cut -f 2 "$spool"/*.items | grep -c '^p$')" 7 'each names the service'

# Another run is sending, and does not end.
exec 5<>"$spool/sender"
flock 5
ok 'while another run sends, it is left to that' spooling -v -n a -e '<x/>'
like "$err" 'another run is sending from the spool' 'it says so'
exits 75 'flush waits for that, but not for ever' spooling --flush --request-timeout 1
like "$err" "another run is sending from the spool '$spool', and has not ended after 1 s" 'and says so'
exec 5<&-
is "$(kept)" 8 'nothing is lost'

# Killed while it writes: what is not whole has no name yet.
head -c 100 "$(printf '%s\n' "$spool"/*.items | head -n 1)" >"$spool/new"
ok 'after a run that was killed while it wrote' spooling -n a -e '<x/>'
like "$err" "a run was ended while it wrote to the spool '$spool': of its last 100 bytes nothing is sent" 'the next one says so'
is "$(kept)" 9 'and adds its own'

# From the configuration, and from a hook or cron without a home.
printf 'spool = %s\n' "$spool" >"$T/spool.conf"
ok 'the spool of the configuration' pubsub-pub -c "$T/spool.conf" "${account[@]}" -H "$dead" -s p -n a -q -e '<x/>'
is "$(kept)" 10 'is the one that is used'
printf 'secret\n' >"$T/password"
chmod 600 "$T/password"
ok 'without a home, without a terminal, in an empty environment' env -i "$bin/pubsub-pub" "${account[@]}" \
	--password-file "$T/password" -H "$dead" -s p -n a --spool "$spool" -q -e '<x/>'
is "$out$err" '' 'it has nothing to say'
is "$(kept)" 11 'and keeps it'

done_testing
