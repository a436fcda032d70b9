#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# pubsub-sub without a server: usage, no server, and a reader that goes away.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

account=(-j me@localhost)
export PUBSUB_PASSWORD=secret

# --- help ---

for option in --help -\? --usage; do
	ok "pubsub-sub $option" pubsub-sub "$option"
	is "$err" '' 'it says nothing on standard error'
done
ok 'pubsub-sub --help' pubsub-sub --help
for option in service node all last once durable count wait format color stamp ready-fd events option state exec jobs tries dead-letter \
	xpath template where ns jid \
	password-file host tls ca-file retries verbose quiet trace version; do
	like "$out" "--${option}[ =,]" "--help has --$option"
done
ok 'pubsub sub is the same' pubsub sub --help

# --- usage errors: one line, that names the option and where help is ---

usage_error() { # NAME REGEX ARGUMENT...
	local name=$1 regex=$2
	shift 2
	exits 64 "$name" pubsub-sub "${account[@]}" "$@"
	like "$err" "^pubsub-sub: [^"$'\n'"]*${regex}[^"$'\n'"]*\(see pubsub-sub --help\)$" 'it says so'
	is "$out" '' 'it prints nothing'
}

usage_error 'no node' '--node'
usage_error 'an unknown option' '--nonsense' --nonsense
usage_error 'an argument' "'a'" a
usage_error 'an empty node' '--node' -n ''
usage_error 'two services' 'two services' -n 'xmpp:a?;node=n' -n 'xmpp:b?;node=n'
usage_error 'all and last' '--all' -n a -a -l 3
usage_error 'the last 0' '--last' -n a -l 0
usage_error 'the last few' '--last' -n a -l few
usage_error 'a count of 0' '--count' -n a -C 0
usage_error 'a negative count' '--count' -n a -C -1
usage_error 'no wait' '--wait' -n a -W 0
usage_error 'a wait that is no number' '--wait' -n a -W 1s
usage_error 'a wait that is none' '--wait' -n a -W .
usage_error 'an unknown format' 'xml, pretty, payload, id' -n a -f json
usage_error 'an unknown colour' 'auto, always, never' -n a --color maybe
usage_error 'a descriptor that is not open' '--ready-fd' -n a --ready-fd 99
usage_error 'a descriptor that is none' '--ready-fd' -n a --ready-fd x

usage_error 'an unknown kind of event' "'item,items'" -n a --events item,items
usage_error 'no kind of event' '--events' -n a --events ''
usage_error 'an option that is none' "'digest' is not VAR=VALUE" -n a -o digest
usage_error 'an option without a name' "'=1' is not VAR=VALUE" -n a -o =1

usage_error 'an expression that is none' '--where: syntax error' -n a --where '1 +'
usage_error 'an expression with an unknown prefix' "--where: no namespace is bound to the prefix 'x'" -n a --where '/x:a = 1'
usage_error 'a value with an unknown prefix' "--xpath: no namespace is bound to the prefix 'x'" -n a -X x:a --ns y=urn:x
usage_error 'a template with an unknown prefix' "--template: '%.x:a.': no namespace .* 'x'" -n a -F '%i %{x:a}'
usage_error 'an empty expression' '--xpath: the expression is empty' -n a -X ''
usage_error 'a function that there is not' "there is no function 'document'" -n a --where 'document(1)'
usage_error 'a namespace without a prefix' '--ns: not of the form PREFIX=NAMESPACE' -n a --ns urn:x
usage_error 'a prefix that has a meaning' "--ns: the prefix 'xml' cannot be bound" -n a --ns xml=urn:x
usage_error 'a prefix with two meanings' "--ns: the prefix 'x' is bound twice" -n a --ns x=urn:x --ns x=urn:y
usage_error 'an empty template' '--template: the template is empty' -n a -F ''
usage_error 'an unknown letter' "--template: '%q' is none of" -n a -F '%n %q'
usage_error 'an unknown escape' "--template: '.r' is none of" -n a -F '%n\r'
usage_error 'an expression without an end' "'%.atom:title' has no closing bracket" -n a -F '%{atom:title'
usage_error 'a value and a template' '--xpath and --template exclude each other' -n a -X . -F %i
usage_error 'a format and a value' '--format and --xpath exclude each other' -n a -f id -X .
usage_error 'a format and a template' '--format and --template exclude each other' -n a -f id -F %i

