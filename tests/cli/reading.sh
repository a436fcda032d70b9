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
	local page found=()
	for page in "$man/$1".[1-9]; do
		[[ ! -e $page ]] || found+=("$page")
	done
	printf '%s\n' "${found[*]}"
}

# What is offered for a command line, a line each, sorted; the last word is the one being typed.
completions() { # WORD...
	bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pubsub "$1"; printf "%s\n" "${COMPREPLY[@]}"' \
		"$cli_root/scripts/completion.bash" "$@" | sort
}
