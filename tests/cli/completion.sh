#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Completion, in bash and in zsh: what there is to be typed, and where.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=reading.sh
. "${0%/*}/reading.sh"

# --- bash ---

is "$(completions pubsub '')" "$(printf '%s\n' "${applets[@]#pubsub-}" | sort)" 'the applets'
is "$(completions pubsub --ins)" --install 'options of pubsub itself'
for applet in "${applets[@]}"; do
	is "$(completions "$applet" --)" "$(help_options "$applet" | grep -o -e '--[a-z-]*' | sort)" \
		"the long options of $applet"
	is "$(completions "$applet" - | grep -v ^--)" "$(help_options "$applet" | grep -o '^-[^-]' | sort)" \
		"the short options of $applet"
	is "$(completions pubsub "${applet#pubsub-}" --)" "$(completions "$applet" --)" \
		"the same for pubsub ${applet#pubsub-}"
done
mkdir "$T/ca"
touch "$T/ca/ca.pem"
is "$(completions "${applets[0]}" --ca-file "$T/ca/")" "$T/ca/ca.pem" 'the name of a file'
is "$(completions "${applets[0]}" --ca-file="$T/ca/")" "$T/ca/ca.pem" 'behind an equals sign, too'
is "$(completions pubsub-sub --tls '' | xargs)" 'direct none starttls' 'the words that --tls knows'
is "$(completions pubsub-sub -f p | xargs)" 'payload pretty' 'the words of --format that begin so'
is "$(completions pubsub-sub --color= | xargs)" 'always auto never' 'the words of --color'
is "$(completions pubsub-serve --create '' | xargs)" 'admins anyone domain' 'words on several lines of --help'
is "$(completions pubsub-sub --events '' | xargs)" 'config delete item purge retract subscription' 'the words of a list'
is "$(completions pubsub-sub --events item,r)" item,retract 'the next word of a list'
is "$(completions pubsub-sub --events item,i)" '' 'each word once'
printf 'jid = a@b\n[work]\n[home]\n  [web]\n' >"$T/ca/config"
is "$(completions pubsub-sub -c "$T/ca/config" --profile w | xargs)" 'web work' 'the profiles of a file'
mkdir -p "$XDG_CONFIG_HOME/pubsub"
cp "$T/ca/config" "$XDG_CONFIG_HOME/pubsub/config"
is "$(completions pubsub-sub --profile '' | xargs)" 'home web work' "the profiles of the user's own file"
rm "$XDG_CONFIG_HOME/pubsub/config" "$T/ca/config"
is "$(completions pubsub-sub --config "$T/ca/")" "$T/ca/ca.pem" 'a file for --config'
is "$(completions "${applets[0]}" --jid "$T/ca/")" '' 'no file where a JID is wanted'
is "$(bash -c '. "$0"; complete -p "$@"' "$cli_root/scripts/completion.bash" pubsub "${applets[@]}" | sort -u | wc -l)" \
	"$((${#applets[@]} + 1))" 'it is there for every applet'

verbs_of() { # of standard input: pubsub-ctl --help
	sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort
}
is "$(completions pubsub-ctl '')" "$(pubsub-ctl --help | verbs_of)" 'the verbs'
is "$(completions pubsub-ctl sub | xargs)" 'subscribe subscribers subscriptions' 'verbs that begin so'
is "$(completions pubsub ctl -s x -v del)" delete 'a verb behind options and their values'
is "$(completions pubsub-ctl -j me@example.org/x '--host=[::1]:5222' del)" delete '... that bash takes for several words'
is "$(completions pubsub-ctl -s x defaults '')" "$(completions ls '')" 'no node where none is wanted'

# A service of some nodes.
mkdir "$T/fake"
cat >"$T/fake/pubsub-ctl" <<-'END'
	#!/bin/sh
	case "$*" in
	'-q -s x nodes' | '-q --service x nodes' | '-q --service=x nodes') ;;
	*) exec pubsub-ctl "$@" ;;
	esac
	printf 'weather\tThe weather\nwell\nnews\nurn:x=a\nurn:x=b\n'
END
chmod +x "$T/fake/pubsub-ctl"
ln -s "$PUBSUB_BIN" "$T/fake/pubsub-sub"
is "$(completions "$T/fake/pubsub-ctl" -s x purge we | xargs)" 'weather well' 'nodes'
is "$(completions "$T/fake/pubsub-ctl" -s x purge urn:x= | xargs)" 'a b' '... of which bash wants what is behind the colon'
is "$(completions "$T/fake/pubsub-sub" -a --service=x -n we | xargs)" 'weather well' '... for an option'

