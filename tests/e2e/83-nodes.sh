#!/bin/bash
# SPDX-License-Identifier: MIT
# Many nodes and subscriptions: the start does not take longer for them, nor does a publish, and they
# are not kept in memory. scripts/bench runs this with as many as there should be; see there for
# the variables.
. "${0%/*}/lib.sh"
. "$e2e_root/tests/bench/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'the reference service is a part of the server'
[[ $E2E_SERVER:$E2E_MODE != ejabberd:component ]] || skip_all 'it has one component'
fill=$bench_bin/bench_fill
[[ -x $fill ]] || skip_all "$fill is not built"

nodes=${BENCH_NODES:-1500}
subscriptions=${BENCH_SUBSCRIPTIONS:-20000}
rounds=${BENCH_ROUNDS:-60}
most=${BENCH_RATIO:-3} # times as long as with nothing in the store
readers=10

user reader publisher
jids=()
for ((i = 0; i < readers; i++)); do
	jids+=("$(jid reader)/$i")
done

# Starts another service, on the store $T/NAME.sqlite3.
start() { # NAME
	local before=$EPOCHREALTIME
	if [[ $E2E_MODE == component ]]; then
		spawn_ready "$1" tool pubsub-serve "$XMPP_COMPONENT_PORT" --component "${address[$1]}" \
			--secret-file "$T/secret" --store "$T/$1.sqlite3"
	else
		spawn_ready "$1" as "$1/server" serve --store "$T/$1.sqlite3"
	fi || bail_out "the service does not start: $1"
	took=$(((${EPOCHREALTIME/./} - ${before/./}) / 1000))
}

declare -A address
if [[ $E2E_MODE == component ]]; then
	printf '%s\n' "$XMPP_COMPONENT_SECRET" >"$T/secret"
	chmod 600 "$T/secret"
	address=([full]=$XMPP_COMPONENT [empty]=$XMPP_OTHER_COMPONENT)
else
	user full empty
	address=([full]=$(jid full)/server [empty]=$(jid empty)/server)
fi

ok "a store of $nodes nodes and $subscriptions subscriptions" \
	"$fill" "$T/full.sqlite3" "$nodes" "$subscriptions" "${jids[@]}"
"$fill" "$T/empty.sqlite3" 1 0 "${jids[@]}"
is "$(sqlite3 -readonly "$T/full.sqlite3" 'SELECT count(*) FROM node')" "$nodes" '... has these nodes'
note 'size of the store' "$(($(stat -c %s "$T/full.sqlite3") / 1024))" KB

start empty
note 'start, empty' "$took" ms
start full
# Once more where the machine had other things to do.
for ((i = 0; i < 4 && took >= 1000; i++)); do
	stop full
	start full
done
note 'start' "$took" ms
ok 'the service starts within a second' test "$took" -lt 1000
before=$(memory "${pids[full]}" RssAnon)
note 'memory after the start' "$(memory "${pids[full]}" VmRSS)" KB
note '... of its own' "$before" KB
note '... of its own, empty' "$(memory "${pids[empty]}" RssAnon)" KB

/usr/bin/python3 "$e2e_root/tests/bench/publish_time.py" --port "$XMPP_PORT" --ca "$XMPP_CA" \
	--publisher "$(jid publisher)=$(user_password publisher)" \
	--reader "$(jid reader)=$(user_password reader)" --readers "$readers" --rounds "$rounds" \
	"${address[full]}=${pids[full]}" "${address[empty]}=${pids[empty]}" >"$T/times" 2>"$T/times.err"
is "$?" 0 "$rounds publishes to $readers subscribers at each of two services" || bail_out "$(<"$T/times.err")"

{ read -r _ answer last cpu && read -r _ answer_empty last_empty cpu_empty; } <"$T/times"
note 'publish to its answer' "$answer" us
note '... empty' "$answer_empty" us
note 'publish to the last notification' "$last" us
note '... empty' "$last_empty" us
note "CPU of the service for a publish and its notifications" "$cpu" us
note '... empty' "$cpu_empty" us
ok "the answer takes at most $most times as long as without them" test "$answer" -le $((most * answer_empty))
ok '... and the last notification' test "$last" -le $((most * last_empty))
after=$(memory "${pids[full]}" RssAnon)
note 'memory after the publishes' "$(memory "${pids[full]}" VmRSS)" KB
note '... of its own' "$after" KB
ok 'publishes add less than 2 MB to its memory' test $((after - before)) -lt 2048
stop full
is "$status" 0 'the service ends'
stop empty
done_testing
