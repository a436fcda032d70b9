# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Completion of pubsub and its applets. It knows neither applets nor options: it asks the program
# that is being typed, "pubsub --list" for the ones and "APPLET --help" for the others.

# Fills the caller's array "values": option -> what --help calls its value, "" for none.
_pubsub_options() { # COMMAND...
	local line
	while IFS= read -r line; do
		[[ $line =~ ^\ {2,6}(-[^ ,=]+)(, (--[^ =]+))?([= ]([A-Z]+))? ]] || continue
		values[${BASH_REMATCH[1]}]=${BASH_REMATCH[5]}
		[[ -z ${BASH_REMATCH[3]} ]] || values[${BASH_REMATCH[3]}]=${BASH_REMATCH[5]}
	done < <("$@" --help 2>/dev/null </dev/null)
}

_pubsub_value() { # NAME WORD
	case $1 in
	FILE | WHERE) compgen -f -- "$2" ;;
	DIR) compgen -d -- "$2" ;;
	CMD) compgen -c -- "$2" ;;
	HOST) compgen -A hostname -- "$2" ;;
	esac
}

_pubsub() {
	local program=${COMP_WORDS[0]/#\~\//$HOME/} word=${COMP_WORDS[COMP_CWORD]}
	local before=${COMP_WORDS[COMP_CWORD - 1]} applets
	local -a command=("$program")
	local -A values=()

	COMPREPLY=()
	if [[ ${program##*/} == pubsub && $COMP_CWORD -gt 1 && ${COMP_WORDS[1]} != -* ]]; then
		command+=("${COMP_WORDS[1]}")
	elif [[ ${program##*/} == pubsub && $COMP_CWORD -eq 1 && $word != -* ]]; then
		applets=$("$program" --list 2>/dev/null)
		mapfile -t COMPREPLY < <(compgen -W "${applets//pubsub-/}" -- "$word")
		return
	fi
	_pubsub_options "${command[@]}"

	# "--tls=direct" comes as three words.
	if [[ $word == = ]]; then
		word=
	elif [[ $before == = ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if [[ -n ${values[$before]-} ]]; then
		mapfile -t COMPREPLY < <(_pubsub_value "${values[$before]}" "$word")
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "${!values[*]}" -- "$word")
		return
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
	# Only a shell that is completing has it: it appends "/" to folders and quotes blanks.
	compopt -o filenames 2>/dev/null || :
}

# shellcheck disable=SC2046 # one word for each applet
complete -F _pubsub pubsub $(pubsub --list 2>/dev/null)
