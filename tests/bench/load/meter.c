#define _GNU_SOURCE
#include "meter.h"

#include "base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t cpu_ns(int pid)
{
	clockid_t clock;
	struct timespec used;
	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) < 0) fail("process %d is gone", pid);
	return (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
}

void meter_watch(struct meter *meter, const char *pids)
{
	for (const char *at = pids; at && *at && meter->count < WATCHED; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		meter->pids[meter->count++] = atoi(at);
}

void meter_start(struct meter *meter)
{
	for (int i = 0; i < meter->count; i++) meter->cpu[i] = cpu_ns(meter->pids[i]);
	meter->self = cpu_ns(0);
	meter->wall = now_ns();
}

void meter_stop(struct meter *meter)
{
	meter->wall = now_ns() - meter->wall;
	meter->self = cpu_ns(0) - meter->self;
	for (int i = 0; i < meter->count; i++) meter->cpu[i] = cpu_ns(meter->pids[i]) - meter->cpu[i];
}

void meter_print(const struct meter *meter, uint64_t count)
{
	double wall = (double)meter->wall, each = count ? (double)count : 1;
	printf("\"seconds\":%.6f,\"generator_share\":%.4f,\"generator_us\":%.4f", wall / 1e9, (double)meter->self / wall,
	       (double)meter->self / 1e3 / each);
	printf(",\"watched_share\":[");
	for (int i = 0; i < meter->count; i++) printf("%s%.4f", i ? "," : "", (double)meter->cpu[i] / wall);
	printf("],\"watched_us\":[");
	for (int i = 0; i < meter->count; i++) printf("%s%.4f", i ? "," : "", (double)meter->cpu[i] / 1e3 / each);
	printf("]");
}
