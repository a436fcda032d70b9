#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # what is not to be expanded is in single quotes
# The examples of the manual pages (but pubsub-ctl's: 72-ctl), as they stand there. What they take for granted, such as
# a file, is put there; what runs for ever ends behind an item; names and places become those of this run.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'the examples need nodes that make themselves'
for tool in mandoc git; do
	command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done
service_start

me=$(jid me)
user me
export HOME=$T/home XDG_CONFIG_HOME=$T/home/.config PUBSUB_PASSWORD
PUBSUB_PASSWORD=$(user_password me)
mkdir -p "$XDG_CONFIG_HOME/pubsub" "$T/stand-ins" "$T/here"
cd "$T/here" || bail_out 'no folder'
server_keys=$(printf '%s = %s\n' host "127.0.0.1:$XMPP_PORT" ca-file "$XMPP_CA")
printf 'jid = %s\n%s\n' "$me" "$server_keys" >"$XDG_CONFIG_HOME/pubsub/config"

examples() { # PAGE
	mandoc -Tascii -Owidth=400 "$e2e_root/man/$1" | sed 's/.\x08//g' | awk '
		/^[^ ]/ { inside = $0 == "EXAMPLES"; next }
		inside'
}

# Commands: what follows "$ ", with its continuations and the rest of a here-document.
commands() {
	awk '
		here != "" { sub(/^ */, ""); print; if ($0 == here) here = ""; next }
		!more && !sub(/^ *\$ /, "") { next }
		{ print; more = /[|\\]$/ }
		match($0, /<<[A-Z]+/) { here = substr($0, RSTART + 2, RLENGTH - 2) }'
}

here_and_now() {
	sed -E -e "s,pubsub\.example\.(com|org),$PUBSUB_SERVICE,g" -e "s|/var/log/syslog|$T/syslog|g" \
		-e "s|/var/spool/pubsub|$T/spool|g" -e "s|~/\.pubsub-spool|$T/cron-spool|g" \
		-e "s|user@example\.com|$me|g"
}

stand_in() { # NAME TEXT: a program
	printf '#!/bin/bash\n%s\n' "$2" >"$T/stand-ins/$1"
	chmod +x "$T/stand-ins/$1"
}
stand_in tail 'case $1 in -Fn0) shift; exec cat "$@" ;; *) exec /usr/bin/tail "$@" ;; esac'
stand_in mail "{ printf '%s\n' \"\$*\"; cat; } >>$T/mails"
stand_in pass "printf '%s\n' \"\$PUBSUB_PASSWORD\""
# A subscriber without an end gets one: an item comes to each, as the service sends the last one.
stand_in pubsub-sub "
	case \" \$* \" in
	*' --once '* | *' -C '* | *' --count '*) exec $e2e_bin/pubsub-sub \"\$@\" ;;
	*' --events purge'*) exec $e2e_bin/pubsub-sub --wait 1 \"\$@\" ;;
	*) exec $e2e_bin/pubsub-sub --count 1 \"\$@\" ;;
	esac"
PATH=$T/stand-ins:$PATH

works() { # PAGE COUNT: so many lines of commands, each of which works by itself; $out, $err
	local page=$1
	examples "$page" | commands | here_and_now >"$T/$page"
	is "$(grep -c '' "$T/$page")" "$2" "$page: its examples are those that are tried here"
	ok '... they work' bash -euo pipefail "$T/$page"
	is "$err" '' '... without a message'
}

# --- pubsub-pub(1) ---

lines() { printf '%s\n' "$@"; }
lines one two >"$T/syslog"
mkdir entries
for name in a b; do
	echo "<entry xmlns='http://www.w3.org/2005/Atom'><title>$name</title></entry>" >"entries/$name.xml"
done
echo '<minutes xmlns="urn:x"/>' >minutes.xml
as me pub -n weather --create -i yesterday -e '<t xmlns="urn:example:weather">20</t>'
mkdir "$T/spool"
works pubsub-pub.1 11
is "$(grep -c "^<item id='[^']*' node='atom'" <<<"$out")" 2 '... --print prints'
is "$(as me sub -1 -n weather -f id)" now '... the stream is published'
is "$(as me sub -1 -n syslog -X .)" "$(lines one two)" '... the log'
like "$(as me ctl configure board)" "(^|"$'\n'")access_model$(printf '\t')whitelist" '... for those who are invited'

