#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The multicall binary: which applet is meant, and what it does without one.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

# --- without an applet ---

ok 'pubsub alone' pubsub
alone=$out
is "$err" '' 'it says nothing on standard error'
ok 'pubsub --help' pubsub --help
is "$out" "$alone" 'is the same'
for applet in "${applets[@]}"; do
	like "$applet" '^pubsub-[a-z]+$' "--list: $applet has the prefix"
	like "$alone" "(^|"$'\n'")  ${applet#pubsub-} +[a-z].*" "--help has a line on $applet"
done

ok 'pubsub --version' pubsub --version
version=$out
wanted=$(sed -n "s/^ *version: '\([^']*\)',$/\1/p" "$cli_root/meson.build")
is "${version%%$'\n'*}" "pubsub $wanted" 'the version is that of the build'
for library in libstrophe expat libxml2 popt SQLite libev libidn; do
	like "$version" $'\n'"$library [0-9]+\.[0-9]" "--version names $library"
done

for option in --help --list --version; do
	# shellcheck disable=SC2016 # for the other shell
	exits 74 "$option on a full disk" sh -c 'exec pubsub "$1" >/dev/full' sh "$option"
	like "$err" '^pubsub: .*No space left on device$' 'says so'
done

# --- links ---

mkdir "$T/links"
ok 'pubsub --install' pubsub --install "$T/links"
is "$(ls "$T/links")" "$(pubsub --list | sort)" 'makes a link for each applet, and nothing else'
for applet in "${applets[@]}"; do
	is "$(realpath "$T/links/$applet")" "$PUBSUB_BIN" "$applet is a link to the binary"
done
ok 'once more is fine' pubsub --install "$T/links"

foreign=$T/links/${applets[-1]}
rm "$foreign"
echo mine >"$foreign"
exits 73 'a file of somebody else is not replaced' pubsub --install "$T/links"
like "$err" "^pubsub: .*'$foreign'.*exists" 'but named'
is "$(cat "$foreign")" mine 'and left as it was'
ln -sf /bin/true "$foreign"
exits 73 'nor is a link to something else' pubsub --install "$T/links"
is "$(readlink "$foreign")" /bin/true 'it is left as it was, too'
exits 73 'a folder that is not there' pubsub --install "$T/nowhere"
like "$err" 'No such file or directory' 'is named as the reason'
exits 64 '--install without a folder' pubsub --install

# --- which applet ---

for applet in "${applets[@]}"; do
	ok "$applet --help" "$applet" --help
	help=$out
	like "$help" "$applet" 'calls itself by its name'
	is "$err" '' 'and says nothing on standard error'
	ok "pubsub ${applet#pubsub-} --help" pubsub "${applet#pubsub-}" --help
	is "$out" "$help" 'is the same'
	ok "pubsub $applet --help" pubsub "$applet" --help
	is "$out" "$help" 'is the same'
	ok "$applet --usage" "$applet" --usage
	ok "$applet --version" "$applet" --version
	is "$out" "$version" 'the same versions'
	exits 64 "$applet: an unknown option" "$applet" --no-such-option
	like "$err" "^$applet: [^"$'\n'"]*--no-such-option[^"$'\n'"]*$" 'one line, which names it'
	is "$out" '' 'and nothing on standard output'
	exits 64 "$applet: an option that is misspelled" "$applet" --pasword-file=x
	like "$err" "^$applet: --pasword-file=x: unknown option; did you mean '--password-file'\? \(see " 'the nearest is named'
	for option in --connect-timeout --request-timeout --retries; do
		for value in x 1x '' -2 99999999999; do
			# shellcheck disable=SC2046 # none or two words
			exits 64 "$applet: $option '$value'" "$applet" $([[ $applet != pubsub-ctl ]] || echo nodes) "$option" "$value"
			like "$err" "^$applet: $option: '$value' is not a number from (1|-1) on " 'it says so'
		done
	done
done

ln -s "$PUBSUB_BIN" "$T/other-name"
ok 'under another name' "$T/other-name" --list
is "$out" "$(pubsub --list)" 'it is pubsub'
ok 'and knows the applets' "$T/other-name" "${applets[0]}" --help

# --- neither ---

nearest() { # TYPED MEANT
	exits 64 "pubsub $1" pubsub "$1"
	like "$err" "^pubsub: [^"$'\n'"]*'$1'[^"$'\n'"]*'$2'[^"$'\n'"]*$" "one line, which suggests $2"
	is "$out" '' 'and nothing on standard output'
}

nearest serv serve
nearest sbu sub
nearest pubb pub
nearest pubsub-pup pub
exits 64 'an unknown option' pubsub --no-such-option
like "$err" "^pubsub: [^"$'\n'"]*--no-such-option" 'is named'
exits 64 'an empty argument' pubsub ''
done_testing
