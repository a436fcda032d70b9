#!/bin/bash
# SPDX-License-Identifier: MIT
# What else pubsub-pub can do: publish options, refusals, batches that are refused, progress, the examples of its page.
. "${0%/*}/lib.sh"
service_start --max-payload 20000

item() { printf "<item id='%s'><x xmlns='urn:x'>%s</x></item>\n" "$1" "${2-$1}"; }
items() { local id; for id; do item "$id"; done; }
stored() { as admin/look sub -1 -a -n "${1-$N}" -f "${2-id}"; }
huge=$(head -c 30000 /dev/zero | tr '\0' x)

# --- publish options (XEP-0060 section 7.1.5) ---

ok '--create --option' as admin pub -n "$N-o" --create -o access_model=whitelist -i a -e '<x xmlns="urn:x"/>'
exits 77 '... creates the node as it was wanted' as guest sub -1 -n "$N-o"
ok 'the option holds' as admin pub -n "$N-o" -o pubsub#access_model=whitelist -i b -e '<x xmlns="urn:x"/>'
exits 73 'another does not' as admin pub -n "$N-o" -o access_model=open -i c -e '<x xmlns="urn:x"/>'
like "$err" "^pubsub-pub: cannot publish item 'c' \(--payload\) to '$N-o' at .*: conflict \(precondition-not-met\).*; the node is configured in another way than the publish options want$" \
	'... says so'
is "$(stored "$N-o")" $'a\nb' '... and nothing was published'
ok '--create --option where the node is there' as admin pub -n "$N-o" --create -o access_model=whitelist -i d -e '<x xmlns="urn:x"/>'
ok 'several options, and a batch' as admin pub -n "$N-o" -b 3 -o access_model=whitelist -o persist_items=1 < <(items e f g h)
is "$(stored "$N-o" | tail -n 4)" $'e\nf\ng\nh' '... all are there'
if [[ $E2E_SERVICE == ours ]]; then
	ok 'where publishing creates the node' as admin pub -n "$N-auto" -o access_model=whitelist -i a -e '<x xmlns="urn:x"/>'
	exits 77 '... it gets the options as well' as guest sub -1 -n "$N-auto"
	exits 73 'a setting that nobody has' as admin pub -n "$N-o" -o no_such_thing=1 -i c -e '<x xmlns="urn:x"/>'
	like "$err" 'precondition-not-met' '... is no condition that holds'
fi

# --- refusals ---

as admin pub -n "$N" --create </dev/null
if [[ $E2E_SERVICE == ours ]]; then
	exits 65 'an item that is refused' as admin pub -n "$N" -w 1 < <(item a; item b "$huge"; item c)
	like "$err" "^pubsub-pub: cannot publish item 'b' \(line 2\) to '$N' at [^ ]*: not-acceptable \(payload-too-big\)[^"$'\n'"]*the item is larger than the service accepts$" '... is named, with its line, and why'
	is "$(stored)" a '... and ends the run'
	exits 76 '--keep-going' as admin pub -n "$N" -k -p < <(item d; item e "$huge"; item f; item g "$huge"; item h)
	is "$out" "$(printf "<item id='%s' node='$N'/>\n" d f h)" '... publishes the others, and --print names them'
	is "$(grep -c 'payload-too-big' <<<"$err")" 2 '... and each of those that were refused is told'
	exits 76 'a batch with one that is refused' as admin pub -n "$N" -b 3 -k < <(item i; item j "$huge"; items k l m)
	is "$(stored | tail -n 4)" $'i\nk\nl\nm' '... costs that one alone'
	exits 65 'the same without --keep-going' as admin pub -n "$N" -b 3 < <(item n; item o "$huge"; item p)
fi
exits 65 'an item that no server takes' as admin pub -n "$N" -k -e "<x xmlns='urn:x'>$(head -c 130000 /dev/zero | tr '\0' x)</x>" \
	<(printf "<x xmlns='urn:x'>%s</x>" "$(head -c 262150 /dev/zero | tr '\0' x)")
like "$err" 'malformed input in .*: line 1, column' '... says where'

# --- retractions and purges in input ---

