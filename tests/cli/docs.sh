#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What is documented is there, and what is there is documented: manual pages, README, completion.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

man=$cli_root/man
pages=("$man"/*.[1-9])

# --- reading ---

# The options that --help tells of, as "-n, --node NODE", sorted.
help_options() { # APPLET
	"$1" --help | sed -n 's/^ \{2,6\}\(-[^ ].*\)/\1/p' | sed 's/   *.*//; s/^\(\(-., \)\?[^= ]*\)=/\1 /' | sort
}

# The page as it is read, without formatting.
rendered() { # FILE
	mandoc -Tascii -Owidth=400 "$1" | sed 's/.\x08//g'
}

section() { # NAME; of standard input
	awk -v name="$1" '/^[^ ]/ { inside = ($0 == name); next } inside'
}

# The same from the manual page: the tags of the lists in OPTIONS.
page_options() { # FILE
	rendered "$1" | section OPTIONS | sed -n 's/^     \(-[^ ].*\)/\1/p' | sed 's/   *.*//' | sort
}

page_of() { # APPLET
	local page found=()
	for page in "$man/$1".[1-9]; do
		[[ ! -e $page ]] || found+=("$page")
	done
	printf '%s\n' "${found[*]}"
}

# --- each applet ---

# Exit codes: the list of pubsub(1) is the whole list.
codes() { # FILE
	rendered "$1" | section 'EXIT STATUS' | sed -nE 's/^     ([0-9]+(\+n)?) .*/\1/p' | grep -v '^0$' | sort
}

connection=
check_applet() { # APPLET
	local page
	page=$(page_of "$1")
	exits 0 "$1 has one page" test -f "$page" || return
	is "$(comm -23 <(help_options "$1") <(page_options "$page"))" '' "$1: what --help has is in the page"
	is "$(comm -13 <(help_options "$1") <(page_options "$page"))" '' "$1: what the page has is in --help"
	isnt "$(rendered "$page" | section EXAMPLES)" '' "$1: the page has EXAMPLES"
	isnt "$(rendered "$page" | section 'EXIT STATUS')" '' "$1: the page has EXIT STATUS"
	is "$(comm -23 <(codes "$page") <(codes "$man/pubsub.1"))" '' "$1: its exit codes are those of pubsub(1)"
	like "$(rendered "$man/pubsub.1" | section DESCRIPTION)" "$1\(${page##*.}\)" "$1: pubsub(1) names the page"
	# These options are one table in the program, and one text in the pages.
	: "${connection:=$(connection_options "$page")}"
	isnt "$connection" '' "$1: the page has the connection options"
	is "$(connection_options "$page")" "$connection" "$1: they are described as in the other pages"
}

connection_options() { # FILE
	sed -n '/^\.Ss Connection options$/,/^\.El$/p' "$1"
}

# --- examples ---

# Commands of an indented text, as a script: what follows "$ ", with its continuations and the rest
# of a here-document.
commands() {
	awk '
		here != "" { sub(/^ */, ""); print; if ($0 == here) here = ""; next }
		!more && !sub(/^ *\$ /, "") { next }
		{ print; more = /[|\\]$/ }
		match($0, /<<[A-Z]+/) { here = substr($0, RSTART + 2, RLENGTH - 2) }'
}

# Every option that an example gives to an applet is one that the applet has.
unknown_options() { # of standard input
	local applet rest word
	sed -E ':join; /\\$/ { N; s/\\\n//; b join }' | grep -oE 'pubsub-[a-z]+ +[^|&<>;]*' |
		while read -r applet rest; do
			[[ " ${applets[*]} " == *" $applet "* ]] || continue
			rest=$(sed -E "s/'[^']*'//g; s/\"[^\"]*\"//g" <<<"$rest")
			for word in $rest; do
				[[ $word == -* && $word != - ]] || continue
				help_options "$applet" | sed 's/,//; s/ [A-Z].*//' | tr ' ' '\n' | grep -qxF -e "${word%%=*}" ||
					printf '%s %s\n' "$applet" "$word"
			done
		done
}

check_examples() { # NAME TEXT
	local found
	found=$(commands <<<"$2")
	isnt "$found" '' "$1: there are commands in it"
	ok "$1: a shell understands them" bash -n -c "$found"
	is "$(unknown_options <<<"$2")" '' "$1: their options exist"
}

# The configurations among the examples of a page, as files in a folder: 1, 2, ...
configurations() { # PAGE FOLDER
	awk -v folder="$2" '
		/^\.Sh / { inside = /EXAMPLES/ }
		/^\.Ed/ { file = "" }
		file != "" && (!begun++ ? /^[a-z.-]+ = / : !skip) { print >file; next }
		file != "" { skip = 1 }
		inside && /^\.Bd/ { file = folder "/" ++n; begun = skip = 0 }' "$1"
}

# What the page has as configuration is one for every applet.
check_configurations() {
	local file applet profile n=0
	mkdir "$T/conf"
	configurations "$man/pubsub.conf.5" "$T/conf"
	for file in "$T"/conf/*; do
		for applet in "${applets[@]}"; do
			for profile in '' $(sed -n 's/^\[\(.*\)\]$/\1/p' "$file"); do
				((++n))
				# With a bad option there is nothing but the check of the configuration.
				exits 64 "pubsub.conf.5: $applet takes ${file##*/}${profile:+, profile $profile}" env \
					PUBSUB_JID=@bad PUBSUB_SERVICE=bad/ "$applet" -c "$file" ${profile:+--profile "$profile"} \
					-j @bad -q
			done
		done
	done
	ok 'pubsub.conf.5: there are configurations in it' test "$n" -gt "${#applets[@]}"
}

