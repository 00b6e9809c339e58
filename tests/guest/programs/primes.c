// SPDX-License-Identifier: GPL-2.0
/* Four threads count primes; a line for each stretch, and the sum in the end. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define THREADS 4
#define STRETCHES 400
#define STRETCH 2500

static atomic_int next;
static atomic_long sum;
static struct timespec pace;

static int is_prime(unsigned int n)
{
	if (n < 2)
		return 0;
	for (unsigned int i = 2; i * i <= n; i++)
		if (n % i == 0)
			return 0;
	return 1;
}

static void *work(void *argument)
{
	int stretch;

	while ((stretch = atomic_fetch_add(&next, 1)) < STRETCHES) {
		int count = 0;

		for (unsigned int n = 0; n < STRETCH; n++)
			count += is_prime(stretch * STRETCH + n);
		atomic_fetch_add(&sum, count);
		printf("%d %d\n", stretch, count);
		fflush(stdout);
		nanosleep(&pace, NULL);
	}
	return argument;
}

int main(void)
{
	double seconds = atof(getenv("PACE") ?: "0");
	pthread_t threads[THREADS];

	pace.tv_sec = seconds;
	pace.tv_nsec = (seconds - pace.tv_sec) * 1e9;
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(threads + i, NULL, work, NULL))
			return 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("%d %ld\n", STRETCHES, sum);
	return 0;
}
