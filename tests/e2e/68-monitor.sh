#!/bin/bash
# SPDX-License-Identifier: MIT
# pubsub-sub --monitor on a terminal: keys in, screens out.
. "${0%/*}/lib.sh"
[[ $E2E_SERVER == prosody && $E2E_MODE == account && $E2E_SERVICE == ours ]] ||
	skip_all 'it is about the terminal: one run is enough'
command -v tmux >/dev/null || skip_all 'tmux is not installed'
service_start

events=3000
[[ ! ${PUBSUB_TEST_LONG-} ]] || events=60000

publish() { # ID PAYLOAD
	as admin pub -n "$N" --create -i "$1" -e "$2"
}

# --- the terminal ---

tmux() { LC_ALL=C.UTF-8 command tmux -u -S "$T/tmux" -f "$T/tmux.conf" "$@"; }
keys() { tmux send-keys -t "${terminal:-main}" "$@"; }
type_text() { keys -l "$1"; }
screen() { tmux capture-pane -p "$@" -t "${terminal:-main}"; }

end_terminal() {
	local code=$?
	tmux kill-server 2>/dev/null
	return "$code"
}

# Waits until the screen matches; leaves it in $shown. A frame comes in pieces: what else there is to
# be of it is waited for, too.
await_screen() { # REGEX NAME [ARGUMENT-OF-screen...]
	local until=$((SECONDS + patience))
	while shown=$(screen "${@:3}") && [[ ! $shown =~ $1 ]] && ((SECONDS < until)); do
		read -r -t 0.05 -u "$never"
	done
	like "$shown" "$1" "$2"
}

# The same until it does not match.
await_gone() { # REGEX NAME
	local until=$((SECONDS + patience))
	while shown=$(screen) && [[ $shown =~ $1 ]] && ((SECONDS < until)); do
		read -r -t 0.05 -u "$never"
	done
	unlike "$shown" "$1" "$2"
}

# The last line is the one that names keys.
await_size() { # LINES NAME
	await_screen "^([^"$'\n'"]*"$'\n'"){$(($1 - 1))}[^"$'\n'"]*\? help[^"$'\n'"]*\$" "$2"
}

is_away() {
	local until=$((SECONDS + patience))
	while [[ $(tmux display-message -p -t main '#{alternate_on}') != 0 ]]; do
		((SECONDS < until)) || return
		read -r -t 0.05 -u "$never"
	done
}

# Each prompt of the shell leaves a line there: "0 icanon echo".
prompts=$T/prompts

left_as_it_was() { # STATUS NAME [PROMPTS]
	ok "$2 ends it" await_line "$prompts" .
	is "$(head -n "${3:--0}" "$prompts")" "$1 icanon echo" "... with code $1, and lines are echoed again"
	ok '... and the screen is left' is_away
}

monitor() { # ARGUMENT...
	{
		printf exec
		printf ' %q' "$e2e_bin/pubsub-sub" -H "127.0.0.1:$XMPP_PORT" --ca-file "$XMPP_CA" \
			-n "$N" -m --ready-fd 7 "$@"
		printf ' 7>>%q\n' "$T/ready"
	} >"$T/monitor.sh"
	: >"$prompts"
	: >"$T/ready"
	keys C-l
	type_text "bash $T/monitor.sh"
	keys Enter
}

user reader
cat >"$T/bashrc" <<END
PS1='$ '
PROMPT_COMMAND='echo \$? \$(stty -a | grep -ow -e "-\?icanon" -e "-\?echo") >>$prompts'
END
cat >"$T/tmux.conf" <<END
set -g status off
set -g escape-time 0
set -g default-terminal screen-256color
set -g default-command "exec bash --noprofile --rcfile $T/bashrc"
END
as reader/monitor tmux new-session -d -s main -x 80 -y 24
trap 'end_terminal; cleanup' EXIT
await_screen '^\$$' 'a shell on a terminal of 80x24'

# --- the screen ---

publish first "<entry xmlns='urn:x'><title>Grüße 漢字</title><body>$(printf '\302\233')2J $(
	printf '\342\200\256')evil</body></entry>"
publish second "<t xmlns='urn:t'>21</t>"
monitor --all
await_screen 'EVENTS.*first.*second' 'the events that are stored'
await_screen "^ $PUBSUB_SERVICE .*2 events"$'\n' '... counted in the title'
await_screen "NODES *items"$'[^\n]*\n'" $N +2 +0 +[0-9.]+ +[0-9]+ s ago" '... and at the node'
await_screen "EVENT"$'[^\n]*\n'".*id second"$'\n'".*<t xmlns='urn:t'>21</t>" 'the newest is chosen'
await_size 24 '... on 24 lines, of which the last names keys'

