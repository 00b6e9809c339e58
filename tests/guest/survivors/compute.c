// SPDX-License-Identifier: GPL-2.0
/* Threads that compute without end, each result checked against another way. */
#include "survivor.h"

#define THREADS 4
#define N 96

static unsigned long turns[THREADS];

/* Matrices of whole numbers in doubles: every order of additions is exact. */
struct work {
	double a[N][N], b[N][N], c[N][N];
};

/* Freivalds: a * (b * x) has to be c * x. */
static bool is_product(struct work *w, uint64_t seed)
{
	double x[N], bx[N] = { 0 }, abx, cx;

	for (int i = 0; i < N; i++)
		x[i] = (seed >> i % 60 & 1) + i % 3;
	for (int i = 0; i < N; i++)
		for (int j = 0; j < N; j++)
			bx[i] += w->b[i][j] * x[j];
	for (int i = 0; i < N; i++) {
		abx = cx = 0;
		for (int j = 0; j < N; j++) {
			abx += w->a[i][j] * bx[j];
			cx += w->c[i][j] * x[j];
		}
		if (abx != cx)
			return false;
	}
	return true;
}

static void *compute(void *argument)
{
	long which = (long)argument;
	static struct work all[THREADS];
	struct work *w = all + which;

	for (uint64_t turn = 1;; turn++) {
		for (int i = 0; i < N; i++)
			for (int j = 0; j < N; j++) {
				w->a[i][j] = (i * 31 + j * 17 + turn) % 1000;
				w->b[i][j] = (i * 13 + j * 29 + turn) % 1000;
			}
		memset(w->c, 0, sizeof(w->c));
		for (int i = 0; i < N; i++)
			for (int k = 0; k < N; k++)
				for (int j = 0; j < N; j++)
					w->c[i][j] += w->a[i][k] * w->b[k][j];
		if (!is_product(w, turn * 0x9e3779b97f4a7c15ULL))
			fail("thread %ld: a wrong product in turn %lu", which, turn);
		__atomic_fetch_add(turns + which, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static void prepare(void)
{
	for (long i = 0; i < THREADS; i++)
		spinning_thread(compute, (void *)i);
	await(__atomic_load_n(turns, __ATOMIC_SEQ_CST), 10);
}

static void check(void)
{
	for (int i = 0; i < THREADS; i++) {
		unsigned long before = __atomic_load_n(turns + i, __ATOMIC_SEQ_CST);

		if (!await_with_cpu(__atomic_load_n(turns + i, __ATOMIC_SEQ_CST) >
					    before + 1, 20))
			fail("thread %d does not go on", i);
	}
}

SURVIVOR(compute, .about = "multi-threaded computation, verified",
	 .prepare = prepare, .check = check);
