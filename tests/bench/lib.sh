# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the end-to-end scripts that scripts/bench runs share: to be sourced after tests/e2e/lib.sh.
# A measurement is a line "NAME<tab>VALUE<tab>UNIT" in $BENCH_TSV, and a comment for people.

bench_bin=$(realpath "${PUBSUB_BIN:-$e2e_bin}" 2>/dev/null)
bench_bin=${bench_bin%/cmd/pubsub}/tests/bench
[[ -x $bench_bin/bench_measure ]] || skip_all "$bench_bin/bench_measure is not built"

has() { command -v "$1" >/dev/null; }

note() { # NAME VALUE UNIT
	diag "$1: $2 $3"
	record "$@"
}

record() { # NAME VALUE UNIT
	printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"${BENCH_TSV:-/dev/null}"
}

# The value of FIELD of the process PID, in KB.
memory() { # PID FIELD
	awk -v field="$2:" '$1 == field { print $2 }' "/proc/$1/status"
}

# CPU time that the process PID has used so far with all its threads, in ms.
cpu_time() { # PID
	cat "/proc/$1"/task/*/schedstat 2>/dev/null | awk '{ sum += $1 } END { print int(sum / 1000000) }'
}

# Runs CMD and adds what it took to $T/NAME.took (see tests/bench/measure.c).
measure() { # NAME CMD...
	local name=$1
	shift
	become "$bench_bin/bench_measure" "$T/$name.took" "$@"
}

# The same with its peaks of memory, in a file of their own: tracing takes time.
measure_memory() { # NAME CMD...
	local name=$1
	shift
	become "$bench_bin/bench_measure" --memory "$T/$name.memory" "$@"
}

column() { # FILE NUMBER
	cut -f"$2" "$1"
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { print NR ? int((v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2) : 0 }'
}

largest() {
	sort -n | tail -n 1
}

ratio() { # A B
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", b ? a / b : 0 }'
}

# A private broker with TLS, and the server's certificate: $mqtt_port.
mosquitto_start() {
	local tries
	cp "$XMPP_DIR/tls/localhost.crt" "$XMPP_DIR/tls/localhost.key" "$T"
	chmod 644 "$T/localhost.key" # for the user that it becomes; a test's key
	for ((tries = 0; tries < 10; tries++)); do
		mqtt_port=$((12000 + SRANDOM % 18000))
		cat >"$T/mosquitto.conf" <<-END
			listener $mqtt_port 127.0.0.1
			allow_anonymous true
			certfile $T/localhost.crt
			keyfile $T/localhost.key
			max_queued_messages 0
			log_dest stderr
			log_type error
			log_type warning
			log_type information
			log_type subscribe
		END
		spawn mosquitto env PATH="$PATH:/usr/sbin" mosquitto -c "$T/mosquitto.conf"
		! patience=5 await_line "$T/mosquitto.err" ' running$' || return 0
		stop mosquitto
	done
	bail_out 'mosquitto does not start'
}
