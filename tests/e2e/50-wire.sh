#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The protocol on the wire, row by row of the requirements: plays the scripts in tests/wire, all of
# them or those in $E2E_WIRE ("discover" or "subscribe owner-*"). tests/README.md tells their format.
. "${0%/*}/lib.sh"

wire=$e2e_root/tests/wire
arguments=(--service "$PUBSUB_SERVICE" --mode "$E2E_MODE" --suffix "$suffix" --folder "$T"
	--server-script "$e2e_root/scripts/server"
	--results "${WIRE_RESULTS-$e2e_root/build/wire-results.tsv}")
command=(/usr/bin/python3 "$wire/play.py")
service=()

case $E2E_SERVICE:$E2E_MODE in
reference:*)
	arguments+=(--run "$E2E_SERVER/reference" --known "$E2E_SERVER"
		--admin "$XMPP_ADMIN=$XMPP_ADMIN_PASSWORD")
	;;
ours:component)
	arguments+=(--run "$E2E_SERVER/component")
	printf '%s\n' "$XMPP_COMPONENT_SECRET" >"$T/secret"
	chmod 600 "$T/secret"
	service=("$e2e_bin/pubsub-serve" -H "127.0.0.1:$XMPP_COMPONENT_PORT" --component "$XMPP_COMPONENT"
		--secret-file "$T/secret")
	;;
ours:account)
	arguments+=(--run "$E2E_SERVER/account")
	service=("$e2e_bin/pubsub-serve" -H "127.0.0.1:$XMPP_PORT" --ca-file "$XMPP_CA")
	;;
esac

declare -A tried=() # our cases on the reference service, by how they went
files=()
read -ra patterns <<<"${E2E_WIRE:-*}"
for pattern in "${patterns[@]}"; do
	for file in "$wire"/${pattern%.wire}.wire; do
		[[ -e $file ]] || bail_out "no script '$file'"
		files+=("$file")
	done
done

while IFS=$'\t' read -r verdict name why; do
	case $verdict in
	ok) pass "$name" ;;
	known) skip "$name" "$E2E_SERVER: $why" ;;
	like | unlike | 'not played')
		tried[$verdict]=$((${tried[$verdict]-0} + 1))
		[[ $verdict == like || ! ${WIRE_TRIED-} ]] || diag "$verdict: $name: $why"
		;;
	*) fail "$name" "$why" ;;
	esac
done < <(as service/server "${command[@]}" "${arguments[@]}" --files "${files[@]}" -- "${service[@]}" \
	2>"$T/wire.err")
[[ ! -s $T/wire.err ]] || fail 'the scripts are played to their end' "$(<"$T/wire.err")"
((!${#tried[@]})) || diag "our other cases: ${tried[like]-0} pass here, too; ${tried[unlike]-0} do not;" \
	"${tried[not played]-0} cannot be played"

done_testing
