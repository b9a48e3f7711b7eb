#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `doorward convert` against ssh-keygen and openssl: the same key in every wrapping.

. "${DW_SRCDIR:?run me through make check}/tests/harness/tap.sh" || exit 99
cd "${tap_dir:?}" || exit 99

convert() { tap_run "$DOORWARD" convert "$@"; }
blob() { cut -d' ' -f1,2 <<<"$1"; }

openssl req -x509 -nodes -days 365 -newkey rsa:2048 -subj /CN=test -keyout rsa.key -out rsa.crt 2>/dev/null
openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-384 -subj /CN=test -keyout ec.key -out ec.crt 2>/dev/null
openssl req -x509 -nodes -newkey ed25519 -subj /CN=test -keyout ed.key -out ed.crt 2>/dev/null
chmod 600 ./*.key
want=$(ssh-keygen -y -f rsa.key)
convert rsa.crt
tap_is "X.509, RSA, PEM" "$tap_status $(blob "$tap_out")" "0 $(blob "$want")"
convert ec.crt
tap_is "X.509, P-384" "$(blob "$tap_out")" "$(blob "$(ssh-keygen -y -f ec.key)")"
convert ed.crt
tap_like "X.509, Ed25519" "$tap_status $tap_out" '^0 ssh-ed25519 AAAA'
openssl x509 -in rsa.crt -outform DER -out rsa.der
convert rsa.der
tap_is "X.509, DER" "$(blob "$tap_out")" "$(blob "$want")"
openssl x509 -in rsa.crt -pubkey -noout >rsa.spki
convert rsa.spki
tap_is "SPKI" "$(blob "$tap_out")" "$(blob "$want")"
printf '%s\n' "$want" >rsa.pub
ssh-keygen -e -m RFC4716 -f rsa.pub >rsa.4716
convert rsa.4716
tap_is "RFC 4716" "$(blob "$tap_out")" "$(blob "$want")"
convert rsa.pub
tap_is "its own line" "$(blob "$tap_out")" "$(blob "$want")"
tap_is "stdin, and CR LF every 64 columns" "$(fold -w 64 rsa.pub | sed 's/$/\r/' | "$DOORWARD" convert 2>/dev/null | cut -d' ' -f1,2)" "$(blob "$want")"
convert --json rsa.crt
tap_check "--json" "$PYTHON3" -c '
import json, sys
(k,) = json.loads(sys.argv[1])
assert k["bits"] == 2048 and k["line"].startswith("ssh-rsa ") and k["fingerprint"].startswith("SHA256:")' "$tap_out"

convert rsa.key
tap_is "a private key is refused" "$tap_status $tap_out" "1 "
tap_unlike "and not repeated" "$tap_err" "$(sed -n 3p rsa.key | cut -c1-20)"
printf 'hello\n' >nothing
convert nothing
tap_is "no key at all" "$tap_status" 1
tap_like "no key at all: a reason" "$tap_err" .
cat rsa.pub nothing >mixed
convert mixed
tap_is "one good, one bad: the good one" "$tap_status $(blob "$tap_out")" "0 $(blob "$want")"
convert --strict mixed
tap_is "one good, one bad: degraded with --strict" "$tap_status" 2
printf 'from="10.0.0.1" %s\n' "$want" >options
convert options
tap_is "options are refused" "$tap_status" 1
convert --allow-options options
tap_is "options are kept when allowed" "$(cut -d' ' -f1 <<<"$tap_out")" 'from="10.0.0.1"'
head -c 100000 /dev/zero | tr '\0' 'A' >big
convert big
tap_is "too big" "$tap_status" 1
convert missing
tap_is "a file that is not there" "$tap_status" 1
convert a b
tap_is "two files" "$tap_status" 64
tap_done
