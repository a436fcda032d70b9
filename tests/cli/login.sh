#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What a login needs, without a server: where the password comes from, the certificate and its key; what is wrong with them.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../certificate.sh
. "${0%/*}/../certificate.sh"

# Who gets as far as $dead has all that a login needs.
try() { pubsub-pub -j me@localhost -H "$dead" -s p -n a -e '<x/>' "$@"; }
one_line() { is "$(wc -l <"$T/run.err")" 1 '... in one line'; }

# --- the password ---

# Without a terminal.
no_terminal() { setsid -w "$bin/pubsub-pub" -j me@localhost -H "$dead" -s p -n a -e '<x/>' "$@"; }
exits 64 'no password' no_terminal
like "$err" '^pubsub-pub: no password for me@localhost: give a file, a command, or PUBSUB_PASSWORD in the environment$' '... says so'
exits 64 'an empty one in the environment is none' env PUBSUB_PASSWORD= setsid -w "$bin/pubsub-pub" -j me@localhost -H "$dead" -s p -n a -e '<x/>'
exits 69 'one in the environment' env PUBSUB_PASSWORD=x pubsub-pub -j me@localhost -H "$dead" -s p -n a -e '<x/>'

printf 'secret\r\n' >"$T/file"
chmod 600 "$T/file"
exits 69 'a file' try --password-file "$T/file"
unlike "$err" 'read by others' '... without a warning'
chmod 640 "$T/file"
exits 69 'a file for the group to read' try --password-file "$T/file"
like "$err" "^pubsub-pub: the password file '$T/file' can be read by others: chmod 600 it" '... draws a warning'
exits 69 'a pipe' try --password-file <(echo secret)
unlike "$err" 'read by others' '... draws none'
bad_file() { # NAME FILE REGEX
	exits 78 "$1" env PUBSUB_PASSWORD=x pubsub-pub -j me@localhost -H "$dead" -s p -n a -e '<x/>' --password-file "$2"
	like "$err" "^pubsub-pub: $3" '... says so, whatever the environment has'
	one_line
}
bad_file 'a file that is not there' "$T/none" "cannot read the password file '$T/none': No such file"
bad_file 'a folder' "$T" "cannot read the password file '$T': Is a directory"
(umask 077 && : >"$T/empty" && printf '\nsecret\n' >"$T/second" && echo secret >"$T/locked")
bad_file 'an empty file' "$T/empty" "the first line of the password file '$T/empty' is empty"
bad_file 'a file whose first line is empty' "$T/second" "the first line of the password file '$T/second' is empty"
chmod 0 "$T/locked"
if [[ ! -r $T/locked ]]; then
	bad_file 'a file that may not be read' "$T/locked" "cannot read the password file '$T/locked': Permission denied"
else
	skip 'a file that may not be read' 'this user may read everything'
fi

exits 69 'a command' try --password-command 'echo secret; echo more'
bad_command() { # NAME COMMAND REGEX
	exits 78 "$1" try --password-command "$2"
	like "$err" "pubsub-pub: the password command '.*' $3$" '... says so'
}
bad_command 'a command that fails' 'echo secret; exit 3' 'failed with exit code 3'
bad_command 'a command that is not there' "$T/none 2>/dev/null" 'failed with exit code 127'
bad_command 'a command that says nothing' true 'printed nothing'
bad_command 'a command that says nothing in its first line' 'echo; echo secret' 'printed nothing'
bad_command 'a command that is killed' 'echo secret; kill -KILL $$' 'was ended by signal 9'
exits 124 'a signal ends the run while a command hangs' timeout 0.5 "$bin/pubsub-pub" -j me@localhost -H "$dead" -s p -n a -e '<x/>' \
	--password-command 'exec sleep 5 >/dev/null'
exits 69 'a file comes before a command' try --password-file "$T/file" --password-command "touch $T/was-run; echo secret"
ok '... which is not run' test ! -e "$T/was-run"

serve() { pubsub-serve --component pubsub.localhost -H "$dead" --store memory: --retries 0 "$@"; }
exits 64 'a component without a secret' setsid -w "$bin/pubsub-serve" --component pubsub.localhost -H "$dead" --store memory:
like "$err" 'no component secret for pubsub.localhost: .* PUBSUB_SECRET in the environment' '... says so'
exits 69 'one in the environment' env PUBSUB_SECRET=x pubsub-serve --component pubsub.localhost -H "$dead" --store memory: --retries 0
exits 69 'one in a file' serve --secret-file "$T/file"
exits 78 'an empty file' serve --secret-file "$T/empty"
like "$err" "the first line of the component secret file '$T/empty' is empty" '... says so'
exits 69 'one by a command' serve --secret-command 'echo secret'
exits 78 'a command that fails' serve --secret-command false
like "$err" "the component secret command 'false' failed with exit code 1" '... says so'

# --- the client certificate ---

certificate good DNS:localhost 2
certificate other DNS:localhost 2
certificate expired DNS:localhost -1
openssl pkey -in "$T/good.key" -aes256 -passout pass:x -out "$T/encrypted.key" || bail_out 'no encrypted key'
openssl x509 -in "$T/good.crt" -outform der -out "$T/der.crt"
exits 69 'a certificate needs no password' try --cert "$T/good.crt" --key "$T/good.key"
is "$(wc -l <"$T/run.err")" 1 '... and draws no warning'
cat "$T/good.key" "$T/good.crt" >"$T/both.pem"
exits 69 'key and certificate in one file' try --cert "$T/both.pem" --key "$T/both.pem"
exits 69 'a certificate that has expired: the server decides' try --cert "$T/expired.crt" --key "$T/expired.key"
like "$err" "^pubsub-pub: the certificate '$T/expired.crt' has expired" '... with a warning'
exits 64 'a certificate without a key' try --cert "$T/good.crt"
like "$err" '^pubsub-pub: --cert and --key belong together' '... says so'
exits 64 'a key without a certificate' try --key "$T/good.key"
bad_pair() { # NAME CERT KEY REGEX
	exits 78 "$1" try --cert "$T/$2" --key "$T/$3" </dev/null
	like "$err" "^pubsub-pub: $4" '... says so'
	one_line
}
bad_pair 'a certificate that is not there' none.crt good.key "cannot read the certificate '$T/none.crt': No such file"
bad_pair 'a key that is not there' good.crt none.key "cannot read the key '$T/none.key': No such file"
bad_pair 'no certificate in the file' good.key good.key "there is no certificate in '$T/good.key' \(PEM is expected\)$"
bad_pair 'a certificate in DER' der.crt good.key "there is no certificate in '$T/der.crt' \(PEM is expected\)$"
bad_pair 'no key in the file' good.crt good.crt "there is no private key in '$T/good.crt' \(PEM is expected\)$"
bad_pair "another certificate's key" good.crt other.key "the key '$T/other.key' does not belong to the certificate '$T/good.crt'$"
bad_pair 'an encrypted key' good.crt encrypted.key "the key '$T/encrypted.key' is encrypted: one without a passphrase is needed"

done_testing
