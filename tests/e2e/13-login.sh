#!/bin/bash
# SPDX-License-Identifier: MIT
# Client certificates (SASL EXTERNAL, RFC 6120 section 6.3.4): ejabberd takes them, Prosody does not. What is wrong with
# the files shows before anything is sent: tests/cli/login.sh.
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../certificate.sh
. "${0%/*}/../certificate.sh"
[[ $E2E_MODE == account && $E2E_SERVICE == ours ]] || skip_all 'a run on each server is enough'

user_cert bob
bob=$(jid bob)
user_password bob >"$T/password"
chmod 600 "$T/password"
try() { pubsub-ctl --ca-file "$XMPP_CA" -H "127.0.0.1:$XMPP_PORT" -j "$bob" -s "$bob" --cert "$T/bob.crt" --key "$T/bob.key" nodes "$@"; }

ok 'a certificate, and a password as well' try --password-file "$T/password"
if [[ $E2E_SERVER != ejabberd ]]; then
	exits 77 'a server that takes no certificates' try
	like "$err" 'the server takes no certificates \(SASL EXTERNAL\), and no password was given' '... says so'
	done_testing
fi

ok 'a certificate instead of a password' try
ok '... over direct TLS' try -H "127.0.0.1:$XMPP_TLS_PORT" --tls direct
user alice
exits 77 'the certificate of another account' try -j "$(jid alice)"
like "$err" "login as $(jid alice) failed: the server does not take the certificate \(not-authorized\)" '... says so'
is "$(wc -l <"$T/run.err")" 1 '... in one line'

bobs="otherName:1.3.6.1.5.5.7.8.5;UTF8:$bob"
certificate expired "$bobs" -1 "$XMPP_DIR/tls/ca"
certificate self "$bobs" 2
exits 77 'a certificate that has expired' try --cert "$T/expired.crt" --key "$T/expired.key"
like "$err" "the certificate '$T/expired.crt' has expired" '... says so'
like "$err" 'the server does not take the certificate' '... and so does the server'
exits 77 'a certificate of nobody known' try --cert "$T/self.crt" --key "$T/self.key"
like "$err" 'the server does not take the certificate' '... says so'
ok '... and the right password' try --cert "$T/self.crt" --key "$T/self.key" --password-file "$T/password"
echo wrong >"$T/password"
exits 77 '... and a wrong one' try --cert "$T/self.crt" --key "$T/self.key" --password-file "$T/password"
like "$err" 'neither the certificate nor the password is right' '... says so'

# All of them: there is no password anywhere.
user_cert keeper
spawn_ready keeper pubsub-serve --ca-file "$XMPP_CA" -H "127.0.0.1:$XMPP_PORT" -j "$(jid keeper)/server" --cert "$T/keeper.crt" \
	--key "$T/keeper.key" --store memory: --node "$N"
spawn_ready reader pubsub-sub --ca-file "$XMPP_CA" -H "127.0.0.1:$XMPP_PORT" -j "$bob/reader" --cert "$T/bob.crt" --key "$T/bob.key" \
	-s "$(jid keeper)/server" -n "$N" -f id
ok 'serve, sub and pub with certificates' pubsub-pub --ca-file "$XMPP_CA" -H "127.0.0.1:$XMPP_PORT" -j "$(jid keeper)" \
	--cert "$T/keeper.crt" --key "$T/keeper.key" -s "$(jid keeper)/server" -n "$N" -i first -e '<x xmlns="urn:x"/>'
ok '... and the item arrives' await_line "$T/reader.out" '^first$'
stop reader
is "$status" 0 '... and sub ends with 0'
stop keeper
is "$status" 0 '... and serve'

done_testing
