/* Durations counted in buckets of about 1 %: percentiles without keeping the samples. Refuses to know: clocks. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum { SUB_BITS = 6, BUCKETS = 64 << SUB_BITS };

struct histogram {
	uint64_t counts[BUCKETS], total, max;
};

static inline unsigned histogram_bucket(uint64_t ns)
{
	if (ns < 1u << SUB_BITS) return (unsigned)ns;
	unsigned shift = 63u - (unsigned)__builtin_clzll(ns) - SUB_BITS;
	return (shift + 1) << SUB_BITS | (unsigned)(ns >> shift & ((1u << SUB_BITS) - 1));
}

static inline void histogram_add(struct histogram *histogram, uint64_t ns)
{
	histogram->counts[histogram_bucket(ns)]++;
	histogram->total++;
	if (ns > histogram->max) histogram->max = ns;
}

/* The lower end, in microseconds, of the bucket in which *share* (0 to 1) of the samples is reached. */
static inline double histogram_at(const struct histogram *histogram, double share)
{
	uint64_t wanted = (uint64_t)(share * (double)histogram->total), seen = 0;
	for (unsigned i = 0; i < BUCKETS; i++) {
		seen += histogram->counts[i];
		if (histogram->counts[i] == 0 || seen <= wanted) continue;
		unsigned shift = i >> SUB_BITS;
		if (shift == 0) return i / 1e3;
		return (double)((uint64_t)((1u << SUB_BITS) | (i & ((1u << SUB_BITS) - 1))) << (shift - 1)) / 1e3;
	}
	return (double)histogram->max / 1e3;
}

#endif
