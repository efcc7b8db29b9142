# SPDX-License-Identifier: GPL-2.0-only
# bash completion for slabscan. It asks the command itself for verbs and options, so it cannot fall behind.

# the names in the first column of a section of a help text on stdin: verbs, or the options of both sections
_slabscan_names() {
	sed -n "/^$1:/,/^\$/s/^  \($2[a-z-]*\).*/\1/p"
}

_slabscan() {
	local command=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local verb='' word words

	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in
		-*) ;;
		*)
			verb=$word
			break
			;;
		esac
	done
	case $previous in
	--cache) words=$(cd /sys/kernel/slab 2> /dev/null && printf '%s\n' [!:]*) ;;
	--sort) words='bytes objects live growth name' ;;
	--save | --since | --folded | --report)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	*)
		if [ -z "$verb" ] && [ "${current#-}" = "$current" ]; then
			words=$("$command" --help 2> /dev/null | _slabscan_names Verbs '[a-z]')
		else
			# shellcheck disable=SC2086 # no verb: no argument
			words=$("$command" $verb --help 2> /dev/null | _slabscan_names '[A-Za-z ]*[Oo]ptions' --)
		fi
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _slabscan slabscan
