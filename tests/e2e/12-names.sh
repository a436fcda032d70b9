#!/bin/bash
# SPDX-License-Identifier: MIT
# Where to connect (RFC 6120 section 3.2): SRV records, addresses, time limits, names that do not exist; and where to
# when the server goes away. In a network of its own, with a DNS server and a server for the domain names.test.

# --- a network, and files in /etc, of our own ---

if [[ -z ${E2E_NETWORK-} ]]; then
	[[ $E2E_MODE == account && $E2E_SERVICE == ours ]] || { echo '1..0 # SKIP a run on each server is enough'; exit 0; }
	PATH+=:/usr/sbin:/sbin
	for program in dnsmasq ip unshare; do
		command -v "$program" >/dev/null || { echo "1..0 # SKIP $program is not installed (scripts/packages test)"; exit 0; }
	done
	enter=(unshare --net --mount) within=()
	if ((EUID != 0)); then # there, we are root; the server is not
		within=(unshare --user "--map-user=$(id -u)" "--map-group=$(id -g)")
		enter=(unshare --user --map-root-user --net --mount)
	fi
	# shellcheck disable=SC2016 # for the other shell
	if ! why=$("${enter[@]}" sh -c 'ip link set lo up && for f in resolv.conf hosts nsswitch.conf; do
			mount --bind /dev/null "/etc/$f" || exit; done; exec "$@"' sh "${within[@]}" true 2>&1); then
		echo "1..0 # SKIP no network of our own to be had: ${why//$'\n'/; }"
		exit 0
	fi
	E2E_NETWORK="${within[*]}." exec "${enter[@]}" bash "$0"
fi
. "${0%/*}/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../certificate.sh
. "${0%/*}/../certificate.sh"
read -ra within <<<"${E2E_NETWORK%.}"
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
server() { "${within[@]}" "$e2e_root/scripts/server" "$@"; }

ip link set lo up
printf 'nameserver 127.0.0.53\noptions timeout:1 attempts:1\n' >"$T/resolv.conf"
printf '127.0.0.1 localhost\n::1 localhost\n' >"$T/hosts"
printf 'hosts: files dns\n' >"$T/nsswitch.conf"
for file in resolv.conf hosts nsswitch.conf; do
	mount --bind "$T/$file" "/etc/$file" || bail_out "cannot replace /etc/$file"
done
for folder in /run/nscd /run/systemd/resolve; do # nobody else answers
	[[ ! -d $folder ]] || mount -t tmpfs none "$folder"
done

# --- the DNS, the server and the ways to it ---

# A new DNS, which knows these names and no others.
dns() { # LINE-OF-CONFIGURATION...
	[[ -z ${pids[dns]-} ]] || stop dns KILL
	rm -f "$T/dns.err" # what the last one has said is not to be waited for
	printf '%s\n' port=53 listen-address=127.0.0.53 bind-interfaces no-resolv no-hosts local=/test/ local=/example/ user=root \
		host-record=dead.names.test,127.0.0.8 host-record=hole.names.test,127.0.0.9 \
		host-record=one.names.test,127.0.0.2 host-record=two.names.test,127.0.0.3 "$@" >"$T/dns.conf"
	spawn dns dnsmasq --no-daemon --conf-file="$T/dns.conf" --pid-file
	await_line "$T/dns.err" 'started, version' || bail_out "no DNS: $(<"$T/dns.err")"
}
srv() { # HOST PRIORITY [WEIGHT [PORT [DOMAIN]]]
	printf 'srv-host=_xmpp-client._tcp.%s,%s,%d,%d,%d\n' "${5-names.test}" "$1" "${4-5222}" "$2" "${3-0}"
}

# An address where nobody answers: Linux drops what a full queue cannot take.
hole() { # ADDRESS
	spawn hole /usr/bin/python3 -uc 'import socket, sys, time
s, full = socket.socket(), []
s.bind((sys.argv[1], 5222))
s.listen(0)
for i in range(4):
    c = socket.socket()
    c.setblocking(False)
    c.connect_ex((sys.argv[1], 5222))
    full.append(c)
print("full")
time.sleep(600)' "$1"
	await_line "$T/hole.out" full || bail_out 'no hole'
}

mkdir -m 755 "$T/server"
env=$(server start "$E2E_SERVER" "$T/server" names.test) || bail_out "$E2E_SERVER does not start"
set -a
eval "$env"
set +a
proxy_start one "$XMPP_PORT" 127.0.0.2:5222
proxy_start one-tls "$XMPP_TLS_PORT" 127.0.0.2:5223
proxy_start two "$XMPP_PORT" 127.0.0.3:5222
proxy_start six "$XMPP_PORT" ::1:5222
hole 127.0.0.9

me=$(jid me)
try() { as me pubsub-ctl -v --ca-file "$XMPP_CA" -s "$me" --connect-timeout "$patience" nodes "$@"; }
tried() { sed -n 's/.*connecting to \([^ ]*\) port \([0-9]*\)$/\1 \2/p' <<<"$err" | paste -sd ,; }
address=host-record=names.test,127.0.0.2

# --- which addresses, in which order ---

dns "$address"
ok 'no SRV record: the domain itself' try
is "$(tried)" '127.0.0.2 5222' '... at the port for clients'
ok '... for direct TLS' try --tls direct
is "$(tried)" '127.0.0.2 5223' '... at the port for it'

dns "$address" "$(srv two.names.test 20)" "$(srv dead.names.test 10)" "$(srv missing.names.test 5)" "$(srv hole.names.test 15)"
ok 'SRV records: a host that is not in the DNS, one that refuses, one that is silent, one that works' try --connect-timeout 5
is "$(tried)" '127.0.0.8 5222,127.0.0.9 5222,127.0.0.3 5222' '... by priority'
like "$err" '127\.0\.0\.8 port 5222: Connection refused' '... it says why not'
unlike "$err" '127\.0\.0\.2' '... the domain itself is none of them'
like "$err" '127\.0\.0\.9 port 5222: .* 5 s' '... each has the time of --connect-timeout for itself'

dns "$address" srv-host=_xmpps-client._tcp.names.test,one.names.test,5223,5 "$(srv two.names.test 0)"
ok 'direct TLS has records of its own' try --tls direct
is "$(tried)" '127.0.0.2 5223' '... and uses no others'

dns host-record=both.names.test,127.0.0.3,::2 host-record=six.names.test,127.0.0.8,::1 \
	"$(srv both.names.test 0 0)"
ok 'a host with an IPv6 and an IPv4 address, of which the second works' try
like "$(tried)" '127\.0\.0\.3 5222$' '... is reached'
dns host-record=six.names.test,127.0.0.8,::1 "$(srv six.names.test 0)"
ok '... of which the IPv6 address works' try
like "$(tried)" '(^|,)::1 5222$' '... is reached'
dns host-record=names.test,127.0.0.8,127.0.0.3
ok 'without SRV records all addresses are tried too' try
dns cname=alias.names.test,two.names.test "$(srv alias.names.test 0)"
ok 'a record that leads to an alias' try
is "$(tried)" '127.0.0.3 5222' '... is followed'
dns cname=names.test,two.names.test
ok 'a domain that is an alias' try

# Weights: none has all the chances, but for one that has next to none.
dns "$(srv one.names.test 1 0 1)" "$(srv two.names.test 1 65535 2)"
exits 69 'nobody listens anywhere' try
[[ $(tried) != 127.0.0.2* ]] || run try # it has: not twice in a row
is "$(tried)" '127.0.0.3 2,127.0.0.2 1' 'the record with all the weight is tried first'
dns "$(srv one.names.test 1 100 1)" "$(srv two.names.test 1 100 2)"
for ((i = 0; i < 20; i++)); do
	run try
	tried
done >"$T/orders"
is "$(sort -u "$T/orders")" $'127.0.0.2 1,127.0.0.3 2\n127.0.0.3 2,127.0.0.2 1' 'of two with equal weights either is'

# --- nowhere ---

dns "$address" srv-host=_xmpp-client._tcp.names.test
exits 68 'a domain that says that it has no such service' try --retries -1
like "$err" "cannot find host 'names.test': its DNS says that it has no such XMPP service" '... says so'
is "$(tried)" '' '... and nothing is tried'
dns "$address" "$(srv missing.names.test 0)"
exits 68 'SRV records that name hosts which do not exist' try --retries -1
like "$err" "cannot find host 'names.test': the hosts that its SRV records name do not exist" '... says so'
is "$(tried)" '' '... and the domain itself is not tried'
exits 68 'a domain that does not exist: no retry' try -j nobody@elsewhere.example --retries -1
like "$err" "cannot find host 'elsewhere.example': " '... says so'

# The first that answers at all tells more than the last.
dns "$(srv one.names.test 1 0 5222 other.test)" "$(srv dead.names.test 2 0 5222 other.test)"
exits 68 'a server that does not know the domain, and one that refuses' try -j me@other.test
is "$(tried)" '127.0.0.2 5222,127.0.0.8 5222' '... both are tried'
like "$err" 'the server does not know that domain' '... the first had more to say'

# --- a DNS that does not answer ---

dns "$address"
kill -STOP "${pids[dns]}"
exits 75 'a DNS that does not answer' try --connect-timeout 1
like "$err" 'no answer from DNS after 1 s' '... says so'
exits 68 'where the resolver gives up first, there is no host' try --retries -1 --connect-timeout 20
like "$err" "cannot find host 'names.test': Temporary failure in name resolution" '... says so'
printf '127.0.0.3 names.test\n' >>"$T/hosts"
ok 'no answer about SRV records: the domain itself, where it is known' try --connect-timeout 20
is "$(tried)" '127.0.0.3 5222' '... is tried'
printf '127.0.0.1 localhost\n' >"$T/hosts"
kill -CONT "${pids[dns]}"

# --- the certificate ---

fake() { # CERTIFICATE STEP...; its port is $port
	local name=$1
	shift
	rm -f "$T/fake.out"
	spawn fake "$here/fake_server.py" --cert "$T/$name.crt" --key "$T/$name.key" "$@"
	await_line "$T/fake.out" '^[0-9]+$' || bail_out 'no port'
	port=$(head -n 1 "$T/fake.out")
}
certificate target DNS:fake.names.test 2 "$XMPP_DIR/tls/ca"
fake target tls silence
dns host-record=fake.names.test,127.0.0.1 "srv-host=_xmpps-client._tcp.names.test,fake.names.test,$port"
exits 77 "a certificate of the host that the record names, and not of the domain" try --tls direct
like "$err" 'not trusted: .*mismatch' '... says so'
stop fake KILL

# A domain with letters of its own: A-labels for the DNS and the certificate, the letters for the server.
certificate idn DNS:xn--bcher-kva.test 2 "$XMPP_DIR/tls/ca"
fake idn tls login bind:me@bücher.test/x print:'logged in' close
dns host-record=fake.names.test,127.0.0.1 "srv-host=_xmpps-client._tcp.xn--bcher-kva.test,fake.names.test,$port"
run try -j me@Bücher.test --tls direct --trace
like "$(<"$T/fake.out")" 'logged in' 'an internationalized domain' || diag "$err"
like "$err" 'to="bücher\.test"' '... the stream has the letters'
stop fake KILL
fake target tls silence
dns host-record=fake.names.test,127.0.0.1 "srv-host=_xmpps-client._tcp.xn--bcher-kva.test,fake.names.test,$port"
exits 77 '... with a certificate of another' try -j me@bücher.test --tls direct
like "$err" 'not trusted: .*mismatch' '... says so'
stop fake KILL

# --- the server goes away ---

dns "$(srv one.names.test 10)" "$(srv two.names.test 20)"
with_me() { as me "pubsub-$1" --ca-file "$XMPP_CA" -s "$me" "${@:2}"; }
ok 'a node of our own' with_me ctl create "$N" access_model=open
spawn_ready reader as me/reader pubsub-sub -v --ca-file "$XMPP_CA" -s "$me" -n "$N" -f id
like "$(<"$T/reader.err")" 'connecting to 127\.0\.0\.2 port 5222' 'sub connects to the first host'
publish() { # ID
	with_me pub -n "$N" -i "$1" -e '<x xmlns="urn:x"/>' || fail "publish $1"
	await_line "$T/reader.out" "^$1\$"
}
ok '... and gets what is published' publish before
stop proxy-one KILL
await_line "$T/reader.err" 'connecting to 127\.0\.0\.3 port 5222' || fail 'the first host goes away: the next is tried'
ok '... and sub goes on there' publish between
dns "$(srv six.names.test 10)" host-record=six.names.test,::1
stop proxy-two KILL
await_line "$T/reader.err" 'connecting to ::1 port 5222' || fail 'the records are looked up anew'
ok '... and sub goes on where they lead now' publish after
stop reader
is "$status" 0 '... and ends with 0'
is "$out" $'before\nbetween\nafter' '... with each item once'

done_testing
