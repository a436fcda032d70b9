#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What is documented is there, and what is there is documented: manual pages and README. For
# completion see completion.sh, for what is promised names.sh.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=reading.sh
. "${0%/*}/reading.sh"

pages=("$man"/*.[1-9])

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
done_testing
