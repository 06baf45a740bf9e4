/* What every part needs: the clock and the way out. */
#ifndef BASE_H
#define BASE_H

#include <stdint.h>

enum { MS = 1000000 }; /* nanoseconds */

/* Nanoseconds, monotonic. */
uint64_t now_ns(void);
/* Say why on standard error and end with 1. */
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);

#endif
