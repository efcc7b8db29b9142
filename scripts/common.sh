# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Shared by the scripts of this directory: where things are, and how to fail.

# These are for the scripts that source this file.
# shellcheck disable=SC2034
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
HOME=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
cache=${SLABSCAN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/slabscan}
kernel_table=$top/selftests/vm/kernels

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

note()
{
	echo "${0##*/}: $*" >&2
}

kernel_names()
{
	awk '!/^#/ && NF { print $1 }' "$kernel_table"
}

# Sets kernel_suite, kernel_pattern and kernel_root from the table's row for $1.
kernel_row()
{
	local row

	row=$(awk -v name="$1" '!/^#/ && $1 == name { print $2, $3, $4 }' "$kernel_table")
	[ -n "$row" ] || die "no kernel '$1' in ${kernel_table#"$top"/}; there are: $(kernel_names | xargs)"
	read -r kernel_suite kernel_pattern kernel_root <<<"$row"
}

# Each clone of the repository builds in a directory of its own, so that two
# clones with one cache do not mix their objects.
build_dir()
{
	local tree

	tree=$(printf %s "$top" | sha256sum)
	echo "$cache/build/${tree:0:12}/$1"
}
