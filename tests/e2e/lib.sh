# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the end-to-end scripts share: TAP (tests/tap.sh), programs in the background, users, the
# service.
#
# A script is run by tests/e2e/run, which has started the server and tells in the environment:
#   E2E_SERVER    prosody, ejabberd
#   E2E_MODE      account: the service is a full JID of an account; component: an external component
#   E2E_SERVICE   ours; reference: the server's own service, and service_* do nothing
#   PUBSUB_BIN    the program
#   XMPP_*        what scripts/server prints
#
#	. "${0%/*}/lib.sh"
#	service_start
#	as admin ctl create "$N"
#	spawn_ready reader as alice sub -n "$N" -C 1
#	ok 'bob publishes' as bob pub -n "$N" -e '<x xmlns="urn:x"/>'
#	reap reader
#	is "$status" 0 'the reader ends by itself'
#	done_testing
#
# $N is a node name that no other script has; a user's account is the script's own as well. pub,
# sub, ctl and serve are the applets with the options that lead to the server.

# shellcheck source-path=SCRIPTDIR source=../tap.sh
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../tap.sh"

e2e_root=$(cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../.." && pwd)
suffix=$$-$((SRANDOM % 100000))
# shellcheck disable=SC2034 # for the scripts
N=node-$suffix
patience=${E2E_PATIENCE:-30} # seconds that anything may take before it counts as hanging
declare -A pids=() ready_fds=() accounts=() proxy_fds=() proxy_ports=()

# --- programs in the background ---

# Starts CMD as NAME; output in $T/NAME.out and .err, input from $T/NAME.in if that exists.
# ${pids[NAME]} is the program's own process, also with "as USER".
spawn() { # NAME CMD...
	local name=$1 in=/dev/null
	shift
	[[ ! -e $T/$name.in ]] || in=$T/$name.in
	[[ $1 != as ]] || user "${2%%/*}"
	# Not what another of that name has left, for who waits before this one has begun.
	[[ -p $T/$name.out ]] || rm -f "$T/$name.out"
	[[ -p $T/$name.err ]] || rm -f "$T/$name.err"
	in_background "$@" <"$in" >"$T/$name.out" 2>"$T/$name.err" &
	pids[$name]=$!
}

in_background() {
	local spawned=1 fd
	trap - EXIT
	# A proxy ends when nobody is left who could tell it something.
	for fd in "${proxy_fds[@]}"; do exec {fd}>&-; done
	become "$@"
}

# Runs CMD; in the background CMD takes the place of the shell, so that signals meet it.
become() {
	[[ -z ${spawned-} || $(type -t "$1") != file ]] || exec "$@"
	"$@"
}

# The same for a program that has --ready-fd; comes back when it is ready.
spawn_ready() { # NAME CMD...
	local name=$1 line='' fd
	shift
	rm -f "$T/$name.ready"
	mkfifo "$T/$name.ready"
	[[ $1 != as ]] || user "${2%%/*}"
	spawn "$name" with_ready_fd "$T/$name.ready" "$@"
	# It stays open, for a program that says more than once that it is ready.
	exec {fd}<"$T/$name.ready"
	ready_fds[$name]=$fd
	if ! IFS= read -r -t "$patience" -u "$fd" line || [[ $line != READY=1 ]]; then
		diag "$name did not get ready: $*"
		diag "$(<"$T/$name.err")"
		return 1
	fi
}

with_ready_fd() { # FIFO CMD...
	exec 7>"$1"
	shift
	become "$@" --ready-fd 7
}

# Waits for the end of NAME: $status, $out, $err. One that does not end is killed: status 137.
reap() { # NAME
	local pid=${pids[$1]} watchdog
	watch "$pid" &
	watchdog=$!
	status=0
	wait "$pid" 2>/dev/null || status=$?
	# Not TERM: in a subshell that has only just begun it would run our own traps.
	kill -KILL "$watchdog" 2>/dev/null
	! wait "$watchdog" 2>/dev/null || diag "$1 did not end and was killed"
	forget "$1"
	out=$(<"$T/$1.out") err=$(<"$T/$1.err")
}

# Kills PID when patience ends. No "sleep": it would live on when this is ended itself.
watch() { # PID
	trap - EXIT
	read -r -t "$patience" -u "$never"
	kill -KILL "$1"
}

forget() { # NAME
	local fd=${ready_fds[$1]-}
	[[ -z $fd ]] || exec {fd}<&-
	unset "pids[$1]" "ready_fds[$1]"
}

# Sends NAME a signal and waits for its end.
stop() { # NAME [SIGNAL]
	kill "-${2:-TERM}" "${pids[$1]}" 2>/dev/null
	reap "$1" 2>/dev/null
}

# Waits until a line of FILE matches; 1 when patience ends.
await_line() { # FILE REGEX
	local line watcher found=1 fd left until=$((SECONDS + patience))
	exec {fd}< <(exec tail -n +1 -F "$1" 2>/dev/null)
	watcher=$!
	while left=$((until - SECONDS)) && ((left > 0)) && IFS= read -r -t "$left" -u "$fd" line; do
		[[ ! $line =~ $2 ]] || { found=0; break; }
	done
	kill -KILL "$watcher"
	exec {fd}<&-
	return "$found"
}

# Waits until FILE has N lines.
await_lines() { # FILE N
	local line watcher fd left n=0 until=$((SECONDS + patience))
	exec {fd}< <(exec tail -n +1 -F "$1" 2>/dev/null)
	watcher=$!
	while ((n < $2)) && left=$((until - SECONDS)) && ((left > 0)) &&
		IFS= read -r -t "$left" -u "$fd" line; do
		((++n))
	done
	kill -KILL "$watcher"
	exec {fd}<&-
	((n >= $2))
}

# Waits until NAME, which runs with -v, has logged in so often; 1 when patience ends.
await_logins() { # NAME COUNT
	local until=$((SECONDS + patience))
	while (($(grep -c 'logged in as' "$T/$1.err") < $2)); do
		((SECONDS < until)) || return
		read -r -t 0.1 -u "$never"
	done
	return 0
}

# --- chance ---

# From here on, pause() and one_of() draw the same numbers as in another run with the same
# PUBSUB_TEST_SEED, which is told. A program in the background begins with it, and a NUMBER.
take_chances() { # [NUMBER]
	if [[ -z ${PUBSUB_TEST_SEED-} ]]; then
		PUBSUB_TEST_SEED=$((SRANDOM % 32768))
		diag "to try the same again: PUBSUB_TEST_SEED=$PUBSUB_TEST_SEED"
	fi
	RANDOM=$((PUBSUB_TEST_SEED + ${1-0}))
}

pause() { # MILLISECONDS-AT-MOST
	local ms=$((RANDOM % $1 + 1))
	read -r -t "$((ms / 1000)).$(printf '%03d' $((ms % 1000)))" -u "$never"
}

one_of() { # WORD...: $chosen
	chosen=${*:RANDOM % $# + 1:1}
}

# --- killed, cut off ---

# What runs that were killed have printed together: the last line of one may be torn, or come again
# as the first of the next.
union() { # FILE...
	local file line last='' first
	for file; do
		first=1
		while IFS= read -r line; do
			[[ -n $first && $line == "$last" ]] || printf '%s\n' "$line"
			first='' last=$line
		done <"$file"
	done
}

# A proxy of that name: connections to ${proxy_ports[NAME]} go to PORT of the server, until something
# happens to them. It is the program proxy-NAME.
proxy_start() { # NAME PORT [ADDRESS:PORT-OF-ITS-OWN]
	local fd
	# libstrophe leaks what it knew of a login that is cut off.
	{ cat "$e2e_root/tests/leaks.supp"; echo leak:libstrophe.so; } >"$T/leaks"
	LSAN_OPTIONS+=:suppressions=$T/leaks:print_suppressions=0
	mkfifo "$T/proxy-$1.in"
	spawn "proxy-$1" /usr/bin/python3 "$e2e_root/tests/e2e/cutting_proxy.py" "127.0.0.1:$2" "${@:3}"
	exec {fd}>"$T/proxy-$1.in"
	await_lines "$T/proxy-$1.out" 1 || bail_out "the proxy '$1' does not start: $(<"$T/proxy-$1.err")"
	proxy_fds[$1]=$fd proxy_ports[$1]=$(<"$T/proxy-$1.out")
}

# Tells it what is to happen, and waits until it holds: see cutting_proxy.py.
proxy() { # NAME COMMAND...
	local before
	before=$(wc -l <"$T/proxy-$1.out")
	echo "${@:2}" >&"${proxy_fds[$1]}"
	await_lines "$T/proxy-$1.out" $((before + 1)) || bail_out "the proxy '$1' does not answer"
}

# Runs CMD, a tool or the start of the service, with its way to the server through a proxy.
through() { # PROXY CMD...
	XMPP_PORT=${proxy_ports[$1]} XMPP_COMPONENT_PORT=${proxy_ports[$1]} "${@:2}"
}

# Where the service goes when there is none.
service_port() {
	local port=$XMPP_COMPONENT_PORT
	[[ $E2E_MODE == component ]] || port=$XMPP_PORT
	echo "$port"
}

# Something happens to what goes through a proxy: most is cut off, in one way or another; some goes on
# after a while.
disturb() { # PROXY MILLISECONDS-AT-MOST: how long a while
	one_of cut cut cut-near cut-far stall stall-up stall-down
	proxy "$1" "$chosen"
	[[ $chosen != cut ]] || return 0
	pause "$2"
	case $chosen in
	stall*) one_of cut go ;;
	*) chosen='cut' ;;
	esac
	proxy "$1" "$chosen"
}

