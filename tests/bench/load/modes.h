/* What the generator can do, and with which numbers. */
#ifndef MODES_H
#define MODES_H

#include "histogram.h"
#include "meter.h"
#include "pool.h"

struct options {
	const char *mode, *host, *plan, *watch, *requests;
	int port, version, window, receivers, first, count;
	size_t payload;          /* bytes */
	double warm_up, seconds; /* seconds: of flow */
	double rate;             /* requests a second; 0: as many as the window lets through */
	double limit;            /* seconds after which to give up */
	bool acknowledged;       /* a request is done with its PUBACK */
};

void run_flow(struct pool *pool, struct meter *meter, const struct options *options);
void run_ask(struct pool *pool, struct meter *meter, const struct options *options);
void run_flood(struct pool *pool, const struct options *options);
void run_hold(struct pool *pool, const struct options *options);

#endif
