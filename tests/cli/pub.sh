#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# pubsub-pub without a server: usage, input that is checked before anything is sent, no server.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

# A port of loopback where nobody listens.
dead=127.0.0.1:$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

account=(-j me@localhost)
export PUBSUB_PASSWORD=secret

# --- help ---

for option in --help -\? --usage; do
	ok "pubsub-pub $option" pubsub-pub "$option"
	is "$err" '' 'it says nothing on standard error'
done
ok 'pubsub-pub --help' pubsub-pub --help
for option in service node payload id lines window batch create print keep-going jid password-file \
	host tls ca-file retries verbose quiet trace version; do
	like "$out" "--${option}[ =,]" "--help has --$option"
done
ok 'pubsub pub is the same' pubsub pub --help
for option in --option --spool --flush; do
	exits 64 "$option is not there yet" pubsub-pub "$option" x -n a -e '<x/>'
done

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

done_testing
