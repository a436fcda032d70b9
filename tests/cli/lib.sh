# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of the command line share: TAP, and the program. No server is needed.
#
# PUBSUB_BIN is the binary; its applets are then in PATH, in the folder $bin. Nothing of the
# user's own settings is seen, and $HOME is empty.

# shellcheck source-path=SCRIPTDIR source=../tap.sh
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../tap.sh"
trap 'tap_end $?' EXIT

# shellcheck disable=SC2034 # for the scripts
cli_root=$(cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../.." && pwd)
PUBSUB_BIN=$(realpath "${PUBSUB_BIN:?is the binary to be tested}")
bin=$T/bin

unset PUBSUB_JID PUBSUB_PASSWORD PUBSUB_SECRET PUBSUB_SERVICE NOTIFY_SOCKET
mkdir -m 700 "$bin" "$T/home"
export HOME=$T/home XDG_CONFIG_HOME=$T/config XDG_STATE_HOME=$T/state PATH=$bin:$PATH LC_ALL=C.UTF-8
"$PUBSUB_BIN" --install "$bin" || bail_out "$PUBSUB_BIN --install fails"
ln -s "$PUBSUB_BIN" "$bin/pubsub"
mapfile -t applets < <(pubsub --list)
((${#applets[@]})) || bail_out "$PUBSUB_BIN --list prints nothing"

# Where nobody listens: a port of loopback that no other test is given.
# shellcheck disable=SC2034 # for the scripts
dead=127.0.0.1:1

# Runs CMD, which has begun to try when it says so, and sends it a signal then; its exit status.
stopped_by() { # SIGNAL CMD...
	local said pid
	exec {said}< <(exec "${@:2}" 2>&1)
	pid=$!
	IFS= read -r -t 60 -u "$said" _
	kill -s "$1" "$pid"
	wait "$pid"
}
