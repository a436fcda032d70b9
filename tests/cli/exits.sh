#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Exit codes: what ends each applet before it has said a word to a server; and exits.tsv, which names
# the test of each code, is true.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

export PUBSUB_PASSWORD=secret

declare -A arguments=(
	[pubsub-serve]='--store memory: --retries 0'
	[pubsub-sub]='-s p -n a -1'
	[pubsub-pub]='-s p -n a -e <x/>'
	[pubsub-ctl]='-s p nodes'
)

each() { # CODE PATTERN NAME OPTION...
	local code=$1 pattern=$2 name=$3 applet
	shift 3
	for applet in "${applets[@]}"; do
		# shellcheck disable=SC2086 # words
		exits "$code" "$applet: $name" "$applet" -j me@localhost -H "$dead" ${arguments[$applet]} "$@"
		like "$err" "^$applet: [^"$'\n'"]*$pattern" '... says so'
		unlike "$err" $'\n' '... in one line'
	done
}
printf 'nothing of that kind\n' >"$T/no.crt"
printf 'nonsense\n' >"$T/no.conf"
each 64 "--tls: 'ssl' is none of starttls, direct, none \(see " 'a bad value' --tls ssl
each 68 "cannot find host 'no-such-host.invalid': " 'a host name that is not found' -H no-such-host.invalid
each 69 "cannot connect to ${dead/:/ port }: Connection refused" 'the connection is refused'
each 78 "cannot read the CA file '$T/none': No such file" 'a CA file that is not there' --ca-file "$T/none"
each 78 "no certificate in the CA file '$T/no.crt'" 'a CA file without a certificate' --ca-file "$T/no.crt"
each 78 "cannot read the password file '$T/none': No such file" 'a password file that is not there' --password-file "$T/none"
each 78 "the password command 'false' failed" 'a password command that fails' --password-command false
each 78 "cannot read the configuration '$T/none': No such file" 'a configuration that is not there' -c "$T/none"
each 78 "$T/no.conf:1: " 'a configuration that is none' -c "$T/no.conf"
unset PUBSUB_PASSWORD
each_alone() { setsid --wait "$@"; } # without a terminal
for applet in "${applets[@]}"; do
	# shellcheck disable=SC2086 # words
	exits 64 "$applet: no password" each_alone "$applet" -j me@localhost -H "$dead" ${arguments[$applet]}
	like "$err" "^$applet: no password for me@localhost[^"$'\n'"]*: give [^"$'\n'"]*PUBSUB_PASSWORD[^"$'\n'"]*$" '... says so'
done
export PUBSUB_PASSWORD=secret

serving=(pubsub-serve -j me@localhost -H "$dead" --retries 0)
exits 73 'a store where none can be' "${serving[@]}" --store "$T/no.conf/store"
like "$err" "^pubsub-serve: [^"$'\n'"]*'$T/no.conf/store'[^"$'\n'"]*: Not a directory$" '... says so'
exits 73 'a store that is something else' "${serving[@]}" --store "$T/no.conf"
like "$err" "^pubsub-serve: [^"$'\n'"]*'$T/no.conf'[^"$'\n'"]*$" '... says so'
exits 73 'a store that is a folder' "${serving[@]}" --store "$T"
like "$err" "^pubsub-serve: [^"$'\n'"]*'$T'[^"$'\n'"]*$" '... says so'
exits 73 'metrics in a folder that is not there' "${serving[@]}" --store memory: --metrics "$T/none/metrics.prom"
is "$err" "pubsub-serve: cannot write the metrics to '$T/none/metrics.prom': No such file or directory" '... says so, before it tries to log in'
for signal in INT TERM; do
	exits 0 "pubsub-serve: SIG$signal is a clean end" stopped_by "$signal" "${serving[@]}" --store memory: --retries -1
done

# --- the table ---

table=${0%/*}/exits.tsv
last=0 problems='' codes=''
while IFS=$'\t' read -r code condition applet script name; do
	[[ $code != \#* ]] || continue
	[[ $script == */*.sh && -n $name ]] || problems+="$code $condition: no test"$'\n'
	((code >= last)) || problems+="$code $condition: out of order"$'\n'
	last=$code codes+="$code"$'\n'
	[[ " ${applets[*]} * " == *" $applet "* ]] || problems+="$code $condition: no applet $applet"$'\n'
	# Code and name stand close to each other; "ok" is "exits 0".
	grep -F -B 2 -A 2 -e "$name" "$cli_root/tests/$script" 2>/dev/null | sed 's/^\t*ok /exits 0 /' | grep -qwF "$code" ||
		problems+="$code $condition: $script has no '$name'"$'\n'
done <"$table"
is "$problems" '' 'exits.tsv: each test is there'
is "$(sort -nu <<<"$codes" | xargs)" '0 1 2 3 64 65 66 68 69 73 74 75 76 77 78 130 143' 'exits.tsv: each code has a test'
done_testing
