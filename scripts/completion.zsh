#compdef pubsub -p pubsub-*
# SPDX-License-Identifier: MIT
#
# Completion of pubsub and its applets, for zsh. It knows neither applets nor options: like the one
# for bash it asks the program that is being typed, "pubsub" for the ones and "APPLET --help" for the
# others; nodes it asks the service for.

# An option of --help on one line each, "-n, --node NODE   follow NODE; repeatable", into "lines".
_pubsub_lines() { # COMMAND...
	local line
	lines=()
	for line in ${(f)"$("$@" --help 2>/dev/null </dev/null)"}; do
		if [[ $line == (#b)'  '' '#(-*) ]]; then
			lines+=("$match[1]")
		elif [[ $line == (#b)'          '' '#([^' ']*) && $#lines -gt 0 ]]; then
			lines[-1]+=" $match[1]"
		fi
	done
}

# What completes a value: NAME is what --help calls it, HELP what it says of it.
_pubsub_action() { # OPTION NAME HELP
	local -a words
	REPLY=' '
	# "starttls (default), direct, or none" are words to choose from; "of a,b,c" makes a list.
	if [[ $3 == (#b)(|*': ')([a-z]##(' (default)'|)(', '[a-z]##(' (default)'|))#(','|)' or '[a-z]##) ]]; then
		words=(${=${match[2]//(\(default\)|,)/ }})
		words=(${words:#or})
		REPLY="($words)"
	elif [[ $2 == LIST && $3 == *' of '(#b)([a-z]##(','[a-z]##)##) ]]; then
		REPLY="_sequence compadd - ${match[1]//,/ }"
	else
		case $1:$2 in
		--profile:*) REPLY='_pubsub_profiles' ;;
		*:(FILE|WHERE)) REPLY='_files' ;;
		*:DIR) REPLY='_files -/' ;;
		*:CMD) REPLY='_cmdstring' ;;
		*:HOST*) REPLY='_hosts' ;;
		--node:*) [[ $command[-1] == *serve ]] || REPLY='_pubsub_nodes' ;;
		esac
	fi
}

# The options of a command as _arguments wants them, into "specs"; "takes": those with a value.
_pubsub_specs() { # COMMAND...
	local line short long value help name REPLY
	local -a lines
	specs=()
	_pubsub_lines "$@"
	for line in $lines; do
		[[ $line == (#b)(-[^-, ]|)(', '|)(--[a-z0-9-]##|)([= ]([A-Z][^ ]#)|)(' '##(*)|) ]] || continue
		short=$match[1] long=$match[3] value=$match[5] help=$match[7]
		name=${long:-$short}
		local -a spellings=($short $long)
		if [[ -n $value ]]; then
			_pubsub_action $name $value $help
			value=":${value//:/\\:}:$REPLY"
			for line in $spellings; do
				takes[$line]=1
			done
			spellings=(${short:+$short+} ${long:+$long=})
		fi
		help=${${help//\[/\\[}//\]/\\]}
		if [[ $help == *(repeatable|'(again:'*) ]]; then
			for line in $spellings; do
				specs+=("*$line""[$help]$value")
			done
		else
			for line in $spellings; do
				specs+=("($short $long)$line""[$help]$value")
			done
		fi
	done
}

# The profiles of the configuration: of the file that the command line names, else of the usual ones.
_pubsub_profiles() {
	local file=${opt_args[-c]:-${opt_args[--config]}}
	local -a files=(/etc/pubsub/config ${XDG_CONFIG_HOME:-$HOME/.config}/pubsub/config) names
	[[ -z $file ]] || files=(${${(Q)file}/#\~\//$HOME/})
	names=(${(f)"$(sed -n 's/^[[:blank:]]*\[\([^]]*\)\].*/\1/p' $files 2>/dev/null)"})
	_wanted profiles expl profile compadd -a names
}

# The nodes of the service, where it answers at once; nobody is asked for a password. The options
# that lead there are those typed so far that pubsub-ctl has, too.
_pubsub_nodes() {
	local option line
	local -a lines options nodes ctl
	if [[ ${command[1]:t} == pubsub ]]; then
		ctl=($command[1] ctl)
	else
		ctl=(${command[1]/%pubsub-(sub|pub|serve)/pubsub-ctl})
	fi
	_pubsub_lines $ctl
	for option in ${(k)opt_args}; do
		[[ -n ${(M)lines:#(|*, )$option([= ,]*|)} ]] || continue
		options+=($option)
		[[ -z $takes[$option] ]] || options+=(${${(Q)opt_args[$option]}/#\~\//$HOME/})
	done
	for line in ${(f)"$(setsid --wait timeout 3 $ctl -q $options nodes 2>/dev/null </dev/null)"}; do
		nodes+=("${line%%$'\t'*}")
	done
	_wanted nodes expl node compadd -a nodes
}

# "NAME ARGUMENTS   HELP" of a list in --help, as _describe wants it.
_pubsub_describe() { # TAG TEXT
	local entry
	local -a entries
	for entry in ${(f)2}; do
		[[ $entry != (#b)'  '([a-z][a-z-]#)' '(*) ]] || entries+=("$match[1]:${${match[2]##*  }## }")
	done
	_describe -t $1 $1 entries
}

_pubsub_applets() {
	_pubsub_describe applet "$($command --help 2>/dev/null </dev/null)"
}

_pubsub_verbs() {
	_pubsub_describe verb "${${"$($command --help 2>/dev/null </dev/null)"#*Verbs:}%%$'\n\n'*}"
}

# What stands behind a verb: $line[1], its first argument is $line[2].
_pubsub_ctl() {
	local text=${${"$($command --help 2>/dev/null </dev/null)"#*Verbs:}%%$'\n\n'*}
	local usage=${${(M)${(f)text}:#  $line[1] *}%%   *} place
	local -a places
	[[ -n $usage ]] || return
	places=(${=${usage#  $line[1]}%%  *})
	# The word that is being typed is one of $line, too.
	place=$places[$#line-1]
	case $place in
	(NODE|\[NODE\]|NODE[.\|]*) _pubsub_nodes ;;
	FILE) _files ;;
	DIR) _files -/ ;;
	*)
		[[ ${places[-1]} != NODE...* ]] || { _pubsub_nodes; return }
		_message argument
		;;
	esac
}

_pubsub() {
	local context state state_descr expl ret=1
	local -a command line specs
	local -A opt_args takes
	setopt local_options extended_glob

	# The applets are a pattern; behind one zsh would go on to the completion of any command.
	_compskip=all
	command=(${words[1]/#\~\//$HOME/})
	if [[ ${command:t} == pubsub ]]; then
		if ((CURRENT > 2)) && [[ $words[2] != -* ]]; then
			command+=($words[2])
			shift words
			((CURRENT--))
		else
			_pubsub_specs $command
			_arguments -s -C $specs '1:applet:_pubsub_applets'
			return
		fi
	fi
	_pubsub_specs $command
	case ${command[-1]:t} in
	(|pubsub-)ctl) specs+=('1:verb:_pubsub_verbs' '*:argument:_pubsub_ctl') ;;
	(|pubsub-)pub) specs+=('*:file:_files') ;;
	esac
	_arguments -s -C $specs
}

_pubsub "$@"
