#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# pubsub-ctl without a server: verbs, usage, help, no server.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

account=(-j me@localhost)
export PUBSUB_PASSWORD=secret
verbs=(info nodes items get create configure defaults delete purge retract subscribe unsubscribe options
	subscriptions subscribers affiliations affiliates pending approve deny
	backup restore diff apply sync mirror doctor check)

# --- help ---

ok 'pubsub-ctl --help' pubsub-ctl --help
help=$out
is "$err" '' 'it says nothing on standard error'
is "$(sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p' <<<"$help" | sort | xargs)" \
	"$(printf '%s\n' "${verbs[@]}" | sort | xargs)" 'it lists the verbs'
for verb in "${verbs[@]}"; do
	ok "$verb --help" pubsub-ctl "$verb" --help
	like "$out" "^Usage: pubsub-ctl \[OPTION\.\.\.\] $verb( |"$'\n'")" 'it says how it is used'
	like "$(<"$cli_root/man/pubsub-ctl.1")" $'\n'"\.It Ic $verb( |"$'\n'")" 'and is in the manual page'
	ok "-? does the same" pubsub-ctl -v "$verb" x -\?
done
ok 'create --help' pubsub-ctl create --help
like "$out" '--instant' 'it has the options of the verb'
unlike "$out" '--redirect' 'and not those of others'
ok '--help before the verb' pubsub-ctl --help create
is "$out" "$help" 'is for all verbs'
exits 74 'help on a full disk' sh -c 'exec pubsub-ctl create --help >/dev/full'
like "$err" '^pubsub-ctl: .*No space left on device$' 'says so'

# --- usage errors: one line, and where help is ---

usage_error() { # NAME REGEX ARGUMENT...
	local name=$1 regex=$2
	shift 2
	exits 64 "$name" pubsub-ctl "${account[@]}" "$@"
	like "$err" "^pubsub-ctl: [^"$'\n'"]*${regex}[^"$'\n'"]*\(see pubsub-ctl --help\)$" 'it says so'
	is "$out" '' 'it prints nothing'
}

usage_error 'no verb' 'no verb given'
usage_error 'an unknown verb' "'creat'; did you mean 'create'" creat n
usage_error 'an unknown option' '--nonsense' --nonsense
usage_error 'an unknown option behind the verb' '--nonsense' create n --nonsense
usage_error "another verb's option" 'purge has no option --notify' purge n --notify
usage_error 'no node' 'usage: delete NODE' delete
usage_error 'no node to be created' '--instant' create
usage_error 'one argument too many' "'m'; usage: delete NODE" delete n m
usage_error 'an argument for a verb that has none' "'n'; usage: defaults" defaults n
usage_error 'an empty node' 'NODE: the name is empty' purge ''
usage_error 'a node that is not UTF-8' 'NODE' purge $'\xff'
usage_error 'a URI without a node' 'xmpp:SERVICE' purge 'xmpp:a.b'
usage_error 'two services' 'two services' -s a.b purge 'xmpp:c.d?;node=n'
usage_error 'a service that is none' '--service' -s @ nodes
usage_error 'no id to be retracted' 'usage: retract NODE ID' retract n
usage_error 'an empty id' "item's id" retract n ''
usage_error 'no setting' "'title' is not of the form VAR=VALUE" create n title
usage_error 'a setting without a name' "'=x'" configure n =x
usage_error 'an unknown setting' "'titel'; did you mean 'title'" create n titel=x
usage_error 'a setting that is not UTF-8' 'title' create n title=$'\xff'
usage_error 'an unknown setting of a new instant node' "'titel'" create --instant titel=x
usage_error 'no option of a subscription' 'VAR=VALUE' options n deliver
usage_error 'no URI' '--redirect' delete n --redirect other
usage_error 'no state' 'JID=STATE' subscribers n a@b
usage_error 'an unknown state' "'subscribe'; did you mean 'subscribed'" subscribers n a@b=subscribe
usage_error 'an unknown affiliation' "did you mean 'publisher'" affiliates n a@b=publish
usage_error 'a JID that is none' "'@b' is not a JID" affiliates n @b=owner
usage_error 'nobody to be approved' 'usage: approve NODE JID' approve n
usage_error 'somebody who has no JID' "'@' is not a JID" deny n @

