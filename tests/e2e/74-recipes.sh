#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # what is not to be expanded is in single quotes
# The recipes of README.md, as they stand there: cron, logs, workers, mail, Git, feeds, a board.
. "${0%/*}/lib.sh"
for tool in xsltproc xmllint curl git script; do
	command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done
service_start

lines() { printf '%s\n' "$@"; }
# What a shell of the user's runs them with: account, password and server come from the configuration.
user me
export HOME=$T/home XDG_CONFIG_HOME=$T/home/.config XDG_STATE_HOME=$T/home/.local/state
mkdir -p "$HOME/.config/pubsub" "$T/stand-ins"
(umask 077 && user_password me >"$HOME/.password")
configure() { # HOST:PORT
	printf '%s = %s\n' jid "$(jid me)" password-file "$HOME/.password" service "$PUBSUB_SERVICE" host "$1" \
		ca-file "$XMPP_CA" >"$HOME/.config/pubsub/config"
}
configure "127.0.0.1:$XMPP_PORT"
here=$T/here
mkdir "$here"
cd "$here" || bail_out 'no folder'
PATH=$T/stand-ins:$PATH

recipe() { # NAME
	awk -v name="$1" '
		/^```/ { if (found) exit; inside = !inside; text = ""; next }
		!inside { next }
		{ text = text $0 "\n" }
		$0 ~ "^(#|<!--) recipe: " name "( -->)?$" { found = 1 }
		END { printf "%s", text }' "$e2e_root/README.md"
}
recipes=(log journal cron worker to-mail mail post-receive feed.xsl feed board)
is "$(sed -nE 's/^(#|<!--) recipe: ([^ ]*)( -->)?$/\2/p' "$e2e_root/README.md" | sort)" "$(lines "${recipes[@]}" | sort)" \
	'each recipe of README.md is tried here'
for name in "${recipes[@]}"; do
	recipe "$name" >"$T/$name"
	chmod +x "$T/$name"
done
stand_in() { cat >"$T/stand-ins/$1" && chmod +x "$T/stand-ins/$1"; }
# Runs one with what it would be run by.
shell() { become bash -eu "$T/$1"; }
texts() { as me/look sub -1 -n "$1" -X .; }
ids() { as me/look sub -1 -n "$1" -f id; }
await_texts() { # NODE LINE...: it has these items
	local i node=$1 wanted
	wanted=$(lines "${@:2}")
	for ((i = 0; i < patience * 10; i++)); do
		[[ $(texts "$node") != "$wanted" ]] || return 0
		read -r -t 0.1 -u "$never"
	done
	texts "$node"
	return 1
}
for node in syslog journal disk pushes news status; do
	as me ctl create "$node" max_items=20
done

# --- a log ---

# Hostile for whoever would paste it into a shell, or into XML.
hostile="\$(touch $T/pwned) \`touch $T/pwned\` '; touch $T/pwned #\" <b>&amp;]]> %n \\n é"
touch "$T/syslog"
sed -i "s|/var/log/syslog|$T/syslog|" "$T/log"
spawn log setsid bash -eu "$T/log" # a process group of its own, to be ended as one
for ((i = 0; i < 300; i++)); do # it begins when tail has
	echo begin >>"$T/syslog"
	read -r -t 0.1 -u "$never"
	[[ ! $(texts syslog) ]] || break
done
isnt "$(texts syslog)" '' 'log: a line is an item'
echo begun >>"$T/syslog"
for ((i = 0; i < patience * 10; i++)); do # none of those before it is still under way then
	[[ $(texts syslog | tail -n 1) != begun ]] || break
	read -r -t 0.1 -u "$never"
done
as me ctl purge syslog
lines "$hostile" >>"$T/syslog"
ok '... whatever it has' await_texts syslog "$hostile"
mv "$T/syslog" "$T/syslog.1"
echo 'behind a rotation' >"$T/syslog"
ok '... also when the log was rotated' await_texts syslog "$hostile" 'behind a rotation'
if [[ $E2E_SERVICE == ours ]]; then
	service_stop
	echo 'while it is away' >>"$T/syslog"
	service_start
	echo 'there again' >>"$T/syslog"
	ok '... and those written while the service is away come later' await_texts syslog "$hostile" 'behind a rotation' 'while it is away' 'there again'
fi
kill -- "-${pids[log]}"
reap log 2>/dev/null

# The journal: a journalctl that has a file for a journal.
stand_in journalctl <<-'END'
	#!/bin/bash
	cursor=0
	for argument; do
		case $argument in
		--cursor-file=*) file=${argument#*=} ;;
		-q | -o | short-iso) ;;
		*) exit 1 ;;
		esac
	done
	[[ ! -e $file ]] || cursor=$(<"$file")
	[[ -e $file || $cursor == 0 ]] || exit 1
	tail -n "+$((cursor + 1))" "$JOURNAL"
	wc -l <"$JOURNAL" >"$file"
END
export JOURNAL=$T/journal.log
lines one "$hostile" >"$JOURNAL"
ok 'journal' shell journal
ok '... a line is an item' await_texts journal one "$hostile"
ok '... nothing twice' shell journal
echo three >>"$JOURNAL"
configure 127.0.0.1:1
ok '... no server' shell journal
configure "127.0.0.1:$XMPP_PORT"
mv "$HOME/.local/state/journal.spool" "$T/kept-spool"
: >"$HOME/.local/state/journal.spool"
echo four >>"$JOURNAL"
exits 73 '... no spool' shell journal
rm "$HOME/.local/state/journal.spool"
mv "$T/kept-spool" "$HOME/.local/state/journal.spool"
ok '... all is well again' shell journal
ok '... nothing has been left out' await_texts journal one "$hostile" three four

# --- cron ---

# cron's environment, shell and folder, and what it does to a percent sign.
cron() { # [FOLDER]: programs in it come first
	local command
	command=$(sed -nE 's/^([^# ]+ +){5}//p' "$T/cron")
	unlike "${command//'\%'/}" '%' 'cron: no percent sign ends the command'
	run env -i -C "$HOME" HOME="$HOME" LOGNAME=me SHELL=/bin/sh PATH="${1:+$1:}$e2e_bin:/usr/bin:/bin" \
		/bin/sh -c "${command//'\%'/%}"
}
configure 127.0.0.1:1
cron
is "$status$out$err" 0 '... says nothing without a server'
configure "127.0.0.1:$XMPP_PORT"
cron
is "$status$out$err" 0 '... nor with one'
is "$(ids disk)" root '... the node has one value'
like "$(texts disk)" '^ *[0-9]+%$' '... the newest'
is "$(cat "$HOME"/.pubsub-spool/*.items 2>/dev/null | grep -c '^+')" 0 '... and the spool nothing'
(umask 077 && echo wrong >"$HOME/.password")
# What ends at once can only keep what is there to be read: it begins when something is.
mkdir "$T/later"
printf '#!/bin/bash\nuntil read -t 0; do sleep 0.01; done\nexec %q "$@"\n' "$e2e_bin/pubsub-pub" >"$T/later/pubsub-pub"
chmod +x "$T/later/pubsub-pub"
cron "$T/later"
like "$err" '^pubsub-pub: login [^'$'\n'']* failed[^'$'\n'']*$' '... says that a password is wrong'
is "$(cat "$HOME"/.pubsub-spool/*.items | grep -c '^+')" 1 '... and loses nothing then'
(umask 077 && user_password me >"$HOME/.password")

# --- workers ---

as me ctl purge disk
# shellcheck disable=SC2016 # for the stand-in
lines '#!/bin/sh' 'cat >>booked; [ "$1" != bad ] || exit 1' >book
chmod +x book
sed -i 's/--tries 5/--tries 1 --all --count 3/' "$T/worker" # not for ever, and not with its pauses
as me pub -n disk < <(printf "<item id='%s'><x xmlns='urn:x'/></item>\n" a bad "\$(touch $T/pwned)")
ok 'worker' shell worker
is "$(grep -c . booked)" 3 '... works for each item'
is "$(cd failed && ls)" "$(lines disk.bad.reason disk.bad.xml)" '... keeps what failed'

# A mail for each item; the first is refused once. What was there before is not mailed.
as me ctl purge disk
stand_in sendmail <<-'END'
	#!/bin/bash
	[[ "$*" == '-oi -t' ]] || exit 64
	n=$(ls "$MAILS" | wc -l)
	cat >"$MAILS.part" # a mail is there as a whole
	mv "$MAILS.part" "$MAILS/$n"
	[[ $n != 0 ]] || exit 75
END
export MAILS=$T/mails
mkdir "$MAILS"
cp "$T/to-mail" to-mail
await_subscriber() { # NODE
	local i
	for ((i = 0; i < patience * 10; i++)); do
		[[ ! $(as me ctl subscribers "$1") ]] || return 0
		read -r -t 0.1 -u "$never"
	done
	return 1
}
mailed() { # NUMBER: it is there, and who has sent it has ended and is known to have
	local until=$((SECONDS + patience))
	await_line "$MAILS/$1" '^$' || return
	while [[ $(ps -o pid= --ppid "${pids[mail]}") ]]; do
		((SECONDS < until)) || return
		read -r -t 0.1 -u "$never"
	done
	return 0
}
id="$(printf 'ü%.0s' {1..40})"$'\n'"Bcc: everybody@example.com"
spawn mail bash -euc "$(<"$T/mail")"
ok 'mail' await_subscriber disk
as me pub -n disk -i "$id" -e "<x xmlns='urn:x'>&#10;.&#10;From $(printf 'é%.0s' {1..1000})</x>"
ok '... a failure is tried again' mailed 1
stop mail
is "$status" 0 '... until a signal ends it'
is "$(sed '/^$/,$d' "$MAILS/1")" "$(lines 'To: root' "Subject: =?UTF-8?B?$(printf 'disk: %s' "$(printf 'ü%.0s' {1..16})" | base64)?=" \
	'Auto-Submitted: auto-generated' 'MIME-Version: 1.0' 'Content-Type: text/plain; charset=UTF-8' \
	'Content-Transfer-Encoding: base64')" '... nobody makes up a header'
is "$(LC_ALL=C grep -c '[^ -~]' "$MAILS/1") $(LC_ALL=C awk 'length > 76' "$MAILS/1")" '0 ' '... all is ASCII, and no line is long'
like "$(sed '1,/^$/d' "$MAILS/1" | base64 -d)" "From é{1000}</x>" '... and the item is in it'
as me pub -n disk -i later -e "<x xmlns='urn:x'>later</x>"
spawn mail bash -euc "$(<"$T/mail")"
ok '... what came meanwhile is mailed' mailed 2
stop mail
like "$(sed '1,/^$/d' "$MAILS/2" | base64 -d)" '>later</x>' '... and nothing else'

# --- Git ---

git() { command git -c user.name=me -c user.email=me@example.com -c init.defaultBranch=main "$@"; }
git init -q --bare "$T/hub.git"
cp "$T/post-receive" "$T/hub.git/hooks/post-receive"
git init -q "$T/work"
git -C "$T/work" commit -q --allow-empty -m one
git -C "$T/work" remote add origin "$T/hub.git"
branch="a&b'\$(touch\${IFS}$T/pwned)<c>\"\`"
one=$(git -C "$T/work" rev-parse HEAD) none=$(printf '0%.0s' {1..40})
git -C "$T/work" branch "$branch"
ok 'post-receive' five_seconds_for "$T/hub.git/pubsub-spool" git -C "$T/work" push -q origin main "$branch"
is "$out$err" '' '... says nothing'
is "$(texts pushes | sort)" "$(lines "$none $one refs/heads/main" "$none $one refs/heads/$branch" | sort)" '... an item for each ref'
as me ctl purge pushes
configure 127.0.0.1:1
git -C "$T/work" commit -q --allow-empty -m two
ok '... without a server' git -C "$T/work" push -q origin main
is "$out$err" '' '... says nothing'
configure "127.0.0.1:$XMPP_PORT"
two=$(git -C "$T/work" rev-parse HEAD)
ok '... and a deletion' five_seconds_for "$T/hub.git/pubsub-spool" git -C "$T/work" push -q origin ":$branch"
is "$(texts pushes)" "$(lines "$one $two refs/heads/main" "$one $none refs/heads/$branch")" '... bring both, in order'

# --- a feed ---

sed -i "s|https://example.org/feed.atom|file://$T/feed.xml|" "$T/feed"
cp "$T/feed.xsl" feed.xsl
feed() { { echo "<?xml version='1.0'?>${3-}"; cat; } >"$T/feed.xml"; exits "$1" "$2" shell feed; }
entry() { printf "<entry><id>%s</id><title type='html'>%s</title></entry>\n" "$1" "$2"; }
atom() { echo "<feed xmlns='http://www.w3.org/2005/Atom'><id>urn:feed</id>"; cat; echo '</feed>'; }
feed 0 'feed' < <({ entry "urn:\"'&lt;b" '&lt;b&gt;two&lt;/b&gt;'; entry urn:a one; } | atom)
is "$(ids news)" "$(lines urn:a "urn:\"'<b")" '... the oldest first, under its id'
is "$(as me/look sub -1 -n news -X atom:title)" "$(lines one '<b>two</b>')" '... as it is there'
feed 0 'feed again' < <({ entry urn:c three; entry "urn:\"'&lt;b" '&lt;b&gt;two&lt;/b&gt;'; entry urn:a changed; } | atom)
is "$(grep -o '<item' new.xml | wc -l)" 2 '... publishes what is new, or has changed'
is "$(as me/look sub -1 -n news -X atom:title | sort)" "$(lines '<b>two</b>' changed three | sort)" '... and nothing is there twice'
feed 0 'feed that has nothing new' < <({ entry urn:c three; entry urn:a changed; } | atom)
is "$(grep -o '<item' new.xml | wc -l)" 0 '... publishes nothing'
feed 0 'feed of RSS' < <(echo "<rss version='2.0'><channel><link>urn:x</link>
	<item><link>urn:l</link><title>no guid</title></item>
	<item><link>urn:l</link><guid>urn:g</guid></item></channel></rss>")
is "$(ids news | grep -x 'urn:[gl]' | sort)" "$(lines urn:g urn:l)" '... by guid, or link'
echo secret >"$T/secret-file"
before=$(ids news)
feed 6 'feed that would have a file of this machine' "<!DOCTYPE feed [<!ENTITY e SYSTEM 'file://$T/secret-file'>]>" < <(entry urn:e '&e;' | atom)
is "$(ids news)" "$before" '... publishes nothing'
rm "$T/feed.xml"
exits 1 'no feed' shell feed

# --- a board ---

ln -s "$T/never" "$T/board.in"
as me pub -n status < <(printf "<item id='%s'><x xmlns='urn:x'>%s</x></item>\n" web up db up '@' "&#x9b;2J" '*' '$(x)' web down)
frame() { # what is behind the last time that the screen was cleared
	local all
	all=$(tr -d '\r' <"$T/board.out")
	[[ $all != *$'\e[3J'* ]] || printf '%s' "${all##*$'\e[3J'}"
}
await_frame() { # LINE...
	local i wanted
	wanted=$(for line; do printf '%-20s  %s\n' "${line% *}" "${line##* }"; done | sort)
	for ((i = 0; i < patience * 10; i++)); do
		[[ $(frame) != "$wanted" ]] || return 0
		read -r -t 0.1 -u "$never"
	done
	cat -v "$T/board.out"
	return 1
}
spawn board env TERM=xterm LC_ALL=C.UTF-8 script -qec "bash -eu '$T/board'" /dev/null
ok 'board' await_frame 'web down' 'db up' '@ ?2J' '* $(x)'
as me pub -n status < <(echo "<retract id='@'/><item id='db'><x xmlns='urn:x'>down</x></item>")
ok '... follows' await_frame 'web down' 'db down' '* $(x)'
as me ctl purge status
ok '... to the end' await_frame
stop board KILL 2>/dev/null # the end of the terminal

ok 'nothing of what was published was run' test ! -e "$T/pwned"
for node in syslog journal disk pushes news status; do
	as me ctl delete "$node"
done
done_testing
