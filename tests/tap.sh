# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The Test Anything Protocol, for scripts: to be sourced.
#
#	is "$(pubsub --list | wc -l)" 3 'three applets'
#	exits 64 'an unknown option is refused' pubsub-pub --nonsense
#	like "$err" nonsense 'and named'
#	done_testing
#
# $T is a folder of the script's own, removed at its end.

set -uo pipefail

T=$(mktemp -d "${TMPDIR:-/tmp}/pubsub-test.XXXXXX")
status=0 out='' err=''
tap_count=0 tap_failed=0 tap_plan=''

# Reports of AddressSanitizer and its kin go to files, where none is overlooked.
export ASAN_OPTIONS=log_path=$T/sanitizer:detect_leaks=1
export UBSAN_OPTIONS=log_path=$T/sanitizer:print_stacktrace=1:halt_on_error=1
LSAN_OPTIONS=log_path=$T/sanitizer:print_suppressions=0
LSAN_OPTIONS+=:suppressions=$(dirname "$(realpath "${BASH_SOURCE[0]}")")/leaks.supp
export LSAN_OPTIONS

diag() {
	printf '# %s\n' "${*//$'\n'/$'\n# '}"
}

tap_line() { # "ok" | "not ok", NAME
	((++tap_count))
	[[ $1 == ok ]] || ((++tap_failed))
	printf '%s %d - %s\n' "$1" "$tap_count" "${2//#/\\#}"
}

pass() { tap_line ok "$1"; }
fail() { # NAME [DIAGNOSIS]
	tap_line 'not ok' "$1"
	diag "at ${BASH_SOURCE[-1]##*/}:${BASH_LINENO[-2]}"
	[[ -z ${2-} ]] || diag "$2"
	return 1
}

# Says beforehand how many tests there are; without it done_testing counts them.
plan() {
	tap_plan=$1
	printf '1..%d\n' "$1"
}

# A program that is killed while it looks for leaks leaves a line that means nothing.
check_sanitizers() {
	local report
	for report in "$T"/sanitizer.*; do
		[[ ! -e $report ]] || ! grep -q -v 'Unable to get registers from thread' "$report" ||
			fail 'no sanitizer has anything to report' "$(head -n 60 "$report")"
	done
}

done_testing() {
	check_sanitizers
	[[ $tap_plan ]] || plan "$tap_count"
	((tap_failed == 0 && tap_plan == tap_count))
	exit
}

skip() { # NAME REASON
	((++tap_count))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "${1//#/\\#}" "$2"
}

skip_all() { # REASON
	tap_plan=0
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

bail_out() {
	printf 'Bail out! %s\n' "$*"
	exit 1
}

is() { # GOT WANTED NAME
	if [[ $1 == "$2" ]]; then pass "$3"; else fail "$3" "got:    '$1'"$'\n'"wanted: '$2'"; fi
}

isnt() { # GOT UNWANTED NAME
	if [[ $1 != "$2" ]]; then pass "$3"; else fail "$3" "got: '$1'"; fi
}

like() { # GOT REGEX NAME
	if [[ $1 =~ $2 ]]; then pass "$3"; else fail "$3" "got: '$1'"$'\n'"does not match: $2"; fi
}

unlike() { # GOT REGEX NAME
	if [[ ! $1 =~ $2 ]]; then pass "$3"; else fail "$3" "got: '$1'"$'\n'"matches: $2"; fi
}

# Runs a command to its end: $status, $out, $err (standard input is the script's own).
run() {
	status=0
	"$@" >"$T/run.out" 2>"$T/run.err" || status=$?
	out=$(<"$T/run.out") err=$(<"$T/run.err")
	return "$status"
}

exits() { # CODE NAME CMD...
	local code=$1 name=$2
	shift 2
	run "$@"
	if ((status == code)); then
		pass "$name"
	else
		fail "$name" "exit status $status, not $code: $*"$'\n'"stdout: $out"$'\n'"stderr: $err"
	fi
}

ok() { exits 0 "$@"; }

# For an EXIT trap: a script that ends early has failed. Leaves the exit status to be used.
tap_end() { # STATUS
	local code=$1
	if [[ -z $tap_plan ]]; then
		fail 'the script ran to its end' "it ended early, with status $code" || code=1
		plan "$tap_count"
	fi
	rm -rf "$T"
	exit "$code"
}
