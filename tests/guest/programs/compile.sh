#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# A build: sources are made, compiled, linked, and what comes out is run. PACE
# seconds from one to the next. No pipes, no make: they come with later kernels.
work=$1
mkdir -p "$work" && cd "$work" || exit 1
i=0
while [ "$i" -lt 20 ]; do
	i=$((i + 1))
	# Not from here-documents: these are pipes.
	echo "int part(int n) { return n < 2 ? $i : part(n - 1) + part(n - 2); }" >part.c
	{
		echo '#include <stdio.h>'
		echo 'int part(int n);'
		printf '%s\n' "int main(void) { printf(\"$i gives %d\\n\", part(12)); return 0; }"
	} >main.c
	tcc -c part.c -o part.o && tcc -c main.c -o main.o &&
		tcc main.o part.o -o program && ./program || exit 1
	rm part.o main.o program
	sleep "$PACE"
done