usage_error 'nothing to be kept' 'a NODE is missing, or --all' backup
usage_error 'all, and one' 'either NODE or --all' backup n --all
usage_error 'nodes of two services' 'two services' backup 'xmpp:a.b?;node=n' 'xmpp:c.d?;node=n'
usage_error 'an argument for restore' "'n'; usage: restore" restore n
usage_error 'no file to compare with' 'usage: diff FILE' diff
usage_error 'no node to be synchronised' 'usage: sync DIR NODE' sync "$T"
usage_error 'an unknown feature' "'publsh' is not tried; did you mean 'publish'" doctor --require subscribe,publsh
usage_error 'no target' 'usage: mirror SOURCE-URI TARGET-URI' mirror 'xmpp:a.b?;node=n'
usage_error 'a target that is no URI' "'n' is not of the form xmpp:SERVICE\?;node=NODE" mirror 'xmpp:a.b?;node=n' n
usage_error 'a target without a node' "'xmpp:a.b' is not of the form" mirror 'xmpp:a.b?;node=n' xmpp:a.b
usage_error 'source and target are the same' 'the same node' mirror 'xmpp:a.b?;node=n' 'xmpp:A.B?pubsub;node=n'

exits 66 'a document that is not there' pubsub-ctl "${account[@]}" diff "$T/missing.xml"
like "$err" "^pubsub-ctl: cannot read '$T/missing.xml': No such file or directory$" 'it says so'
exits 66 '... for apply' pubsub-ctl "${account[@]}" apply "$T/missing.xml"
exits 66 'a folder that is not there' pubsub-ctl "${account[@]}" sync "$T/missing" n
like "$err" "^pubsub-ctl: cannot read '$T/missing': No such file or directory$" 'it says so'

# check has the codes of Nagios, and says on standard output what is wrong.
unknown() { # NAME REGEX ARGUMENT...
	local name=$1 regex=$2
	shift 2
	exits 3 "check: $name" pubsub-ctl "${account[@]}" check "$@"
	like "$err" "$regex" 'it says so'
	like "$out" "^PUBSUB UNKNOWN - .*${regex}[^"$'\n'"]*$" 'also as its result'
}
unknown 'no number' "--warn: '1x' is no number of seconds" --warn 1x
unknown 'a negative number' "--crit: '-1' is no number of seconds" --crit -1
unknown 'limits the wrong way round' '--warn: it is above --crit' --warn 2 --crit 1
unknown 'too many arguments' "unexpected argument 'm'" n m
unknown 'an option that is none' '--nonsense' --nonsense
exits 2 'check: nobody listens' pubsub-ctl "${account[@]}" -H "$dead" check
like "$out" '^PUBSUB CRITICAL - .*Connection refused$' 'it says so'
exits 2 'check --prometheus: nobody listens' pubsub-ctl "${account[@]}" -H "$dead" check --prometheus
like "$out" $'(^|\n)pubsub_check_up 0$' 'it says so'

exits 64 'no account' pubsub-ctl nodes
like "$err" '--jid' 'it says which option is missing'

# --- configuration ---

printf 'service = pubsub.localhost\nctl.notify = yes\nxml = yes\n' >"$T/config"
exits 69 'a setting for another verb is passed over' pubsub-ctl "${account[@]}" -c "$T/config" -H "$dead" purge n
exits 69 'what is for the verb is taken' pubsub-ctl "${account[@]}" -c "$T/config" -H "$dead" retract n a
printf 'service = @\n' >"$T/config"
exits 78 'a bad service in the configuration' pubsub-ctl "${account[@]}" -c "$T/config" nodes
like "$err" 'config:1: service' 'it names file and line'

# --- no server ---

for verb in 'nodes' 'create n' 'subscribers n a@b/c=d=none' 'get -- -n' 'get xmpp:a.b?;node=n;item=i'; do
	# shellcheck disable=SC2086 # words
	exits 69 "nobody listens: $verb" pubsub-ctl "${account[@]}" -H "$dead" $verb
	like "$err" "^pubsub-ctl: [^"$'\n'"]*Connection refused$" 'it says so, in one line'
done
exits 68 'a host that is not there' pubsub-ctl "${account[@]}" -H no-such-host.invalid nodes
exits 130 'SIGINT' timeout --preserve-status -s INT 0.5 pubsub-ctl -q "${account[@]}" -H "$dead" --retries -1 nodes

done_testing
