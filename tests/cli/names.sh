#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The names that users rely on (names.tsv) are there, wherever they are looked for: the program takes
# them, --help, manual page and completion have them. And none is there that the table lacks.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=reading.sh
. "${0%/*}/reading.sh"
command -v mandoc >/dev/null || skip_all 'mandoc is not installed'

# The names of a kind, a line each, sorted.
names() { # KIND OWNER...
	local kind=$1 owner
	shift
	for owner; do
		awk -F '\t' -v kind="$kind" -v owner="$owner" '!/^#/ && $2 == kind && $3 == owner { print $4 }' \
			"${0%/*}/names.tsv"
	done | sort
}

# "-n, --node NODE" -> "-n" and "--node".
spellings() { grep -oE '^-[^- ,]|--[a-z-]+'; }

same() { # GOT WANTED NAME
	is "$(diff <(cat <<<"$2") <(cat <<<"$1"))" '' "$3"
}

zsh_offers=$T/zsh-offers
if command -v zsh >/dev/null; then
	mkdir "$T/functions"
	cp "$cli_root/scripts/completion.zsh" "$T/functions/_pubsub"
	{
		printf '%s -\n' pubsub "${applets[@]}"
		echo 'pubsub-ctl '
		while read -r option _; do
			printf '%s %s \n' pubsub-sub "$option" pubsub-serve "$option"
		done < <(names values '*' "${applets[@]}")
	} | "$cli_root/tests/cli/complete.zsh" "$T/functions" >"$zsh_offers"
fi
in_zsh() { # LINE
	awk -F '\t' -v line="$1" '$1 == line { print $2 }' "$zsh_offers" | tr ' ' '\n' | sed 's/^\\//; s/^-\\/-/' | sort
}
check_zsh() { # LINE WANTED NAME
	if [[ -e $zsh_offers ]]; then
		same "$(in_zsh "$1")" "$2" "$3"
	else
		skip "$3" 'zsh is not installed'
	fi
}

# --- options ---

# An option is taken, with its value, if what is wrong is the one that follows; and it is not taken without.
check_taken() { # APPLET OPTION
	local option value problem=
	value=$(sed -n 's/.* \([^-].*\)$/\1/p' <<<"$2")
	for option in $(spellings <<<"$2"); do
		[[ $option != --help && $option != -\? && $option != --usage && $option != --version ]] || continue
		run "$1" "$option" ${value:+x} --no-such-option
		[[ $status == 64 && $err == *--no-such-option* ]] || problem+="$option: $status $err"$'\n'
		[[ -n $value ]] || continue
		run "$1" "$option"
		[[ $status == 64 && $err == *"$option"*argument* ]] || problem+="$option without a value: $status $err"$'\n'
	done
	is "$problem" '' "$1 takes $2"
}

for applet in "${applets[@]}"; do
	promised=$(names option '*' "$applet")
	same "$(help_options "$applet")" "$promised" "$applet: the options of --help"
	same "$(page_options "$(page_of "$applet")")" "$promised" "$applet: the options of the manual page"
	same "$(completions "$applet" -)" "$(spellings <<<"$promised" | sort)" "$applet: the options in bash"
	check_zsh "$applet -" "$(spellings <<<"$promised" | sort)" "$applet: the options in zsh"
	while read -r option; do
		check_taken "$applet" "$option"
	done <<<"$promised"
done
promised=$(names option pubsub)
same "$(help_options pubsub)" "$promised" 'pubsub: the options of --help'
same "$(completions pubsub -)" "$(spellings <<<"$promised" | sort)" 'pubsub: the options in bash'
check_zsh 'pubsub -' "$(spellings <<<"$promised" | sort)" 'pubsub: the options in zsh'

# --- verbs ---

verbs=$(names verb pubsub-ctl)
bare=$(cut -d ' ' -f 1 <<<"$verbs")
same "$(pubsub-ctl --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z]*\) .*/\1/p' | sort)" "$bare" 'the verbs of --help'
same "$(completions pubsub-ctl '')" "$bare" 'the verbs in bash'
check_zsh 'pubsub-ctl ' "$bare" 'the verbs in zsh'
entries=$(rendered "$man/pubsub-ctl.1" | section VERBS)
same "$(sed -n 's/^     \([a-z]\+\)\( .*\)\?$/\1/p' <<<"$entries" | sort -u)" "$bare" \
	'the verbs of the manual page'
while read -r verb; do
	name=${verb%% *}
	help=$(pubsub-ctl "$name" --help)
	is "${help%%$'\n'*}" "Usage: pubsub-ctl [OPTION...] $verb" "$name: its arguments"
	same "$(sed -n 's/^  \(--[^ ]*\).*/\1/p' <<<"$help" | sed 's/=/ /' | sort)" "$(names option "pubsub-ctl $name")" \
		"$name: its options"
	entry=$(grep -E "^     $name( |\$)" <<<"$entries")
	missing=
	for word in $(tr -c 'A-Za-z-' ' ' <<<"${verb#"$name"} $(names option "pubsub-ctl $name")"); do
		[[ $entry == *"$word"* ]] || missing+=" $word"
	done
	is "$missing" '' "$name: the manual page has arguments and options"
done <<<"$verbs"

# --- words, variables, codes ---

with_value() { # APPLET OPTION VALUE
	case $1 in
	pubsub-serve) pubsub-serve -j me@localhost/x --store memory: --retries 0 -H "$dead" "$2" "$3" ;;
	*) "$1" -j me@localhost -s p -n a -1 -H "$dead" "$2" "$3" ;;
	esac
}
export PUBSUB_PASSWORD=secret
for owner in '*' "${applets[@]}"; do
	applet=${owner/\*/pubsub-sub}
	page=$(rendered "$(page_of "$applet")" | section OPTIONS)
	while read -r option words; do
		[[ -n $option ]] || continue
		same "$(completions "$applet" "$option" '')" "$(tr ' ' '\n' <<<"$words" | sort)" "$option: the words in bash"
		check_zsh "$applet $option " "$(tr ' ' '\n' <<<"$words" | sort)" "$option: the words in zsh"
		for word in $words; do
			exits 69 "$applet takes $option $word" with_value "$applet" "$option" "$word"
			like "$page" "[^a-z]${word}[^a-z]" '... and the manual page has it'
		done
	done < <(names values "$owner")
	while read -r name; do
		[[ -n $name ]] || continue
		like "$(cat "$man/pubsub.1" "$(page_of "$applet")")" ".It Ev $name"$'\n' "the manual has $name"
		ok '... and the program' grep -qaF "$name" "$PUBSUB_BIN"
	done < <(names variable "$owner")
done
same "$(rendered "$man/pubsub.1" | section 'EXIT STATUS' | sed -nE 's/^     ([1-9][0-9]*) .*/\1/p')" \
	"$(names exit '*' | sort -n | sed 's/ .*//')" 'the exit codes of pubsub(1)'

is "$(cut -s -f 1,2 "${0%/*}/names.tsv" | grep -vE $'^#|^(promised|added)\t(option|verb|values|variable|exit)$')" '' \
	'nothing in the table is left out here'
done_testing