keys Up
await_screen 'id first' 'a key chooses the one above it'
await_screen '<title>Grüße 漢字</title>' '... which is shown as it is'
await_screen '<body>&#x9B;2J &#x202E;evil</body>' '... but for what drives a terminal'
keys Enter
await_screen "2 events"$'\n'" EVENT"$'\n' 'on the whole screen'
await_gone NODES '... alone'
keys Escape
await_screen NODES '... and back'

publish third "<t xmlns='urn:t'>22</t>"
await_screen '3 events.*third' 'one that comes while another is chosen'
await_screen 'id first' '... does not take its place'
keys End
await_screen 'id third' 'the last key goes to the newest'
await_screen following '... and follows it'

keys Space
await_screen 'PAUSED, 0 new' 'a pause'
publish fourth "<t xmlns='urn:t'>23</t>"
await_screen 'PAUSED, 1 new' '... counts what comes'
unlike "$shown" fourth '... and does not show it'
keys Space
await_screen 'id fourth' '... until it goes on'

keys /
type_text GRÜß
keys Enter
await_screen 'not found further down: GRÜß' 'a search that finds nothing says so'
keys "\\"
type_text Grüxx
keys BSpace BSpace ß
keys Enter
await_screen 'id first' 'a search upwards'
keys f
type_text second
keys Enter
await_screen 'filter: second.*1 of the last 4' 'a filter'
await_gone third '... hides the others'
keys f Enter
await_screen '4 of the last 4' '... and is taken away'
keys x
type_text '. > 21'
keys Enter
await_screen 'xpath: . > 21.*2 of the last 4' 'a filter by XPath'
keys x
type_text 'p:t >'
keys Enter
await_screen "p:t >: " 'a bad one is refused'
keys x Enter
await_screen '4 of the last 4' '... and taken away'

keys Home
await_screen 'id first' 'the first'
keys w
type_text "$T/saved.xml"
keys Enter
await_screen "written to '" 'it is written to a file'
as admin sub -n "$N" -a -1 | head -1 >"$T/expected.xml"
ok '... as a line of XML' cmp "$T/expected.xml" "$T/saved.xml"
keys w
type_text "$T/saved.xml"
keys Enter
await_screen 'cannot write .*File exists' '... and not over another one'

keys '?'
await_screen 'PgUp b +a page up' 'help'
await_screen 'q .C +quits' '... of all keys'
manual=$(mandoc -T ascii "$e2e_root/man/pubsub-sub.1" | sed 's/.\x08//g' | tr -s '[:space:]' ' ')
missing=$(sed -n '2,/quits/s/^ \(.\{16\}\) \(.*[^ ]\) *$/\1 \2/p' <<<"$shown" | tr -s ' ' | while IFS= read -r line; do
	[[ $manual == *" $line "* ]] || echo "$line"
done)
is "$missing" '' '... as the manual has it'
keys Space
await_screen NODES '... and goes'

await_screen $'\e''\[34m.*entry' 'colours' -e

# --- size ---

tmux resize-window -t main -x 200 -y 60
await_screen 'T[0-9:.]+Z +item +third' 'a larger window has the whole stamp'
await_size 60 '... and all its lines'
await_screen "EVENT"$'[^\n]*\n'".*id first" '... and the choice as it was'
tmux resize-window -t main -x 15 -y 5
await_screen 'too small' 'one that is too small says so'
tmux resize-window -t main -x 80 -y 24
await_screen 'NODES.*EVENTS.*id first' 'and back'

# --- suspended ---

keys C-z
ok 'suspended' await_line "$prompts" '^148 icanon echo$'
ok '... with the screen left' is_away
publish fifth "<t xmlns='urn:t'>24</t>"
: >"$prompts"
type_text fg
keys Enter
await_screen 'NODES.*5 *0.*fifth' '... and continued, with what has come'

# --- a thousand events a second ---

monitor_pid() { pgrep -f "^$e2e_bin/pubsub-sub .*-n $N -m"; }
ticks() { local stat; read -ra stat <"/proc/$1/stat"; echo $((stat[13] + stat[14])); }

written() { sed -n 's/^wchar: //p' "/proc/$1/io"; }

in_time() {
	local i
	for ((i = 0; i < events; i += 100)); do
		seq -f "%.0f $(printf 'x%.0s' {1..100})" $((i + 1)) $((i + 100))
		read -r -t 0.1 -u "$never"
	done
}