# Lines of standard input go to the program NAME, but for the last one, which waits for let_on: so what happens before is
# in the middle, however fast the machine is, or slow to look.
hold_back() { # NAME
	cat >"$T/$1.lines"
	rm -f "$T/$1.in" "$T/$1.on"
	mkfifo "$T/$1.in"
	spawn "feeder-of-$1" feed_but_last "$1"
}

feed_but_last() { # NAME
	exec >"$T/$1.in"
	head -n -1 "$T/$1.lines"
	until [[ -e $T/$1.on ]]; do read -r -t 0.05 -u "$never"; done
	tail -n 1 "$T/$1.lines"
}

let_on() { # NAME
	: >"$T/$1.on"
	reap "feeder-of-$1"
	rm "$T/$1.in"
}

# What is to be disturbed has begun, and not ended: of ITEMS some are acknowledged to who publishes them, but
# not all, nor have all arrived.
in_the_middle() { # WHAT ITEMS
	local acknowledged arrived
	acknowledged=$(wc -l <"$T/writer.out") arrived=$(wc -l <"$T/follower.out")
	diag "$acknowledged of $2 items were acknowledged, and $arrived arrived"
	ok "$1 in the middle" test "$acknowledged" -gt 0 -a "$acknowledged" -lt "$2" -a "$arrived" -lt "$2"
}

