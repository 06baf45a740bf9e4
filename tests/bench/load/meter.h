/* Time and processor time between two moments: ours, and that of the processes watched. Refuses to know: what they do. */
#ifndef METER_H
#define METER_H

#include <stdint.h>

enum { WATCHED = 8 };

struct meter {
	int count;
	int pids[WATCHED];
	uint64_t wall, self, cpu[WATCHED]; /* nanoseconds: of the start, after meter_stop of the span */
};

void meter_watch(struct meter *meter, const char *pids); /* separated by commas */
void meter_start(struct meter *meter);
void meter_stop(struct meter *meter);
/* As members of a JSON object: seconds, generator_share, watched_share and watched_us per one of *count*. */
void meter_print(const struct meter *meter, uint64_t count);

#endif