# From cron, and as a hook: what stands there without a prompt.
cron=$(examples pubsub-pub.1 | here_and_now | sed -nE 's/^ *(\*\S* ){5}//p' | sed 's/--password-file [^ ]* //')
ok '... from cron' bash -euc "export PUBSUB_JID=$me PUBSUB_SERVICE=$PUBSUB_SERVICE; $cron"
is "$out$err" '' '... says nothing'
like "$(as me sub -1 -n disk -X .)" '^ *[0-9]+%$' '... publishes'
git() { command git -c user.name=me -c user.email=me@example.com "$@"; }
git init -q work 2>/dev/null
examples pubsub-pub.1 | here_and_now | awk '/#!\/bin\/sh/ { inside = 1 } /^ *$/ { if (seen) inside = 0 } inside { seen = 1; sub(/^ +/, ""); print }' \
	>work/.git/hooks/post-commit
chmod +x work/.git/hooks/post-commit
ok '... a hook of Git' git -C work commit -q --allow-empty -m 'a <commit> & "more"'
is "$out$err" '' '... says nothing'
like "$(as me sub -1 -n commits -X .)" '^[0-9a-f]+ a <commit> & "more"$' '... publishes'

# --- pubsub-items(5) ---

examples pubsub-items.5 | awk '/^ *<t / { found = 1 } found && /^ *$/ { exit } found' >"$T/items"
ok 'pubsub-items.5: items' as me pub -n items "$T/items"
is "$(as me sub -1 -n items -X .)" "$(lines 21 21 23)" '... which pub reads'
examples pubsub-items.5 | sed -n '/^ *<item xmlns/,/^ *$/p' >"$T/written"
ok '... and what sub writes' as me pub -n written -p "$T/written"
is "$out" "<item id='now' node='written'/>" '... too'
as me pub -n weather -i hot -e "<t xmlns='urn:example:weather'>31</t>"
works pubsub-items.5 2
is "$(tr -s ' ' <<<"$out")" " 2 $me" '... counts publishers'

# --- pubsub-sub(1) ---

as me ctl create deploy
as me ctl create orders
as me pub -n news -e "<entry xmlns='http://www.w3.org/2005/Atom'><title>A &amp; B</title><link href='urn:l'/></entry>"
lines '#!/bin/sh' "echo deployed" >deploy
lines '#!/bin/sh' 'echo "booked $1"' >book-order
chmod +x deploy book-order
as me pub -n deploy -e '<x xmlns="urn:x"/>' # the last item: no need to wait for another one
as me pub -n orders -i 7 -e '<x xmlns="urn:x"/>'
works pubsub-sub.1 17
like "$out" $'(^|\n)deployed(\n|$)' '... what it waits for comes'
like "$out" $'(^|\n)booked 7(\n|$)' '... handlers run'
like "$out" $'T[0-9:.]*Z\tA & B\turn:l(\n|$)' '... a table'
is "$(sort -u weather.log)" 31 '... a log'
is "$(<"$T/mails")" "$(lines '-s it is hot root' 31)" '... a mail'

# --- pubsub.conf(5) ---

as me pub -n announcements -i a -e '<x xmlns="urn:x"/>'
conf() { examples pubsub.conf.5 | here_and_now | sed -n "/^ *$1 = /,/^     [A-Z]/p" | sed '$d; s/^ *//'; }
(umask 077 && lines "$PUBSUB_PASSWORD" >"$T/work-password")
{ lines "$server_keys" && conf jid; } | sed -e "s|/home/user/.work-password|$T/work-password|" -e "s|user@example.org|$me|" \
	>"$XDG_CONFIG_HOME/pubsub/config"
unset PUBSUB_SERVICE
export PASSWORD=$PUBSUB_PASSWORD
stand_in pass '[[ $* == "show xmpp/example.com" ]] && printf "%s\n" "$PASSWORD"'
unset PUBSUB_PASSWORD
PUBSUB_SERVICE=$(sed -n 's/^service = //p' "$XDG_CONFIG_HOME/pubsub/config" | head -n 1)
works pubsub.conf.5 2
like "$out" 'item  node weather  id hot' '... with the format of the configuration'
like "$out" 'node announcements' '... and the profile'

done_testing
