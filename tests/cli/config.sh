#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Configuration files, without a server: which file, which profile, which value; and what is wrong with a file.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

# Who gets as far as $dead has an account, a service and a password.
conf=$T/conf
default=$XDG_CONFIG_HOME/pubsub/config
mkdir -p "${default%/*}"

config() { # FILE; from standard input, with @DEAD@ for the port
	sed "s/@DEAD@/$dead/" >"$1"
}

# The password command tells which one was run.
tells() { printf 'password-command = echo %s >%q; echo secret\n' "$1" "$T/told"; }
told() { # WANTED NAME
	is "$(cat "$T/told" 2>/dev/null)" "$1" "$2"
	rm -f "$T/told"
}

pub=(pubsub-pub -n a -e '<x/>')

# --- which file ---

exits 64 'no file at all' "${pub[@]}"
{ echo 'jid = me@localhost'; echo 'host = @DEAD@'; tells default; } | config "$default"
exits 69 "the user's own file has account, host and password" "${pub[@]}"
told default 'its command was run'
like "$err" "^pubsub-pub: cannot connect to .*Connection refused" 'it has tried to connect'
{ echo 'jid = me@localhost'; echo 'host = @DEAD@'; tells named; } | config "$conf"
exits 69 'a file that --config names' "${pub[@]}" -c "$conf"
told named 'its command was run'
echo 'retries = 0' | config "$conf"
exits 64 'and none but that' "${pub[@]}" -c "$conf"
exits 78 'a file that is not there' "${pub[@]}" -c "$T/none"
like "$err" "^pubsub-pub: cannot read the configuration '$T/none': No such file" 'it says so'
exits 78 'a folder' "${pub[@]}" -c "$T"
rm "$default"
mkdir -p "$HOME/.config/pubsub"
{ echo 'jid = me@localhost'; echo 'host = @DEAD@'; tells home; } | config "$HOME/.config/pubsub/config"
exits 69 'the file in ~/.config, where XDG_CONFIG_HOME is not set' env -u XDG_CONFIG_HOME "${pub[@]}"
told home 'its command was run'
exits 64 'not where it is set' "${pub[@]}"

# --- which value ---

{
	cat <<-END
		jid = me@localhost
		host = @DEAD@
		pub.retries = 0
		serve.create = anyone
		sub.format = id
	END
	tells all
	echo '[work]'
	tells work
	printf 'service = pubsub.example.org\n[home]\nretries = -2\n'
} | config "$conf"
exits 69 'a profile' "${pub[@]}" -c "$conf" --profile work
told work 'replaces what all share'
exits 78 'a profile with a bad value' "${pub[@]}" -c "$conf" --profile home
like "$err" "^pubsub-pub: $conf:11: retries: '-2' is not a number from -1" 'file and line are named'
exits 69 'which the command line replaces' "${pub[@]}" -c "$conf" --profile home --retries 0
told all 'what is not in the profile is as for all'
exits 78 'a profile that is not there' "${pub[@]}" -c "$conf" --profile wrok
like "$err" "no profile 'wrok' in '$conf'; did you mean 'work'\?$" 'the nearest is named'
exits 78 'a profile, and no file' "${pub[@]}" --profile work
like "$err" "no profile 'work', as there is no configuration" 'it says so'
echo command-line >"$T/password"
chmod 600 "$T/password"
exits 69 'another source of the password on the command line' "${pub[@]}" -c "$conf" --password-file "$T/password"
told '' 'the command was not run'
exits 69 'the password in the environment' env PUBSUB_PASSWORD=x "${pub[@]}" -c "$conf"
told '' 'the command was not run'
exits 64 'the account in the environment' env PUBSUB_JID=@bad "${pub[@]}" -c "$conf"
like "$err" "PUBSUB_JID: '@bad' is not a JID" 'it comes first'
exits 69 'a URI of another service than the configured one' "${pub[@]:0:2}" 'xmpp:other.example.org?;node=a' \
	-e '<x/>' -c "$conf" --profile work