keys End
pid=$(monitor_pid)
before=$(ticks "$pid") bytes=$(written "$pid") start=$(date +%s%N)
in_time | as admin pub -n "$N" --lines '{urn:line}l' --batch 20
took=$((($(date +%s%N) - start) / 10000000)) # in hundredths of a second, as ticks are
used=$(($(ticks "$pid") - before)) bytes=$(($(written "$pid") - bytes))
diag "$events events in $took/100 s, with $used/100 s of the processor, $bytes bytes written"
await_screen " $((events + 5)) events.*$N +$((events + 5)) +0 +[1-9][0-9]+\.[0-9].*<l xmlns='urn:line'>$events x" \
	"$events events, with their rate"
ok '... do not keep a core busy' test "$used" -lt "$((took / 2 + 20))"
# 20 full screens a second, of two bytes a character.
ok '... and are not drawn one by one' test "$bytes" -lt "$((took * 20 * 80 * 24 * 2 / 100 + 50000))"

# --- the ends ---

keys q
left_as_it_was 0 'q'
monitor
await_screen NODES 'again'
keys C-c
left_as_it_was 0 '^C'
monitor --all -C 2
left_as_it_was 0 '--count'
monitor -C 5 -W 0.3
left_as_it_was 75 '--wait'
await_screen "pubsub-sub: 0.3 s are over: . of 5 items have come" '... with its message, on the screen'
monitor -n "$N-missing"
left_as_it_was 66 'no such node'
await_screen "pubsub-sub: cannot subscribe to '$N-missing'" '... is said'
monitor -v --color never
await_screen "subscribed to '$N'"$'\n*$' 'messages are on the last line'
unlike "$(tmux capture-pane -p -e -t main)" $'\e''\[[0-9;]*3[0-7]m' '... and nothing has colour'
keys q
left_as_it_was 0 'q'
monitor --state "$T/state" --all
await_screen "$((events + 5)) events" 'all, with a position'
keys q
left_as_it_was 0 'q'
publish sixth "<t xmlns='urn:t'>25</t>"
monitor --state "$T/state"
await_screen ' 1 events.*sixth' '... behind which the next goes on'
keys q
left_as_it_was 0 'q'

# Where the service does not answer, the end takes time, and a second ^C ends it at once.
monitor
await_screen 'NODES' 'a third'
ok '... has subscribed' await_line "$T/ready" READY=1
kill -STOP "${pids[service]}"
keys C-c
for _ in {1..20}; do # where the monitor had no time meanwhile, both were one
	keys C-c
	! patience=1 await_line "$prompts" . || break
done
left_as_it_was 130 'two ^C' 1 # a third may have reached the shell
kill -CONT "${pids[service]}"
type_text '(exit 5)'
keys Enter
await_line "$prompts" '^5 ' || fail 'the shell goes on'
monitor
await_screen NODES 'a fourth'
keys "C-\\"
left_as_it_was 131 'a signal that dumps core'

# --- strangers ---

# Ids that hold CSI, OSC and an override: of the terminal nothing changes but what the monitor draws.
csi=$'\u009b' osc=$'\u009d' st=$'\u009c' override=$'\u202e'
as admin pub -n "$N-evil" --create -i "${csi}2J${osc}0;owned${st}${override}drow" -e "<x xmlns='urn:$csi' k='$osc'>${csi}31m</x>"
: >"$prompts"
type_text "printf '\\033]0;mine\\007'"
keys Enter
await_line "$prompts" .
monitor -n "$N-evil" --last 1
await_screen "id &#x9B;2J&#x9D;0;owned&#x9C;&#x202E;drow" 'an id that would drive the terminal'
await_screen "<x xmlns='urn:&#x9B;' k='&#x9D;'>&#x9B;31m</x>" '... and a payload'
is "$(tmux display-message -p -t main '#{pane_title}')" mine "... do not: its title is as it was"
keys q
left_as_it_was 0 'q'
monitor -n "no${csi}2J${override}such"
left_as_it_was 66 'a node of such a name'
await_screen "cannot subscribe to 'no\?2J\?such'" '... is named without'

# --- no screen ---

run as reader sub -n "$N" -m --last 1 -C 1
like "$status $out" "^0 <item .*id='sixth'" 'where standard output is no terminal, lines are printed'
type_text 'export TERM=dumb'
keys Enter
monitor --last 1 -C 1
await_screen "names no terminal with a screen.*<item .*id='sixth'" '... or where the terminal has no screen'

# The terminal goes away.
type_text 'export TERM=screen'
keys Enter
monitor
ok 'a last one' await_line "$T/ready" READY=1
pid=$(monitor_pid)
tmux kill-server
until=$((SECONDS + patience))
while [[ -e /proc/$pid ]] && ((SECONDS < until)); do
	read -r -t 0.05 -u "$never"
done
ok '... ends with its terminal' test ! -e "/proc/$pid"
done_testing
