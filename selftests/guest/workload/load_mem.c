// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys, and user-space neighbours of a slab leak: a memory hog, sleeping threads, descriptors that are kept. And a latency meter.
 */
#define _GNU_SOURCE
#include <linux/keyctl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "slabload.h"

#define PAYLOAD 100

/* A payload of 100 bytes and its header lie in a 128-byte object. */
int load_keys(int argc, char **argv)
{
	unsigned long i, count = number(argv[0]);
	char name[32], payload[PAYLOAD];
	long key;

	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0)
		die("session keyring");
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "slabload:%lu", i);
		if (getrandom(payload, sizeof(payload), 0) != sizeof(payload))
			die("getrandom");
		key = syscall(SYS_add_key, "user", name, payload, sizeof(payload), KEY_SPEC_SESSION_KEYRING);
		if (key < 0)
			die("add_key");
		if (syscall(SYS_keyctl, KEYCTL_INVALIDATE, key))
			die("invalidate");
		pace();
		/* Dead keys count against the quota until the collector has been. */
		if (!(i % 50))
			usleep(20000);
	}
	return 0;
}

static void sleep_ms(unsigned long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

int load_hog(int argc, char **argv)
{
	unsigned long i, mb = number(argv[0]), seconds = number(argv[1]);
	char *at;

	for (i = 0; i < mb; i++) {
		at = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (at == MAP_FAILED)
			die("mmap");
		memset(at, 'h', 1 << 20);
		sleep_ms(seconds * 1000 / mb);
	}
	pause();
	return 0;
}

static void *thread(void *arg)
{
	pause();
	return NULL;
}

int load_threads(int argc, char **argv)
{
	unsigned long i, count = number(argv[0]), seconds = number(argv[1]);
	pthread_attr_t attr;
	pthread_t id;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 8 << 20);
	for (i = 0; i < count; i++) {
		if (pthread_create(&id, &attr, thread, NULL))
			die("pthread_create");
		pace();
	}
	sleep_ms(seconds * 1000);
	return 0;
}

int load_hold(int argc, char **argv)
{
	unsigned long i, count = number(argv[0]), seconds = number(argv[1]);
	struct rlimit limit = { count + 100, count + 100 };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("setrlimit");
	for (i = 0; i < count; i++) {
		if (eventfd(0, 0) < 0)
			die("eventfd");
		pace();
	}
	sleep_ms(seconds * 1000);
	return 0;
}

int load_latency(int argc, char **argv)
{
	unsigned long cpu = strtoul(argv[0], NULL, 0), seconds = number(argv[1]), i, samples = seconds * 1000;
	struct sched_param param = { .sched_priority = 0 };
	long worst = 0, late;
	struct timespec next, now;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) || sched_setscheduler(0, SCHED_OTHER, &param))
		die("affinity");
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (i = 0; i < samples; i++) {
		next.tv_nsec += 1000000;
		if (next.tv_nsec >= 1000000000L) {
			next.tv_nsec -= 1000000000L;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
		late = (now.tv_sec - next.tv_sec) * 1000000L + (now.tv_nsec - next.tv_nsec) / 1000;
		if (late > worst)
			worst = late;
		/* Do not count one long delay again for each timer that it swallowed. */
		if (late > 1000)
			next = now;
	}
	printf("latency cpu=%lu samples=%lu worst_us=%ld\n", cpu, samples, worst);
	return 0;
}
