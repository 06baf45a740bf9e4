/* The time of day for what ends at a date, not taken in by a clock that is set. */
#ifndef XASUP_STEADY_H
#define XASUP_STEADY_H

#include <stdbool.h>
#include <stdint.h>

/* What is believed. `ahead`: seconds from the running clock to the time of day. */
struct steady { bool begun, doubting; int64_t ahead, doubted, since; };

/* The time of day, in seconds; it is `wall` by the clock that people set, `running` by the one that nobody sets. */
int64_t steady_at(struct steady *steady, int64_t wall, int64_t running);

/* The same, now. */
int64_t steady_now(void);

#endif
