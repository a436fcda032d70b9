#!/bin/bash
# SPDX-License-Identifier: MIT
# Which service, where none is named: the server's own, if it has exactly one; and an account's own nodes (PEP).
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'the server is asked in the other runs'
own_service=$PUBSUB_SERVICE
unset PUBSUB_SERVICE

if [[ $E2E_MODE == component ]]; then
	PUBSUB_SERVICE=$own_service service_start
	for tool in 'ctl nodes' "sub -1 -n $N" "pub -n $N -e <x/>"; do
		# shellcheck disable=SC2086 # several words
		exits 64 "two services, ours and the server's: ${tool%% *}" as admin $tool
		like "$err" "localhost has several pubsub services: .*; choose one with --service$" '... says so'
		for service in "$XMPP_COMPONENT" "$XMPP_SERVICE"; do
			like "$err" "$service" '... and names both'
		done
	done
	done_testing
fi

# --- one ---

says="the pubsub service of localhost is $XMPP_SERVICE"
owner=(as owner)
ok 'one service: ctl' "${owner[@]}" ctl -v create "$N"
like "$err" "^pubsub-ctl: (.*"$'\n'"pubsub-ctl: )*$says" '... says which with -v'
ok '... pub' "${owner[@]}" pub -v -n "$N" -i first -e '<x xmlns="urn:x"/>'
like "$err" "$says" '... says which'
ok '... sub' "${owner[@]}" sub -v -1 -n "$N" -f id
is "$out" first '... which is the same'
like "$err" "$says" '... says which'
ok '... nothing without -v' "${owner[@]}" sub -1 -n "$N" -f id
is "$err" '' '... not a word'
spawn_ready follower "${owner[@]}" sub -n "$N" -f id -C 1
ok '... pub by a batch of lines' "${owner[@]}" pub -n "$N" --lines line <<<'one'
reap follower
is "$status" 0 '... sub that follows'
ok '... is what --service would be' "${owner[@]}" ctl -s "$XMPP_SERVICE" delete "$N"

# --- one's own nodes ---

me=$(jid owner)
for tool in "ctl -s $me create $N access_model=open" "pub -s $me -n $N -i a -e <x/>" "pub -n xmpp:$me?;node=$N -i b -e <y/>"; do
	# shellcheck disable=SC2086 # several words
	ok "an account's own nodes: $tool" "${owner[@]}" $tool
done
ok '... sub --once' "${owner[@]}" sub -s "$me" -n "$N" -1 -f id --last 1
is "$out" b '... prints the newest'
ok '... those of somebody else' as reader sub -s "$me" -n "$N" -1 -f id --last 1
is "$out" b '... print the same'
spawn_ready own "${owner[@]}" sub -s "$me" -n "$N" -f id
spawn_ready other as reader sub -s "$me" -n "$N" -f id
ok '... pub while two follow' "${owner[@]}" pub -s "$me" -n "$N" -i c -e '<z/>'
for name in own other; do
	await_line "$T/$name.out" '^c$' || fail "$name gets it"
	stop "$name"
	is "$status" 0 "... $name gets it, and ends"
done
exits 77 '... somebody else may not publish' as reader pub -s "$me" -n "$N" -e '<x/>'
exits 77 '... nor delete' as reader ctl -s "$me" delete "$N"
ok '... retract' "${owner[@]}" ctl -s "$me" retract "$N" c
ok '... delete' "${owner[@]}" ctl -s "$me" delete "$N"
exits 66 '... is the end of it' "${owner[@]}" sub -s "$me" -n "$N" -1
[[ $E2E_SERVER != prosody ]] || # ejabberd does not tell
	exits 69 'an account that does not exist' "${owner[@]}" ctl -s "nobody-$suffix@localhost" nodes

# --- none, several, no answer: a server that says what it is told to ---

[[ $E2E_SERVER == prosody ]] || done_testing # it is the same for all
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
items() { # JID...
	printf "answer:<query xmlns='http://jabber.org/protocol/disco#items'>%s</query>" "$(for jid; do printf "<item jid='%s'/>" "$jid"; done)"
}
is_a() { # CATEGORY TYPE
	printf "answer:<query xmlns='http://jabber.org/protocol/disco#info'><identity category='%s' type='%s'/></query>" "$1" "$2"
}
timeout=$patience # of a request
case_of() { # CODE REGEX NAME STEP...
	local code=$1 regex=$2 name=$3
	spawn fake "$here/fake_server.py" login bind:me@localhost/x "${@:4}" await:'</stream:stream>' close
	await_line "$T/fake.out" '^[0-9]+$' || bail_out 'no port'
	exits "$code" "$name" env PUBSUB_PASSWORD=x pubsub-ctl -j me@localhost --tls none -H "127.0.0.1:$(head -n 1 "$T/fake.out")" \
		--request-timeout "$timeout" nodes
	like "$err" "^pubsub-ctl: $regex" '... says so'
	is "$(wc -l <"$T/run.err")" 1 '... in one line'
	stop fake KILL
}
case_of 66 'localhost has no pubsub service \(it lists: nothing\); name one with --service$' 'a server that lists nothing' "$(items)"
case_of 66 'localhost has no pubsub service \(it lists: a.example, b.example, c.example\); name one' 'a server that lists others' \
	"$(items a.example b.example c.example)" "$(is_a pubsub pep)" refuse:service-unavailable "$(is_a conference text)"
case_of 64 'localhost has several pubsub services: a.example, c.example; choose one with --service$' 'a server with several' \
	"$(items a.example b.example c.example)" "$(is_a pubsub service)" "$(is_a conference text)" "$(is_a pubsub service)"
case_of 69 'cannot ask localhost for its pubsub service: .*service-unavailable' 'a server that cannot be asked' refuse:service-unavailable
timeout=1 case_of 75 'cannot ask localhost for its pubsub service: no answer in time' 'a server that does not answer'
timeout=5 case_of 66 'localhost has no pubsub service \(it lists: a.example\)' 'one that lists what does not answer' "$(items a.example)"

done_testing
