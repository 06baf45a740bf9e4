#include "base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void fail(const char *format, ...)
{
	va_list values;
	va_start(values, format);
	fprintf(stderr, "load: ");
	vfprintf(stderr, format, values);
	fprintf(stderr, "\n");
	va_end(values);
	exit(1);
}
