#!/bin/bash
# SPDX-License-Identifier: MIT
# A password is nowhere but where it was: not among the arguments of ours or of what we run, not in messages, the trace,
# or a file; and what is kept on disk is for nobody else to read.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'it is about our tools'

umask 022
# As it is, and as a login might send it.
secrets=("$XMPP_COMPONENT_SECRET")
for name in admin reader writer service; do
	user "$name"
	password=$(user_password "$name")
	secrets+=("$password" "$(printf %s "$password" | base64)" "$(printf '\0%s\0%s' "$name-$suffix" "$password" | base64 -w 0)")
done
secret_in() { grep -aqF -f <(printf '%s\n' "${secrets[@]}"); }
ok 'one would be found' secret_in <<<"a $(printf '\0%s\0%s' "reader-$suffix" "$(user_password reader)" | base64 -w 0)"

# The process and all below it.
family() { # PID
	local children child
	echo "$1"
	read -ra children <"/proc/$1/task/$1/children" || :
	for child in "${children[@]}"; do
		family "$child"
	done
}
arguments() { # PID
	local pid
	for pid in $(family "$1" 2>/dev/null); do # some end meanwhile
		tr '\0' ' ' <"/proc/$pid/cmdline"
		echo
	done 2>/dev/null
}

user_password reader >"$T/reader-password"
chmod 600 "$T/reader-password"
service_start -vv --trace --node "$N" --metrics "$T/metrics"
spawn_ready reader env PUBSUB_JID="$(jid reader)/x" PUBSUB_PASSWORD=another PUBSUB_SECRET=another "$e2e_bin/pubsub-sub" -H "127.0.0.1:$XMPP_PORT" --ca-file "$XMPP_CA" \
	--password-command "cat $T/reader-password" -n "$N" -vv --trace --state "$T/state" --dead-letter "$T/dead" --tries 1 \
	-x "[ \"\$PUBSUB_ITEM_ID\" = bad ] && exit 1; env >$T/environment; echo handled; until [ -e $T/go ]; do sleep 0.1; done"
ok 'an item' as writer pub -n "$N" -i bad -e '<x xmlns="urn:x"/>' -vv --trace --spool "$T/spool"
cp "$T/run.err" "$T/pub.err"
ok 'another' as writer pub -n "$N" -i good -e '<x xmlns="urn:x"/>'
await_line "$T/reader.out" handled || fail 'the handler runs'
like "$(arguments "${pids[reader]}")" 'PUBSUB_ITEM_ID' 'the handler has arguments'
not() { ! "$@"; }
ok '... and no secret in them, nor has pubsub-sub' not secret_in < <(arguments "${pids[reader]}")
is "$(grep -c '^PUBSUB_ITEM_ID=good$' "$T/environment") $(grep -cE '^PUBSUB_(PASSWORD|SECRET)' "$T/environment")" '1 0' '... nor in its environment'
ok '... nor has pubsub-serve' not secret_in < <(arguments "${pids[service]}")
: >"$T/go"
ok 'pubsub-ctl' as admin ctl info "$N" -vv --trace
cp "$T/run.err" "$T/ctl.err"
# What cannot be delivered is kept.
ok 'into a spool' as writer "$e2e_bin/pubsub-pub" -H 127.0.0.1:1 -n "$N" -i kept -e '<x xmlns="urn:x"/>' --spool "$T/spool"
PUBSUB_PASSWORD=wrong exits 77 'a wrong one' env PUBSUB_JID="$(jid writer)" PUBSUB_PASSWORD=wrong-one "$e2e_bin/pubsub-pub" \
	-H "127.0.0.1:$XMPP_PORT" --ca-file "$XMPP_CA" -n "$N" -e '<x/>' -vv --trace
ok '... is not told either' not grep -qF -e wrong-one -e "$(printf 'wrong-one' | base64)" "$T/run.err"
stop reader
service_stop

for log in service reader pub ctl; do
	like "$(grep -c '^SENT' "$T/$log.err")" '^[1-9]' "the trace of $log shows what is sent"
	like "$(grep -cE '^RECV <(success|handshake) ' "$T/$log.err")" '^[1-9]' '... and what comes, from the first stanza on'
	ok '... and no secret' not secret_in <"$T/$log.err"
	is "$(grep -E '^(SENT|RECV) <(auth|response|challenge|success|handshake)' "$T/$log.err" | grep -vc ' \.\.\.>\[not shown\]$')" 0 \
		'... nor anything of the login that would help to guess it'
done
for file in "$T"/{state,store.sqlite3,metrics} "$T"/{dead,spool}; do
	ok "'${file##*/}' is there" test -e "$file"
	ok '... and has no secret' not secret_in < <(find "$file"* -type f -exec cat {} +)
	[[ $file == */metrics ]] || is "$(find "$file"* -perm /077 -printf '%m %f\n')" '' '... and is for nobody else'
done
done_testing