# --- zsh ---

if ! command -v zsh >/dev/null; then
	skip 'completion in zsh' 'zsh is not installed'
	done_testing
fi

declare -A offered=()
mkdir "$T/functions"
cp "$cli_root/scripts/completion.zsh" "$T/functions/_pubsub"
# What is offered for each line of standard input: ${offered[LINE]}, sorted.
offer() {
	local line found n=0
	while IFS=$'\t' read -r line found; do
		offered[$line]=$found
		((++n))
	done < <("$cli_root/tests/cli/complete.zsh" "$T/functions")
	ok "zsh answers: $n" test "$n" -gt 0
}

# A line, what is offered, the name of the test. The lines are asked all at once.
mapfile -t cases <<-END
	pubsub |ctl pub serve sub|the applets
	pubsub --ins|--install|options of pubsub itself
	pubsub-sub --ca-file $T/ca/|ca.pem|the name of a file
	pubsub-sub --ca-file=$T/ca/|ca.pem|... behind an equals sign, too
	pubsub-pub $T/ca/|ca.pem|a file to be published
	pubsub-ctl diff $T/ca/|ca.pem|a file for a verb
	pubsub-sub -c $T/ca/|ca.pem|a file behind a short option
	pubsub-pub --spool $T/places/|folder|a folder, no file
	pubsub-ctl sync $T/places/|folder|a folder for a verb
	pubsub-sub --jid $T/ca/||no file where a JID is wanted
	pubsub-sub --tls |direct none starttls|the words that --tls knows
	pubsub-sub -f p|payload pretty|the words of --format that begin so
	pubsub sub --color=|always auto never|the words of --color
	pubsub-serve --create |admins anyone domain|words on several lines of --help
	pubsub-sub --events |config delete item purge retract subscription|the words of a list
	pubsub-sub --events item,r|retract|the next word of a list
	pubsub-sub --events item,i||each word once
	pubsub-sub -c $T/zsh.conf --profile w|web work|the profiles of a file
	pubsub-ctl sub|subscribe subscribers subscriptions|verbs that begin so
	pubsub ctl -s x -v del|delete|a verb behind options and their values
	pubsub-ctl -s x defaults ||nothing behind a verb that takes nothing
	$T/fake/pubsub-ctl -s x purge we|weather well|nodes
	$T/fake/pubsub-ctl -s x purge urn:x|urn:x=a urn:x=b|... with a colon in them
	$T/fake/pubsub-ctl -s x backup a |news urn:x=a urn:x=b weather well|... where any number is taken
	$T/fake/pubsub-ctl --service x sync dir |news urn:x=a urn:x=b weather well|... as the second argument
	$T/fake/pubsub-ctl -s x get n ||... and no others behind
	$T/fake/pubsub-sub -s x -n we|weather well|... for an option
END
mkdir -p "$T/places/folder"
touch "$T/places/file"
printf 'jid = a@b\n[work]\n[home]\n  [web]\n' >"$T/zsh.conf"
offer < <(printf '%s\n' "${cases[@]%%|*}"; printf '%s -\n' "${applets[@]}" pubsub; printf '%s -\n' "${applets[@]/#pubsub-/pubsub }"; echo 'pubsub-ctl ')
for case in "${cases[@]}"; do
	IFS='|' read -r line wanted name <<<"$case"
	is "${offered[$line]-nothing has come}" "$wanted" "zsh: $name"
done
for applet in "${applets[@]}"; do
	is "$(tr ' ' '\n' <<<"${offered[$applet -]}" | sed 's/\\//' | sort)" \
		"$(help_options "$applet" | grep -oE '^-[^- ,]|--[a-z-]*' | sort)" "zsh: the options of $applet"
	is "${offered[pubsub ${applet#pubsub-} -]}" "${offered[$applet -]}" "zsh: the same for pubsub ${applet#pubsub-}"
done
is "${offered['pubsub -']}" '--help --install --list --version' 'zsh: the options of pubsub'
is "$(tr ' ' '\n' <<<"${offered['pubsub-ctl ']}" | sort)" "$(pubsub-ctl --help | verbs_of)" 'zsh: the verbs'

done_testing