# What is configured gives way; the last option is wrong, so that nothing is done.
printf 'format = pretty\ntemplate = %%q\nns = x=urn:x\n' >"$T/select"
usage_error 'a value instead of what is configured' '--count' -c "$T/select" -n a -X x:a -C 0
exits 78 'two ways to print that are configured' pubsub-sub "${account[@]}" -c "$T/select" -n a
like "$err" 'template' 'it says so'

exits 64 'no account' pubsub-sub -n a
like "$err" '--jid' 'it says which option is missing'

usage_error 'a monitor that runs handlers' '--monitor and --exec exclude each other' -n a -m -x true
usage_error 'a monitor of what is stored' '--monitor and --once exclude each other' -n a -m -1
printf 'monitor = yes\n' >"$T/monitor"
usage_error 'a monitor that is configured gives way' '--count' -c "$T/monitor" -n a -1 -C 0
usage_error 'no command' '--exec' -n a -x ''
usage_error 'jobs of nothing' '--jobs needs --exec' -n a --jobs 2
usage_error 'tries of nothing' '--tries needs --exec' -n a --tries 2
usage_error 'dead letters of nothing' '--dead-letter needs --exec' -n a --dead-letter d
usage_error 'dead letters without an end of tries' '--dead-letter needs --tries' -n a -x true --dead-letter d
usage_error 'no jobs' '--jobs' -n a -x true --jobs 0
usage_error 'no tries' '--tries' -n a -x true --tries 0
exits 73 'a folder that cannot be there' pubsub-sub "${account[@]}" -n a -x true --tries 1 --dead-letter "$T/none/dead"
like "$err" "cannot write to the folder '.*': No such file" 'it says so'

# --- files of the position ---

state=("${account[@]}" -H 127.0.0.1:1 -s pubsub.localhost -1 -n a)
usage_error 'a position without a file' '--state' -n a --state ''
exits 73 'a file that cannot be there' pubsub-sub "${state[@]}" --state "$T/none/state"
like "$err" "cannot open the state file '.*': No such file" 'it says so'
echo '<x/>' >"$T/other"
exits 65 'a file that is none' pubsub-sub "${state[@]}" --state "$T/other"
like "$err" 'is no state file' 'it says so'
is "$(<"$T/other")" '<x/>' 'it is left as it was'
printf '%s\n' 'f5de301203234823 pubsub-sub state 1 86c04ad5b500f419' >"$T/cut"
exits 65 'a file that is damaged' pubsub-sub "${state[@]}" --state "$T/cut"
like "$err" 'is damaged' 'it says so'
: >"$T/new"
exits 75 'a file that is in use' flock "$T/new" pubsub-sub "${state[@]}" --state "$T/new"
like "$err" 'in use' 'it says so'

# --- no server ---

follow=("${account[@]}" -H "$dead" -s pubsub.localhost -n a)
exits 69 'nobody listens, --once' pubsub-sub "${follow[@]}" -1
like "$err" "^pubsub-sub: [^"$'\n'"]*Connection refused$" 'it says so, in one line'
exits 69 'nobody listens, --retries 0' pubsub-sub "${follow[@]}" --retries 0
exits 68 'a host that is not there' pubsub-sub "${account[@]}" -H no-such-host.invalid -s p -n a
exits 0 'without --once it tries on, until --wait is over' pubsub-sub "${follow[@]}" -W 3
like "$err" 'trying again' 'it says so'
exits 75 'and with --count that is a failure' pubsub-sub "${follow[@]}" -W 0.2 -C 1
like "$err" '0 of 1 items' 'it says what has come'

# --- standard output's reader goes away while nothing is printed ---

exits 74 'the reader has gone' bash -c 'set -o pipefail; pubsub-sub -q "$@" 2>/dev/null | true' bash "${follow[@]}"
is "$err" '' 'without a message'

# --- signals ---

for signal in INT TERM; do
	exits 0 "SIG$signal is a clean end" stopped_by "$signal" pubsub-sub "${follow[@]}"
done

done_testing
