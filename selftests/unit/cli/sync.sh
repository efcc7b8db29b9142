#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Do --help, the man page and the completion tell of the same verbs and options? Usage: sync.sh SLABSCAN
#
# Prints one line a difference; exit 1 if there is any.
set -u
slabscan=$(realpath "$1")
cd "$(dirname "$0")/../../.." || exit 2
man=Documentation/man/slabscan.8
bad=0
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# names in the first column of section $1 of the help text on stdin; $2: how they begin
names() {
	sed -n "/^$1:/,/^\$/s/^  \\($2[a-z-]*\\).*/\\1/p"
}

same() {
	if ! diff "$work/want" "$work/have" > "$work/diff"; then
		echo "$1 differs from --help (< help, > there):"
		sed -n 's/^[<>]/    &/p' "$work/diff"
		bad=1
	fi
}

# options in the section of the man page that begins with the line $1
man_options() {
	awk -v head="$1" '$0 == head { on = 1; next } /^\.S[SH]/ || /END VERBS/ { on = 0 } on && tag; { tag = /^\.TP/ }' "$man" | sed 's/\\-/-/g' |
		sed -n 's/^\.BI\{0,1\} \(--[a-z-]*\).*/\1/p' | sort
}

completions() {
	bash -c 'PATH=$1:$PATH; . cli/completion.bash; shift
		COMP_WORDS=(slabscan "$@"); COMP_CWORD=$#; COMPREPLY=(); _slabscan; printf "%s\n" "${COMPREPLY[@]}"' - "$work" "$@" | sort
}
ln -s "$slabscan" "$work/slabscan"

"$slabscan" --help > "$work/help" || exit 2
names Verbs '[a-z]' < "$work/help" > "$work/verbs"
[ -s "$work/verbs" ] || { echo "no verbs in --help"; exit 1; }

cp "$work/verbs" "$work/want"
sed -n '/BEGIN VERBS/,/END VERBS/s/^\.SS //p' "$man" > "$work/have"
same "the man page's list of verbs"
sort "$work/verbs" > "$work/want"
completions '' > "$work/have"
same "the completion of verbs"
sed -n 's/^extern const struct cli_verb cmd_\([a-z]*\);/\1/p' cli/cli.h | sort > "$work/have"
same "cli.h"

names 'Common options' -- < "$work/help" | sort > "$work/common"
cp "$work/common" "$work/want"
man_options '.SH COMMON OPTIONS' > "$work/have"
same "the man page's list of common options"

while read -r verb; do
	"$slabscan" "$verb" --help > "$work/help" || { echo "$verb --help fails"; bad=1; }
	names Options -- < "$work/help" | sort > "$work/want"
	man_options ".SS $verb" > "$work/have"
	same "the man page's list of options of $verb"
	sort -u "$work/want" "$work/common" > "$work/all"
	cp "$work/all" "$work/want"
	completions "$verb" -- > "$work/have"
	same "the completion of $verb"
	grep -q "^  slabscan $verb" "$work/help" || { echo "$verb --help has no example"; bad=1; }
	long=$(awk 'length > 80' "$work/help")
	[ -z "$long" ] || { echo "$verb --help has lines over 80 columns:"; echo "$long"; bad=1; }
done < "$work/verbs"
exit $bad
