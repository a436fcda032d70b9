#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What stands in the way of an overflow is in the program: meson.build asks for it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

for tool in readelf objdump; do
	command -v "$tool" >/dev/null && continue
	skip_all "$tool is not installed"
done
symbols=$(readelf --wide --dyn-syms "$bin/pubsub" | awk '{ sub(/@.*/, "", $8); print $8 }')
if [[ $symbols == *__asan_* ]]; then
	skip_all 'a sanitizer stands in its place'
fi
# Of symbols, of what is in the file: those that a pattern fits.
symbol() { grep -c -x -e "$1" <<<"$symbols"; }
elf() { readelf --wide --file-header --program-headers --dynamic "$bin/pubsub" | grep -e "$1"; }

like "$(elf '^ *Type:  ')" 'DYN' 'it may be loaded anywhere'
isnt "$(elf '^ *GNU_RELRO ')" '' 'what is relocated is read-only then'
like "$(elf '(FLAGS')" 'NOW' '... all of it, before it starts'
like "$(elf '^ *GNU_STACK ')" ' RW  ' 'no code runs on the stack'
is "$(symbol __stack_chk_fail)" 1 'functions guard their frames'
ok 'calls know the size of their targets' test "$(symbol '__[a-z_]*_chk')" -gt 5
if [[ $(uname -m) == x86_64 ]]; then
	# The linker says so of a program only where the C library's start files do.
	ok 'jumps go where a function begins' test "$(objdump -d --section=.text "$bin/pubsub" | grep -c endbr64)" -gt 500
fi

done_testing