exits 64 'than the one on the command line' "${pub[@]:0:2}" 'xmpp:other.example.org?;node=a' -e '<x/>' \
	-s pubsub.example.org -c "$conf"

# --- a component beside an account of all ---

printf 'jid = me@localhost\nserve.component = pubsub.localhost\nserve.secret-command = echo secret\nserve.retries = 0\nhost = %s\n' \
	"$dead" >"$conf"
exits 69 'a component, where all others have an account' pubsub-serve -c "$conf" --store memory:
exits 69 'an account, where the command line says so' pubsub-serve -c "$conf" --store memory: -j you@localhost \
	--password-command 'echo secret'

# --- what is wrong ---

bad() { # NAME REGEX LINE...
	local name=$1 regex=$2
	printf '%s\n' 'jid = me@localhost' "host = $dead" "${@:3}" >"$conf"
	exits 78 "$name" env PUBSUB_PASSWORD=x "${pub[@]}" -c "$conf"
	like "$err" "^pubsub-pub: $conf:3: [^"$'\n'"]*$regex" 'it says so, with file and line'
}

bad 'an unknown key' "no option 'windwo'; did you mean 'window'\?$" 'windwo = 3'
bad 'an unknown applet' "no applet 'pud'; did you mean 'pub'\?$" 'pud.window = 3'
bad 'a key that this applet does not have' "no option 'create-all' of pubsub-serve" 'serve.create-all = yes'
bad 'a key of another applet alone, for this one' "no option 'durable' of pubsub-pub" 'pub.durable = yes'
bad 'no number' "retries: 'many' is not a number" 'retries = many'
bad 'a number that cannot be' "window: '0' is not a number from 1" 'window = 0'
bad 'a word for a switch' "create is yes or no for pubsub-pub, not 'anyone'; APPLET.create" 'create = anyone'
bad 'a word that an option does not know' "tls: 'ssl' is none of" 'tls = ssl'
bad 'a service that is none' "service: '@x' is not a JID" 'service = @x'
bad 'no equals sign' 'neither KEY = VALUE nor' 'window'
bad 'a section without an end' 'a section is \[NAME\]' '[work'
bad 'a configuration of the configuration' "no option 'config'" 'config = /dev/null'
bad 'a line without an end' 'the line is longer than' "id = $(printf '%05000d' 0)"
printf 'jid = me@localhost\n[p]\nwindwo = 3\n' >"$conf"
exits 78 'an unknown key in a profile that is not used' "${pub[@]}" -c "$conf"
like "$err" "^pubsub-pub: $conf:3: there is no option 'windwo'" 'it says so, with file and line'

# Keys of other applets are passed over, and those of all are known for each.
printf '%s\n' 'jid = me@localhost' "host = $dead" 'durable = yes' 'max-payload = 1000' 'sub.tls = direct' \
	'serve.node = a' 'node = a' 'node = b' >"$conf"
exits 64 'more nodes than pub can have, once more on the command line' env PUBSUB_PASSWORD=x \
	pubsub-pub -c "$conf" -n a -n b -e '<x/>'
exits 78 'more nodes than pub can have' env PUBSUB_PASSWORD=x pubsub-pub -c "$conf" -e '<x/>'
exits 69 'the command line has a list of its own' env PUBSUB_PASSWORD=x "${pub[@]}" -c "$conf"

printf 'jid = me@localhost\nhost = %s\n' "$dead" >"$conf"
chmod 666 "$conf"
exits 69 'a file that others can write' env PUBSUB_PASSWORD=x "${pub[@]}" -c "$conf"
like "$err" "the configuration '$conf' can be changed by others" 'draws a warning'
for applet in "${applets[@]}"; do
	ok "$applet --help, whatever the configuration is" "$applet" --help -c "$T/none"
done

done_testing
