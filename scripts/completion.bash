# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Completion of pubsub and its applets. It knows neither applets nor options: it asks the program
# that is being typed, "pubsub --list" for the ones and "APPLET --help" for the others.

# Fills the caller's array "values": option -> what --help calls its value, "" for none; where it
# names the words that there are, as in "xml (default), pretty, payload or id", those. Of a list,
# "of item,retract", the words stand behind a comma.
_pubsub_options() { # COMMAND...
	local line short long value word='[a-z]+( \(default\))?'
	while IFS= read -r line; do
		[[ $line =~ ^\ {2,6}(-[^ ,=]+)(, (--[^ =]+))?([= ]([A-Z]+))? ]] || continue
		short=${BASH_REMATCH[1]} long=${BASH_REMATCH[3]} value=${BASH_REMATCH[5]}
		if [[ -n $value && $line =~ (\ \ |: )(${word}(, ${word})*,?\ or\ [a-z]+)$ ]]; then
			value=${BASH_REMATCH[2]}
			value=${value//(default)/} value=${value//,/} value=${value/ or / }
		elif [[ $value == LIST && $line =~ \ of\ ([a-z]+(,[a-z]+)+)$ ]]; then
			value=,${BASH_REMATCH[1]}
		fi
		values[$short]=$value
		[[ -z $long ]] || values[$long]=$value
	done < <("$@" --help 2>/dev/null </dev/null | # a description may go on in the lines that follow
		awk '/^          / { sub(/^ +/, " "); line = line $0; next } { print line; line = $0 } END { print line }')
}

# The next word of a list.
_pubsub_list() { # WORDS WORD
	local before='' word
	[[ $2 != *,* ]] || before=${2%,*},
	for word in ${1//,/ }; do
		[[ ,$before == *,$word,* ]] || compgen -W "$before$word" -- "$2"
	done
}

_pubsub_value() { # NAME|WORDS WORD
	case $1 in
	[a-z]*) compgen -W "$1" -- "$2" ;;
	,*) _pubsub_list "$1" "$2" ;;
	FILE | WHERE) compgen -f -- "$2" ;;
	DIR) compgen -d -- "$2" ;;
	CMD) compgen -c -- "$2" ;;
	HOST) compgen -A hostname -- "$2" ;;
	esac
}

