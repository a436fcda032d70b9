# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Names, as those read them who look for them: in --help, in the manual page, from completion. To be
# sourced behind lib.sh.

man=${cli_root:?}/man

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
	local page pages_found=()
	for page in "$man/$1".[1-9]; do
		[[ ! -e $page ]] || pages_found+=("$page")
	done
	printf '%s\n' "${pages_found[*]}"
}

# What bash offers where a command line ends, a line each, sorted. An interactive bash does it: only
# there are words what they are for the one who types.
completions() { # WORD...
	cat >"$T/bashrc" <<-'END'
		. "$COMPLETION"
		told() {
			_pubsub
			((!${#COMPREPLY[@]})) || printf '%s\n' "${COMPREPLY[@]}" >>"$FOUND"
			COMPREPLY=()
		}
		complete -F told "$COMMAND"
	END
	: >"$T/completions"
	printf '%s\t\x15exit\n' "$*" |
		COMPLETION=$cli_root/scripts/completion.bash FOUND=$T/completions COMMAND=${1%% *} HISTFILE='' \
			bash --noprofile --rcfile "$T/bashrc" -i >/dev/null 2>&1
	sort "$T/completions"
}
