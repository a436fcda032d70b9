#!/bin/bash
# SPDX-License-Identifier: MIT
# The basics of each applet under valgrind: no error, no definite leak.
. "${0%/*}/lib.sh"
[[ $E2E_SERVICE == ours ]] || skip_all 'the reference service is not ours to examine'
# Each mode once, each server once.
[[ $E2E_SERVER:$E2E_MODE == prosody:account || $E2E_SERVER:$E2E_MODE == ejabberd:component ]] ||
	skip_all 'a mode with each server is enough'
export PUBSUB_CONFINE=no # valgrind does not know how
command -v valgrind >/dev/null || skip_all 'valgrind is not installed'
[[ $(nm -D "$(realpath "$e2e_bin/pubsub-pub")" 2>/dev/null) != *__asan_init* ]] ||
	skip_all 'this build has a sanitizer in it'

# It does not know each ioctl (SIOCOUTQNSD); what they write is initialised.
mkdir "$T/valgrind"
for applet in $("$PUBSUB_BIN" --list); do
	cat >"$T/valgrind/$applet" <<-END
		#!/bin/sh
		exec valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
			--show-leak-kinds=definite --sim-hints=lax-ioctls --log-file='$T/valgrind.%p' '$e2e_bin/$applet' "\$@"
	END
	chmod +x "$T/valgrind/$applet"
done
e2e_bin=$T/valgrind
patience=120

service_start
items() { printf "<item id='%d'><x xmlns='urn:x'>&#10;%d</x></item>\n" 1 1 2 2 3 3; }
ok 'pub' as admin pub -n "$N" --create -p < <(items)
spawn_ready reader as admin/reader sub -a -n "$N" -C 5
ok 'pub --batch, retract, purge' as admin pub -n "$N" -b 2 < <(items; echo "<retract id='1'/><purge/>"; items)
reap reader
is "$status" 0 'sub'
ok 'sub --once pretty' as admin sub -1 -a -n "$N" -f pretty --stamp
exits 66 'a refusal' as admin sub -1 -n "$N-missing"
exits 65 'malformed input' as admin pub -n "$N" -e '<a><b></a>'
service_stop
is "$status" 0 'serve ends with 0'
for log in "$T"/valgrind.*; do
	[[ ! -s $log ]] || fail 'valgrind has nothing to report' "$(head -n 40 "$log")"
done
done_testing