# The profiles of the configuration: of the file that the command line names, else of the usual ones.
_pubsub_profiles() { # WORD
	local i files=(/etc/pubsub/config "${XDG_CONFIG_HOME:-$HOME/.config}/pubsub/config")
	for ((i = 1; i < ${#words[@]} - 1; i++)); do
		case ${words[i]} in
		-c | --config) files=("${words[i + 1]/#\~\//$HOME/}") ;;
		--config=*) files=("${words[i]#*=}") ;;
		esac
	done
	compgen -W "$(sed -n 's/^[[:blank:]]*\[\([^]]*\)\].*/\1/p' "${files[@]}" 2>/dev/null)" -- "$1"
}

# The verbs of pubsub-ctl: what stands under "Verbs:", a line each.
_pubsub_verbs() { # COMMAND...
	"$@" --help 2>/dev/null </dev/null | sed -n '/^Verbs:/,/^$/s/^  \([a-z].*\)/\1/p'
}

# The options typed so far, with their values, that pubsub-ctl has: they lead to the service.
_pubsub_typed() { # FIRST
	local i option
	local -A takes=()
	for option in "${!values[@]}"; do
		takes[$option]=${values[$option]}
	done
	local -A values=()
	_pubsub_options "${ctl[@]}"
	for ((i = $1; i < ${#words[@]} - 1; i++)); do
		option=${words[i]%%=*}
		[[ $option == -* ]] || continue
		[[ -z ${values[$option]+x} ]] || options+=("${words[i]}")
		[[ -n ${takes[$option]-} && $option == "${words[i]}" ]] || continue
		((++i))
		[[ -z ${values[$option]+x} ]] || options+=("${words[i]/#\~\//$HOME/}")
	done
}

# The nodes of the service, where it answers at once; nobody is asked for a password.
_pubsub_nodes() { # WORD
	local node first=1
	local -a options=() ctl=("${command[0]/%pubsub-[ps]ub/pubsub-ctl}")
	if ((${#command[@]} > 1)); then
		first=2 ctl+=(ctl)
	fi
	_pubsub_typed "$first"
	while IFS= read -r node; do
		# Those that the shell takes for several words are left out.
		[[ $node != "$1"* || $node == *[\<\>\;\|\&\(\)\'\"[:blank:]]* ]] || COMPREPLY+=("$node")
	done < <(setsid --wait timeout 3 "${ctl[@]}" -q "${options[@]}" nodes 2>/dev/null </dev/null | cut -f1)
}

# A verb, or the node behind it. Fails where something else is wanted.
_pubsub_ctl() { # WORD COMMAND...
	local word=$1 i=1 verb=''
	shift
	((${#command[@]} == 1)) || i=2
	for (( ; i < ${#words[@]} - 1; i++)); do
		if [[ ${words[i]} == -* ]]; then
			[[ -z ${values[${words[i]}]-} ]] || ((i++))
		elif [[ -z $verb ]]; then
			verb=${words[i]}
		else
			return 1
		fi
	done
	if [[ -z $verb ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_pubsub_verbs "$@" | sed 's/ .*//')" -- "$word")
		return
	fi
	_pubsub_verbs "$@" | grep -qE "^$verb \[?NODE" || return
	_pubsub_nodes "$word"
}

# bash makes several words of what has one of COMP_WORDBREAKS in it, as JIDs, ports and "--tls=none"
# have. Fills the caller's array "words" with those of the command line.
_pubsub_words() {
	local i rest=$COMP_LINE
	for ((i = 0; i <= COMP_CWORD; i++)); do
		if ((i == 0)) || [[ $rest == [[:blank:]]* ]]; then
			words+=('')
		fi
		rest=${rest#"${rest%%[![:blank:]]*}"}
		rest=${rest#"${COMP_WORDS[i]}"}
		words[-1]+=${COMP_WORDS[i]}
	done
}

# Into COMPREPLY what "word" may become, where "before" stands before it.
_pubsub_reply() {
	local applets
	if [[ ${program##*/} == pubsub && ${#words[@]} -gt 2 && ${words[1]} != -* ]]; then
		command+=("${words[1]}")
	elif [[ ${program##*/} == pubsub && ${#words[@]} -eq 2 && $word != -* ]]; then
		applets=$("$program" --list 2>/dev/null)
		mapfile -t COMPREPLY < <(compgen -W "${applets//pubsub-/}" -- "$word")
		return
	fi
	_pubsub_options "${command[@]}"
	if [[ $before == --profile ]]; then
		mapfile -t COMPREPLY < <(_pubsub_profiles "$word")
		return
	elif [[ ${values[$before]-} == NODE && ${command[*]##*/} != *serve ]]; then
		_pubsub_nodes "$word"
		return
	elif [[ -n ${values[$before]-} ]]; then
		mapfile -t COMPREPLY < <(_pubsub_value "${values[$before]}" "$word")
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "${!values[*]}" -- "$word")
		return
	elif [[ ${command[*]##*/} =~ (^| )(pubsub-)?ctl$ ]] && _pubsub_ctl "$word" "${command[@]}"; then
		return
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
	# Only a shell that is completing has it: it appends "/" to folders and quotes blanks.
	compopt -o filenames 2>/dev/null || :
}

_pubsub() {
	local program=${COMP_WORDS[0]/#\~\//$HOME/} word before piece=${COMP_WORDS[COMP_CWORD]}
	local -a command=("$program") words=()
	local -A values=()

	COMPREPLY=()
	_pubsub_words
	word=${words[-1]} before=${words[-2]}
	if [[ $word == --*=* ]]; then
		before=${word%%=*} word=${word#*=}
	fi
	_pubsub_reply
	# Only behind the last break bash puts in what is found.
	[[ $piece != ["$COMP_WORDBREAKS"] ]] || piece=
	piece=${word%"$piece"}
	COMPREPLY=("${COMPREPLY[@]#"$piece"}")
}

# shellcheck disable=SC2046 # one word for each applet
complete -F _pubsub pubsub $(pubsub --list 2>/dev/null)
