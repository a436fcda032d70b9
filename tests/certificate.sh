# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Certificates for a script's own purpose: to be sourced after a lib.sh.
#
#	certificate ca DNS:ca.example 2
#	certificate expired DNS:localhost -1 "$T/ca"

# Makes $T/NAME.crt and its key, $T/NAME.key; CA.crt with CA.key vouches for it, or else it does itself.
certificate() { # NAME SUBJECT-ALT-NAME DAYS [CA]
	local is_ca=true signer=(-signkey "$T/$1.key")
	[[ -z ${4-} ]] || is_ca=false signer=(-CA "$4.crt" -CAkey "$4.key" -CAserial "$T/serial" -CAcreateserial)
	# shellcheck disable=SC2015 # either may fail
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" -keyout "$T/$1.key" -out "$T/$1.csr" 2>"$T/openssl.err" &&
		openssl x509 -req -in "$T/$1.csr" "${signer[@]}" -extfile <(printf '%s\n' "subjectAltName=$2" "basicConstraints=CA:$is_ca") \
			-days "$3" -out "$T/$1.crt" 2>"$T/openssl.err" || bail_out "no certificate '$1': $(<"$T/openssl.err")"
}