# --- README ---

# The recipes for a shell (tests/e2e/74-recipes.sh runs them), as files in a folder.
recipes() { # FOLDER
	awk -v folder="$1" '
		/^```/ { if (name != "") printf "%s", text >(folder "/" name); inside = !inside; text = name = ""; next }
		inside { text = text $0 "\n" }
		/^# recipe: / && inside && !/cron$/ { name = $3 }' "$cli_root/README.md"
}

check_recipes() {
	local file
	mkdir "$T/recipes"
	recipes "$T/recipes"
	ok 'README.md has recipes' test -s "$T/recipes/log"
	command -v shellcheck >/dev/null || return 0
	for file in "$T/recipes"/*; do
		# What is in single quotes is for another shell.
		ok "README.md: shellcheck has nothing to say to ${file##*/}" shellcheck -s bash -e SC2016 "$file"
	done
}

check_readme() {
	local readme=$cli_root/README.md path missing=
	# shellcheck disable=SC2016 # those are quotes of Markdown
	check_examples README.md "$(sed -n '/^```/,/^```/p' "$readme")"
	for path in scripts/quickstart scripts/test; do
		like "$(<"$readme")" "(^|[^a-z])$path" "README.md tells of $path"
		ok "which can be run" test -x "$cli_root/$path"
	done
	check_recipes
	while read -r path; do
		[[ -e $cli_root/$path ]] || missing+=" $path"
	done < <(grep -oP '(?<![\w/.])(scripts|cmd|common|man|tests)/[\w./-]*[\w/]' "$readme" | sort -u)
	is "$missing" '' 'README.md: the files that it names exist'
}

# --- completion ---

# What is offered for a command line, a line each, sorted; the last word is the one being typed.
completions() { # WORD...
	bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pubsub "$1"; printf "%s\n" "${COMPREPLY[@]}"' \
		"$cli_root/scripts/completion.bash" "$@" | sort
}

check_completion() {
	local applet
	is "$(completions pubsub '')" "$(printf '%s\n' "${applets[@]#pubsub-}" | sort)" 'completion: the applets'
	is "$(completions pubsub --ins)" --install 'completion: options of pubsub itself'
	for applet in "${applets[@]}"; do
		is "$(completions "$applet" --)" "$(help_options "$applet" | grep -o -e '--[a-z-]*' | sort)" \
			"completion: the long options of $applet"
		is "$(completions pubsub "${applet#pubsub-}" --)" "$(completions "$applet" --)" \
			"completion: the same for pubsub ${applet#pubsub-}"
	done
	mkdir "$T/ca"
	touch "$T/ca/ca.pem"
	is "$(completions "${applets[0]}" --ca-file "$T/ca/")" "$T/ca/ca.pem" 'completion: the name of a file'
	is "$(completions "${applets[0]}" --ca-file = "$T/ca/")" "$T/ca/ca.pem" 'completion: behind an equals sign, too'
	is "$(completions pubsub-sub --tls '' | xargs)" 'direct none starttls' 'completion: the words that --tls knows'
	is "$(completions pubsub-sub -f p | xargs)" 'payload pretty' 'completion: the words of --format that begin so'
	is "$(completions pubsub-sub --color = '' | xargs)" 'always auto never' 'completion: the words of --color'
	printf 'jid = a@b\n[work]\n[home]\n  [web]\n' >"$T/ca/config"
	is "$(completions pubsub-sub -c "$T/ca/config" --profile w | xargs)" 'web work' 'completion: the profiles of a file'
	mkdir -p "$XDG_CONFIG_HOME/pubsub"
	cp "$T/ca/config" "$XDG_CONFIG_HOME/pubsub/config"
	is "$(completions pubsub-sub --profile '' | xargs)" 'home web work' "completion: the profiles of the user's own file"
	rm "$XDG_CONFIG_HOME/pubsub/config" "$T/ca/config"
	is "$(completions pubsub-sub --config "$T/ca/")" "$T/ca/ca.pem" 'completion: a file for --config'
	is "$(completions "${applets[0]}" --jid "$T/ca/")" '' 'completion: no file where a JID is wanted'
	is "$(bash -c '. "$0"; complete -p "$@"' "$cli_root/scripts/completion.bash" pubsub "${applets[@]}" | sort -u | wc -l)" \
		"$((${#applets[@]} + 1))" 'completion: it is there for every applet'
}

# --- ---

command -v mandoc >/dev/null || skip_all 'mandoc is not installed'

for applet in "${applets[@]}"; do
	check_applet "$applet"
done
is "$(comm -3 <(help_options pubsub) <(page_options "$man/pubsub.1"))" '' 'pubsub: page and --help have the same options'

for page in "${pages[@]}"; do
	name=${page##*/}
	# In their folder pages find each other.
	ok "$name: mandoc has nothing to say" env -C "$man" mandoc -Tlint "$name"
	[[ $name == *.[57] ]] || like "$(rendered "$page")" $'\n''EXIT STATUS'$'\n' "$name has EXIT STATUS"
	check_examples "$name" "$(rendered "$page" | section EXAMPLES)"
	like "$(<"$man/meson.build")" "'$name'" "$name is installed"
done

check_configurations
check_readme
check_completion
done_testing
