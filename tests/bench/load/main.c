/* The load generator: `load flow|ask|flood|hold --port N --plan FILE …`, one JSON object on standard output. */
#include "modes.h"

#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct option names[] = {
	{"host", 1, NULL, 'h'},    {"port", 1, NULL, 'p'},      {"plan", 1, NULL, 'f'},    {"watch", 1, NULL, 'w'},
	{"mqtt", 1, NULL, 'v'},    {"window", 1, NULL, 'n'},    {"payload", 1, NULL, 'b'}, {"receivers", 1, NULL, 'r'},
	{"warm-up", 1, NULL, 'u'}, {"seconds", 1, NULL, 's'},   {"rate", 1, NULL, 'R'},    {"requests", 1, NULL, 'q'},
	{"first", 1, NULL, 'i'},   {"count", 1, NULL, 'c'},     {"limit", 1, NULL, 'l'},   {"acknowledged", 0, NULL, 'a'}, {NULL, 0, NULL, 0},
};

static void set(struct options *options, int name, const char *value)
{
	switch (name) {
	case 'h': options->host = value; break;
	case 'p': options->port = atoi(value); break;
	case 'f': options->plan = value; break;
	case 'w': options->watch = value; break;
	case 'v': options->version = atoi(value); break;
	case 'n': options->window = atoi(value); break;
	case 'b': options->payload = (size_t)atoi(value); break;
	case 'r': options->receivers = atoi(value); break;
	case 'u': options->warm_up = atof(value); break;
	case 's': options->seconds = atof(value); break;
	case 'R': options->rate = atof(value); break;
	case 'q': options->requests = value; break;
	case 'i': options->first = atoi(value); break;
	case 'c': options->count = atoi(value); break;
	case 'l': options->limit = atof(value); break;
	case 'a': options->acknowledged = true; break;
	default: exit(2);
	}
}

static void check(const struct options *options)
{
	if (!options->mode || !options->plan || !options->port) fail("expected flow|ask|flood|hold --port N --plan FILE");
	if (options->payload < 16 || options->window < 1 || options->receivers < 1)
		fail("--payload: at least 16 bytes; --window, --receivers: at least 1");
	if (options->version != 4 && options->version != 5) fail("--mqtt: 4 (3.1.1) or 5");
	if (strcmp(options->mode, "ask") == 0 && !options->requests) fail("--requests FILE is missing");
}

static void ignore(struct link *link, const struct packet *packet, void *context)
{
	(void)link, (void)packet, (void)context;
}

/* Say how many connections stand, and keep them until standard input ends. */
void run_hold(struct pool *pool, const struct options *options)
{
	pool->handle = ignore;
	printf("{\"ready\":%d}\n", pool->ready);
	fflush(stdout);
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	for (uint64_t end = now_ns() + (uint64_t)(options->limit * 1e9); now_ns() < end && poll(&input, 1, 0) == 0;)
		pool_turn(pool, 100 * MS);
}

int main(int count, char **words)
{
	struct options options = {.host = "127.0.0.1", .version = 5, .window = 20, .receivers = 1, .payload = 150,
	                          .warm_up = 0.3, .seconds = 2, .limit = 60};
	struct pool pool = {.handle = ignore};
	struct meter meter = {.count = 0};
	for (int name; (name = getopt_long(count, words, "", names, NULL)) != -1;) set(&options, name, optarg);
	options.mode = optind < count ? words[optind] : NULL;
	check(&options);
	meter_watch(&meter, options.watch);
	pool_read_plan(&pool, options.plan, options.version);
	pool_connect(&pool, options.host, options.port, now_ns() + (uint64_t)(options.limit * 1e9));
	if (strcmp(options.mode, "flow") == 0)
		run_flow(&pool, &meter, &options);
	else if (strcmp(options.mode, "ask") == 0)
		run_ask(&pool, &meter, &options);
	else if (strcmp(options.mode, "flood") == 0)
		run_flood(&pool, &options);
	else if (strcmp(options.mode, "hold") == 0)
		run_hold(&pool, &options);
	else
		fail("%s: expected flow, ask, flood or hold", options.mode);
	pool_close(&pool);
	return 0;
}
