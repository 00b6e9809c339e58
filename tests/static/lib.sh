# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # used by the scripts that read this file
#
# What the static checks share. Each check is a script that prints what is
# wrong, with file and line, and exits with 1; 77 means it cannot run here.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
	printf 'FAIL: %s\n' "$*"
	failures=$((failures + 1))
}

skip() {
	printf 'SKIP: %s\n' "$*"
	exit 77
}

finish() {
	[ "$failures" = 0 ] || {
		printf '%d found\n' "$failures"
		exit 1
	}
	exit 0
}

# The project's files: those git tracks and those it does not ignore; in an
# unpacked release, all.
# shellcheck disable=SC2120 # without arguments: all of them
project_files() {
	(
		cd "$root" || exit 1
		if ! git ls-files -co --exclude-standard -- "$@" 2>/dev/null; then
			find . -type f -not -path './build*' -printf '%P\n'
		fi
	) | LC_ALL=C sort -u | while IFS= read -r file; do
		# Deleted but not committed yet: git still names it.
		[ ! -f "$root/$file" ] || printf '%s\n' "$file"
	done
}
