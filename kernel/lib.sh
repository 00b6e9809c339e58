# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # used by the scripts that read this file
#
# What kernel/apply, kernel/build and kernel/export share: where things lie,
# and the map from this repository's files to places in a kernel tree.

OW_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
OW_PATCHES=$OW_ROOT/kernel/patches
OW_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/otherworld
OW_DEFAULT_SOURCE=/usr/src/linux-source-6.12.tar.xz
OW_STAMP=.otherworld-applied

ow_say() { printf '%s\n' "$*" >&2; }
ow_die() {
	printf '%s: %s\n' "${OW_NAME:-otherworld}" "$*" >&2
	exit 1
}

# The leading comment of the calling script is its help text.
ow_help() {
	sed -n '4,${/^#/!q; s/^# \{0,1\}//p}' "$0"
}

# ow_need COMMAND PACKAGE...: say what to install when COMMAND is missing.
ow_need() {
	local cmd=$1
	shift
	command -v "$cmd" >/dev/null 2>&1 ||
		ow_die "'$cmd' is missing: apt-get install $* (tests/setup installs all at once)"
}

# ow_make TREE BUILD ARGUMENT...: make, in a build directory right below the tree.
# The same source gives the same bytes, whoever builds it and when.
ow_make() {
	env -u MAKEFLAGS -u MFLAGS LC_ALL=C CCACHE_DIR="$OW_CACHE/ccache" \
		CCACHE_BASEDIR="$OW_CACHE/kernel" CCACHE_NOHASHDIR=1 CCACHE_COMPILERCHECK=content \
		CCACHE_MAXSIZE="${CCACHE_MAXSIZE:-3G}" \
		KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 2026' KBUILD_BUILD_VERSION=1 \
		KBUILD_BUILD_USER=otherworld KBUILD_BUILD_HOST=otherworld \
		make -C "$1" O="$2" ARCH=x86_64 CC='ccache gcc' HOSTCC='ccache gcc' \
		LOCALVERSION= "${@:3}"
}

ow_series() {
	find "$OW_PATCHES" -maxdepth 1 -name '[0-9]*.patch' | LC_ALL=C sort
}

# Lines "FILE<tab>PLACE": each overlay file and its path in the kernel tree.
ow_overlay() {
	(
		cd "$OW_ROOT" || exit 1
		printf '%s\t%s\n' Kconfig.otherworld kernel/otherworld/Kconfig
		# Sources and Makefiles only: the host's build files and tests stay.
		find kernel/otherworld -type f \( -name '*.[chS]' -o -name Makefile \
			-o -name Kbuild -o -name Kconfig \) -printf '%p\t%p\n'
		find kernel/include -type f -name '*.h' -printf '%p\tinclude/%P\n'
		find kernel/mm -type f -name '*.c' -printf '%p\tmm/%P\n'
		find kernel/Documentation -type f \
			-printf '%p\tDocumentation/admin-guide/%P\n'
	) | LC_ALL=C sort
}

# Existing or new files that a list of patches touches.
ow_touched() {
	[ $# -gt 0 ] || return 0
	sed -n -e 's|^--- a/||p' -e 's|^+++ b/||p' \
		-e 's|^rename from ||p' -e 's|^rename to ||p' "$@" |
		sed 's/\t.*//' | LC_ALL=C sort -u
}

# ow_lay_series SOURCE DEST: the files that the series touches, taken from the
# tree SOURCE and patched, in DEST. SOURCE is only read, so a series that does
# not apply leaves no half-patched tree. `git apply` allows offsets, no fuzz.
ow_lay_series() {
	local source=$1 dest=$2 patch file log series
	mapfile -t series < <(ow_series)
	mkdir -p "$dest"
	while IFS= read -r file; do
		[ -e "$source/$file" ] || continue
		mkdir -p "$dest/$(dirname "$file")"
		cp -p "$source/$file" "$dest/$file"
	done < <(ow_touched "${series[@]}")

	for patch in "${series[@]}"; do
		# The ceiling keeps git from taking an enclosing repository for
		# the tree, where it would silently skip every file.
		if ! log=$(cd "$dest" && GIT_CEILING_DIRECTORIES=$(dirname "$dest") \
			git apply --whitespace=nowarn --verbose "$patch" 2>&1); then
			printf '%s\n' "$log" | grep -E '^error|Rejected|while searching' >&2 ||
				printf '%s\n' "$log" >&2
			ow_die "$(basename "$patch") does not apply; the tree is unchanged"
		fi
		[ -z "${OW_VERBOSE-}" ] || printf '%s\n' "$log" >&2
	done
}

# ow_lay_overlay TREE: copy the overlay where it differs, so that unchanged
# files keep their time and an incremental build stays incremental. What an
# earlier overlay had and this one has not goes away again.
ow_lay_overlay() {
	local tree=$1 file place list=$1/$OW_STAMP.files new
	new=$(ow_overlay)
	while IFS=$'\t' read -r file place; do
		[ -n "$file" ] || continue
		cmp -s "$OW_ROOT/$file" "$tree/$place" && continue
		mkdir -p "$tree/$(dirname "$place")"
		# Remove first: the old file may be a hard link into another tree.
		rm -f "$tree/$place"
		cp "$OW_ROOT/$file" "$tree/$place"
	done <<<"$new"
	if [ -f "$list" ]; then
		comm -23 "$list" <(cut -f2 <<<"$new" | LC_ALL=C sort) |
			while IFS= read -r place; do rm -f "$tree/$place"; done
	fi
	cut -f2 <<<"$new" | LC_ALL=C sort >"$list"
}

ow_series_sum() {
	ow_series | xargs -r cat | sha256sum | cut -d' ' -f1
}