# --- users ---

# The bare JID of a user of this script, made on first use; "admin" has an owner's rights
# everywhere, with the reference service too.
jid() { # NAME
	if [[ $1 == admin && $E2E_SERVICE == reference ]]; then
		printf '%s\n' "$XMPP_ADMIN"
	else
		printf '%s\n' "$1-$suffix@$XMPP_HOST"
	fi
}

user_password() { # NAME
	if [[ $1 == admin && $E2E_SERVICE == reference ]]; then
		printf '%s\n' "$XMPP_ADMIN_PASSWORD"
	else
		printf '%s\n' "password-of-$1"
	fi
}

user() { # NAME...
	local name
	for name; do
		[[ -z ${accounts[$name]-} ]] || continue
		accounts[$name]=1
		[[ $(jid "$name") != "$XMPP_ADMIN" ]] || continue
		server adduser "$XMPP_DIR" "$name-$suffix" "password-of-$name" ||
			bail_out "no account for $name"
	done
}

# Runs a command as the user NAME, with its account in the environment.
as() { # NAME[/RESOURCE] CMD...
	local name=${1%%/*} resource=''
	[[ $1 != */* ]] || resource=/${1#*/}
	shift
	user "$name"
	local -x PUBSUB_JID PUBSUB_PASSWORD
	PUBSUB_JID=$(jid "$name")$resource
	PUBSUB_PASSWORD=$(user_password "$name")
	become "$@"
}

as_user() { as "$@"; }

# --- the tools ---

tool() { # APPLET HOST-PORT ARGUMENT...
	local applet=$1 port=$2
	shift 2
	become "$e2e_bin/$applet" -H "127.0.0.1:$port" "$@"
}

pub() { tool pubsub-pub "$XMPP_PORT" --ca-file "$XMPP_CA" "$@"; }
sub() { tool pubsub-sub "$XMPP_PORT" --ca-file "$XMPP_CA" "$@"; }
ctl() { tool pubsub-ctl "$XMPP_PORT" --ca-file "$XMPP_CA" "$@"; }

# Runs CMD, whose --connect-timeout is 5: what it has left in its spool when that was too short is sent then. The
# configuration says where.
five_seconds_for() { # SPOOL CMD...
	local from=$SECONDS
	"${@:2}" || return
	((SECONDS - from < 5)) || pubsub-pub -q --spool "$1" --flush
}

