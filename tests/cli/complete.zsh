#!/usr/bin/env zsh
# SPDX-License-Identifier: MIT
#
# What zsh offers where a command line ends, for each line of standard input: "LINE<TAB>WORD WORD...",
# the words sorted. It runs an interactive zsh on a terminal of its own and presses the key there.
#
# usage: complete.zsh FOLDER-OF-THE-FUNCTION <LINES
zmodload zsh/zpty zsh/system || exit 1

folder=$(mktemp -d) || exit 1
trap 'rm -rf $folder' EXIT
mkfifo $folder/found
exec {found}<>$folder/found

cat >$folder/setup <<'END'
PROMPT= RPROMPT=
fpath=($COMPLETION $fpath)
autoload -Uz compinit
compinit -u -D
bindkey -e
bindkey '^M' undefined-key
bindkey '^J' undefined-key
zstyle ':completion:*' insert-tab false
unsetopt auto_list
complete-and-tell() {
	zle complete-word
	print -r -- @end >$FOUND
}
zle -N complete-and-tell
bindkey '^I' complete-and-tell
# What would be offered goes to the script; the builtin finds out what matches the word.
compadd() {
	local -a hits
	if [[ ${@[1,(i)(-|--)]} == *' '#-(O|A|D)* ]]; then
		builtin compadd "$@"
		return
	fi
	builtin compadd -A hits "$@"
	((!$#hits)) || print -rl -- $hits >$FOUND
	builtin compadd "$@"
}
print -r -- @ready >$FOUND
END

answer() { # into $lines, until MARK
	local line
	lines=()
	while sysread_line; do
		[[ $line != $1 ]] || return 0
		lines+=("$line")
	done
	return 1
}
sysread_line() { IFS= read -r -t ${E2E_PATIENCE:-30} -u $found line }

# What the shell writes to its terminal is of no use, but has to go somewhere.
drain() { local junk; while zpty -rt zsh junk; do :; done }

export FOUND=$folder/found COMPLETION=$1
zpty zsh zsh -f -i
zpty -w zsh "source $folder/setup"
answer @ready || { print -u2 'zsh does not start'; exit 1 }
while IFS= read -r query; do
	drain
	zpty -wn zsh $'\C-a\C-k'"$query"$'\t'
	answer @end || { print -u2 "no answer for: $query"; exit 1 }
	print -r -- "$query"$'\t'"${(j: :)${(@ou)lines}}"
done
zpty -d zsh