ok 'items, retractions and a purge in one input' as admin pub -n "$N" -b 5 < <(items q r; echo '<purge/>'; items s t u; echo "<retract id='t'/><retract id='none'/>"; item v)
is "$(stored)" $'s\nu\nv' '... are done in order'

# --- a login that fails ---

mkfifo "$T/denied.in"
exec {feed}<>"$T/denied.in"
printf '%s\n' one two >&"$feed"
PUBSUB_PASSWORD=wrong spawn denied as nobody env PUBSUB_PASSWORD=wrong "$e2e_bin/pubsub-pub" -H "127.0.0.1:$XMPP_PORT" --ca-file "$XMPP_CA" -n "$N" --lines x
reap denied
is "$status" 77 'a login that fails ends the run, whatever is on standard input'
like "$err" "^pubsub-pub: login as $(jid nobody)[^ ]* failed: wrong password or unknown account \(not-authorized\)$" '... says so'
IFS= read -r -t 5 -u "$feed" line
is "$line" one '... and nothing of the input was read'
exec {feed}>&-

# --- an answer that is late ---

if [[ $E2E_SERVICE == ours ]]; then
	as admin pub -n "$N-late" --create </dev/null
	items a b c >"$T/late.in"
	kill -STOP "${pids[service]}"
	spawn late as admin pub -v -n "$N-late" -p --retries 20 --request-timeout 1
	ok 'an answer that does not come in time: another attempt' await_line "$T/late.err" 'no answer in time.*trying again'
	kill -CONT "${pids[service]}"
	reap late
	is "$status" 0 '... until all is published'
	is "$(stored "$N-late")" "$(printf '%s\n' a b c)" '... once, and in order'
	kill -STOP "${pids[service]}"
	exits 75 '... but no more of them than --retries' as admin pub -n "$N-late" -i d -e '<x xmlns="urn:x"/>' --retries 1 --request-timeout 1
	is "$(grep -c 'trying again in' <<<"$err")" 1 '... which are told'
	like "$err" 'cannot publish item .d. .*: no answer in time' '... and the end'
	kill -CONT "${pids[service]}"
fi

# --- progress ---

