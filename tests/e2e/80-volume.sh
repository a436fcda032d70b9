#!/bin/bash
# SPDX-License-Identifier: MIT
# Many items, many subscribers: all arrive, once and in order; the service's memory does not grow with them.
. "${0%/*}/lib.sh"
service_start

items() { # FIRST LAST
	seq "$1" "$2" | sed "s|.*|<item id='&'><entry xmlns='urn:x'>item number & of a good many that are published here</entry></item>|"
}

peak() { awk '/^VmHWM/ { print $2 }' "/proc/${pids[service]}/status"; }

# READERS processes that each see COUNT items of a new node.
readers() { # NODE COUNT READERS
	local i
	as admin pub -n "$1" --create </dev/null || return
	for ((i = 1; i <= $3; i++)); do
		spawn_ready "r$i" as "reader/r$i" sub -n "$1" -f id -C "$2" || return 1
	done
}

# Publishes FIRST..LAST; each of READERS processes must have seen exactly 1..LAST then. With "more", they
# go on.
round() { # NODE FIRST LAST READERS [more]
	local i wrong=0
	items "$2" "$3" | as admin pub -n "$1" || return 1
	seq "$3" >"$T/wanted"
	for ((i = 1; i <= $4; i++)); do
		status=0
		if [[ -n ${5-} ]]; then await_lines "$T/r$i.out" "$3" || status=1; else reap "r$i"; fi
		if ((status)) || ! cmp -s "$T/wanted" "$T/r$i.out"; then
			((++wrong))
			diag "r$i: exit status $status, $(wc -l <"$T/r$i.out") lines; $(diff "$T/wanted" "$T/r$i.out" | head -n 3)"
			diag "$(<"$T/r$i.err")"
		fi
	done
	((wrong == 0)) || diag "$wrong of $4 readers saw something else"
	((wrong == 0))
}

patience=300
few=400 big=400 crowd=40
[[ $E2E_SERVICE == ours ]] || big=100 # there it shows that the test works, no more
[[ -z ${PUBSUB_TEST_LONG-} ]] || few=1000 big=10000 crowd=100

# FEW items to READERS, and MANY more, to a new node: in KB, how much the service's peak has $grown by the latter.
volume() { # NODE FEW MANY READERS WHOM
	local before
	readers "$1" $(($2 + $3)) "$4"
	ok "$2 items to $5" round "$1" 1 "$2" "$4" more
	[[ $E2E_SERVICE != ours ]] || before=$(peak)
	ok "$3 items to $5" round "$1" $(($2 + 1)) $(($2 + $3)) "$4"
	[[ $E2E_SERVICE == ours ]] || return 0
	grown=$(($(peak) - before))
	diag "the service's peak memory: $before KB after $2 items, $grown KB more after $3 more"
}

# Once more where it stood still while there was much to tell: with a new service, whose peak is low.
is_bounded() { # NODE FEW MANY READERS WHOM
	volume "$@"
	[[ $E2E_SERVICE == ours ]] || return 0
	if ((grown >= 2048)); then
		service_stop
		service_start
		volume "$1-again" "${@:2}"
	fi
	ok 'ten times the items add less than 2 MB' test "$grown" -lt 2048
}

is_bounded "$N-one" "$few" $((10 * few)) 1 'one subscriber'
is_bounded "$N-many" $((big / 10)) "$big" "$crowd" "$crowd subscribers"

done_testing