# The service in this run's mode, without its account or secret (see service_start).
serve() {
	if [[ $E2E_MODE == component ]]; then
		tool pubsub-serve "$XMPP_COMPONENT_PORT" --component "$XMPP_COMPONENT" \
			--secret-file "$T/secret" "$@"
	else
		tool pubsub-serve "$XMPP_PORT" --ca-file "$XMPP_CA" "$@"
	fi
}

# --- the service ---

# Starts the service and waits until it is ready; its store is $T/store.sqlite3, unless --store
# is given. With the reference service there is nothing to start.
service_start() { # [ARGUMENT...]
	local store=(--store "$T/store.sqlite3") argument
	[[ $E2E_SERVICE == ours ]] || return 0
	for argument; do
		[[ $argument != --store && $argument != --store=* ]] || store=()
	done
	set -- "${store[@]}" --admin "$(jid admin)" "$@"
	if [[ $E2E_MODE == component ]]; then
		printf '%s\n' "$XMPP_COMPONENT_SECRET" >"$T/secret"
		chmod 600 "$T/secret"
		spawn_ready service serve "$@"
	else
		user service
		spawn_ready service as service/server serve "$@"
	fi || bail_out 'the service does not start'
}

service_stop() { # leaves $status, $out, $err
	[[ $E2E_SERVICE == ours ]] || return 0
	stop service TERM
}

service_kill9() {
	[[ $E2E_SERVICE == ours ]] || return 0
	stop service KILL
}

# --- the server ---

server() {
	(
		for fd in "${proxy_fds[@]}"; do exec {fd}>&-; done
		exec "$e2e_root/scripts/server" "$@"
	)
}

server_restart() {
	local env
	env=$(server restart "$XMPP_DIR") || bail_out 'the server does not start again'
	eval "$env"
}

# Accounts are no matter of what is tested: those of now survive the next kill. Nodes of the server's
# own service are. It takes a moment.
server_settle() {
	[[ $E2E_SERVICE != ours ]] || server settle "$XMPP_DIR" || bail_out 'the server does not settle'
}

server_kill9() {
	server kill9 "$XMPP_DIR" || bail_out 'the server does not go down'
}

# Folder with a certificate and key of the user NAME, for SASL EXTERNAL: NAME.crt, NAME.key.
user_cert() { # NAME
	user "$1"
	server cert "$XMPP_DIR" "$1-$suffix" || bail_out "no certificate for $1"
	cp "$XMPP_DIR/tls/$1-$suffix.crt" "$T/$1.crt"
	cp "$XMPP_DIR/tls/$1-$suffix.key" "$T/$1.key"
}

# --- beginning and end ---

cleanup() {
	local code=$? pid alive
	((BASHPID == $$)) || return # a function in the background comes here too
	for pid in $(jobs -p); do
		kill -KILL "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	for alive in "$T"/*/alive; do # servers of the script's own
		[[ ! -e $alive ]] || server stop "${alive%/alive}"
	done
	tap_end "$code"
}

set_up() {
	trap cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	: "${E2E_SERVER:?is set by tests/e2e/run}" "${XMPP_DIR:?is set by tests/e2e/run}"
	chmod 711 "$T" # for a server in it
	mkdir -m 700 "$T/home"
	export HOME=$T/home XDG_CONFIG_HOME=$T/config XDG_STATE_HOME=$T/state PUBSUB_SERVICE
	unset PUBSUB_JID PUBSUB_PASSWORD PUBSUB_SECRET NOTIFY_SOCKET SSL_CERT_FILE SSL_CERT_DIR
	case $E2E_SERVICE:$E2E_MODE in
	reference:*) PUBSUB_SERVICE=$XMPP_SERVICE ;;
	ours:component) PUBSUB_SERVICE=$XMPP_COMPONENT ;;
	*) PUBSUB_SERVICE=$(jid service)/server ;;
	esac
	mkfifo "$T/never" # a file descriptor where nothing ever comes
	exec {never}<>"$T/never"
	e2e_bin=$T/bin
	if [[ -n ${PUBSUB_BIN-} ]]; then
		mkdir "$e2e_bin"
		"$PUBSUB_BIN" --install "$e2e_bin" || bail_out "$PUBSUB_BIN --install fails"
	fi
	PATH=$e2e_bin:$PATH
}

set_up
