#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The unit of the service: systemd understands it, it confines the service, and its options exist.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

source=$cli_root/scripts/pubsub-serve.service
unit=$T/pubsub-serve.service
sed "s|@bindir@|$bin|" "$source" >"$unit"

# Its command, as one line.
command_line=$(sed -n '/^ExecStart=/,/[^\\]$/p' "$unit" | sed 's/\\$//' | tr '\n\t' '  ')
like "$command_line" "^ExecStart=$bin/pubsub-serve " 'it starts the service'
options=$(grep -o -e ' --[a-z-]*' <<<"$command_line" | sort -u)
isnt "$options" '' '... with options'
for option in $options; do
	like "$(pubsub-serve --help)" " ${option}[ =]" "... $option exists"
done

# Exit codes for which it is not started again are those of the program.
codes=$(sed -n 's/^RestartPreventExitStatus=//p' "$unit")
exits 64 'a bad option ends it' pubsub-serve --nonsense
like " $codes " ' 64 ' '... and it is not started again'
exits 78 'a secret that cannot be read does' pubsub-serve --component x.example --secret-file "$T/missing"
like " $codes " ' 78 ' '... and it is not started again'

if ! command -v systemd-analyze >/dev/null; then
	skip 'systemd understands it' 'systemd-analyze is not installed'
else
	run systemd-analyze verify --man=no "$unit"
	is "$status:$out$err" 0: 'systemd understands it, and has nothing to say'
fi
if [[ $(systemd-analyze --help 2>/dev/null) != *--threshold* ]]; then
	skip 'systemd finds it safe' 'systemd-analyze is missing, or too old'
else
	# In tenths; below 20 is "OK".
	run systemd-analyze security --offline=true --threshold=20 --no-pager "$unit"
	is "$status" 0 'systemd finds it safe' || diag "${out##*$'\n'}"
fi
done_testing