slowly() { # ITEM ITEM [REGEX]: the second after a while, or when that shows
	item "$1"
	if [[ $# == 2 ]]; then read -r -t 1.6 -u "$never"; else await_shown "$3"; fi
	item "$2"
}
await_shown() { # REGEX
	local until=$((SECONDS + patience))
	until grep -q -s "$1" "$T/typescript" || ((SECONDS > until)); do read -r -t 0.05 -u "$never"; done
}
command -v script >/dev/null || bail_out 'script(1) is missing'
on_terminal() { # COMMAND...; its output with \r as line feed
	# shellcheck disable=SC2016 # for the other shell
	as admin script -qefc "$(printf '%q ' "$@") <$T/slow" "$T/typescript" </dev/null >/dev/null
	tr '\r' '\n' <"$T/typescript"
}
pub_slowly=("$e2e_bin/pubsub-pub" -H "127.0.0.1:$XMPP_PORT" --ca-file "$XMPP_CA" -n "$N")
mkfifo "$T/slow"
slowly w1 w2 '1 done' >"$T/slow" &
like "$(on_terminal "${pub_slowly[@]}")" $'\n''pubsub-pub: 2 done, [012] a second *'$'\n' 'on a terminal, work of more than a second shows how far it is'
unlike "$(<"$T/typescript")" $'\x1b' '... without control sequences'
slowly w3 w4 >"$T/slow" &
unlike "$(on_terminal "${pub_slowly[@]}" -q)" ' done, ' '... unless it shall be quiet'
slowly w5 w6 >"$T/slow" &
ok 'no terminal' as admin pub -n "$N" <"$T/slow"
is "$out$err" '' '... no progress'
printf '<x xmlns="urn:x"/>' >"$T/quick"
for ((i = 0; i < 3; i++)); do # for what takes no time while the machine has some for it
	as admin script -qec "$(printf '%q ' "${pub_slowly[@]}") <$T/quick" "$T/typescript" </dev/null >/dev/null
	grep -q ' done, ' "$T/typescript" || break
done
unlike "$(<"$T/typescript")" ' done, ' 'nor for what takes no time'

# --- the examples of pubsub-pub(1) ---

if ! command -v mandoc >/dev/null; then
	skip 'the examples' 'mandoc is not installed'
	done_testing
fi
mandoc -Tascii -Owidth=400 "$e2e_root/man/pubsub-pub.1" | sed 's/.\x08//g' | awk '/^[^ ]/ { inside = /^EXAMPLES/; next } inside' >"$T/examples"
# The lines from the one that matches, as far as they belong together; paths and names as they are here.
example() { # REGEX [SED-EXPRESSION...]
	awk -v from="$1" '$0 ~ from { on = 1 } on && /^ *$/ { exit } on' "$T/examples" | sed -E 's/^ *(\$ )?//' |
		sed -E "s|-s pubsub.example.com|-s $PUBSUB_SERVICE|; s|-n [a-z]+|-n $N-example|; ${2-}"
}
mkdir -p "$XDG_CONFIG_HOME/pubsub"
printf 'host = 127.0.0.1:%s\nca-file = %s\n' "$XMPP_PORT" "$XMPP_CA" >"$XDG_CONFIG_HOME/pubsub/config"
as admin pub -n "$N-example" --create </dev/null

example '^ *[$] tail -Fn0' "s|/var/log/syslog|$T/log|; s|/var/spool/pubsub|$T/log-spool|" >"$T/shipper"
: >"$T/log"
spawn shipper as admin setsid bash "$T/shipper" # a group of its own: a pipeline is to be ended
spawn_ready reader as admin/reader sub -n "$N-example" -f payload
until [[ -s $T/log-spool/lock ]] || ! kill -0 "${pids[shipper]}"; do echo first >>"$T/log"; read -r -t 0.2 -u "$never"; done
echo 'second <line>' >>"$T/log"
ok 'the log shipper ships' await_line "$T/reader.out" 'line'
[[ $(ps -o pgid= "${pids[shipper]}") -ne ${pids[shipper]} ]] || kill -TERM -- "-${pids[shipper]}"
reap shipper
stop reader

printf '%s\n' "$(user_password admin)" >"$HOME/.pubsub-password"
chmod 600 "$HOME/.pubsub-password"
example '^ *[*]/5 ' 's|^[*]/5 [* ]*||' >"$T/cron"
ok 'the line for cron' env -i HOME="$HOME" XDG_CONFIG_HOME="$XDG_CONFIG_HOME" PATH="$e2e_bin:/usr/bin:/bin" PUBSUB_JID="$(jid admin)" PUBSUB_SERVICE="$PUBSUB_SERVICE" \
	/bin/sh -c "$(<"$T/cron")"
is "$out$err" '' '... says nothing'
like "$(stored "$N-example" payload | tail -n 1)" '^<used( xmlns=.*)?> *[0-9]+%</used>$' '... and the item is there'
ok '... also when the server is away' env -i HOME="$HOME" PATH="$e2e_bin:/usr/bin:/bin" PUBSUB_JID="$(jid admin)" PUBSUB_SERVICE="$PUBSUB_SERVICE" \
	/bin/sh -c "$(sed 's/pubsub-pub/& -H 127.0.0.1:1/' "$T/cron")"
is "$out$err" '' '... still without a word'

if command -v git >/dev/null; then
	repository=$T/repository
	git init -q "$repository"
	example '^ *#!/bin/sh' >"$repository/.git/hooks/post-commit"
	chmod +x "$repository/.git/hooks/post-commit"
	ok 'a commit with the hook for Git' as admin five_seconds_for "$repository/.git/pubsub-spool" \
		git -C "$repository" -c user.name=x -c user.email=x@example.com commit -q --allow-empty -m 'One & another'
	is "$out$err" '' '... says nothing'
	like "$(stored "$N-example" payload | tail -n 1)" "^<commit xmlns='urn:example:git'>[0-9a-f]+ One &amp; another</commit>$" '... and it is told'
else
	skip 'a commit with the hook for Git' 'git is not installed'
fi
done_testing
