/* Requests read from a file, with so many in flight or so many a second, each timed until its answer.
 * A request's id ends in b-N with N its line. The answer is the event that carries the id back: a service's, or the
 * bridge's list of what is stored; or else, with --acknowledged, the PUBACK. */
#define _GNU_SOURCE
#include "modes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
	int link;
	char *payload;
	uint64_t due; /* when it was to be sent, 0: not yet sent or answered */
};

struct asking {
	struct pool *pool;
	struct request *requests;
	int first, next, end;
	bool acknowledged;
	int sent, answered, refused, unacknowledged_refused;
	char example[200]; /* of an answer that is not ok */
	struct histogram latency;
};

static void read_requests(struct asking *asking, const struct options *options)
{
	FILE *file = fopen(options->requests, "r");
	char *line = NULL;
	size_t size = 0;
	if (!file) fail("%s: %s", options->requests, strerror(errno));
	asking->requests = calloc((size_t)asking->end + 1, sizeof *asking->requests);
	if (!asking->requests) fail("no memory");
	for (int i = 0; i < asking->end; i++) {
		if (getline(&line, &size, file) <= 0) fail("%s: only %d requests, expected %d", options->requests, i, asking->end);
		if (i < asking->first) continue;
		char *tab = strchr(line, '\t');
		line[strcspn(line, "\n")] = 0;
		if (!tab || atoi(line) >= asking->pool->count) fail("%s: line %d: expected connection, tab, payload", options->requests, i);
		asking->requests[i] = (struct request){.link = atoi(line), .payload = strdup(tab + 1)};
	}
	free(line);
	fclose(file);
}

static void send_next(struct asking *asking, uint64_t due)
{
	struct request *request = &asking->requests[asking->next++];
	struct link *link = &asking->pool->links[request->link];
	struct template made = mqtt_publish(asking->pool->version, 1, link->topics, request->payload, strlen(request->payload));
	uint8_t *at = link_room(asking->pool, link, made.size);
	memcpy(at, made.bytes, made.size);
	mqtt_set_id(at + made.id_at, link_next_id(link));
	link->out.used += made.size;
	free(made.bytes);
	request->due = due;
	asking->sent++;
}

static void settle(struct asking *asking, int number)
{
	if (number < asking->first || number >= asking->end || asking->requests[number].due == 0) return; /* repeated */
	histogram_add(&asking->latency, now_ns() - asking->requests[number].due);
	asking->requests[number].due = 0;
	asking->answered++;
}

static bool has(const struct delivery *delivery, const char *text)
{
	return memmem(delivery->payload, delivery->length, text, strlen(text));
}

static void answered(struct asking *asking, const struct delivery *delivery)
{
	static const char id[] = "b-";
	bool stored = has(delivery, "\"event\":\"stored\"");
	if (!stored && !has(delivery, "\"event\":\"answer\"") && !has(delivery, "\"event\":\"rejected\"")) return; /* news */
	if (!stored && !has(delivery, "\"ok\":true")) {
		asking->refused++;
		snprintf(asking->example, sizeof asking->example, "%.*s", (int)delivery->length, (const char *)delivery->payload);
	}
	const uint8_t *at = delivery->payload, *end = at + delivery->length;
	while ((at = memmem(at, (size_t)(end - at), id, sizeof id - 1))) {
		at += sizeof id - 1;
		settle(asking, atoi((const char *)at)); /* ends at the quote at the latest */
	}
}

static void on_ask(struct link *link, const struct packet *packet, void *context)
{
	struct asking *asking = context;
	struct delivery delivery;
	if (packet->type == PUBACK) {
		if (mqtt_reason(packet, asking->pool->version) != 0) asking->unacknowledged_refused++;
		if (asking->acknowledged) asking->answered++;
	}
	if (packet->type != PUBLISH) return;
	if (mqtt_delivery(packet, asking->pool->version, &delivery) < 0) fail("%s: malformed PUBLISH", link->client);
	if (delivery.id) link_acknowledge(asking->pool, link, delivery.id);
	answered(asking, &delivery);
}

/* Send what the window or the clock allows; the nanoseconds until the clock allows the next. */
static uint64_t send_due(struct asking *asking, const struct options *options, uint64_t started)
{
	if (options->rate <= 0) {
		while (asking->next < asking->end && asking->sent - asking->answered < options->window) send_next(asking, now_ns());
		return 10 * MS;
	}
	while (asking->next < asking->end) {
		uint64_t due = started + (uint64_t)((asking->next - asking->first) * 1e9 / options->rate), now = now_ns();
		if (due > now) return due - now;
		send_next(asking, due);
	}
	return 10 * MS;
}

void run_ask(struct pool *pool, struct meter *meter, const struct options *options)
{
	struct asking asking = {.pool = pool, .first = options->first, .next = options->first, .end = options->first + options->count,
	                        .acknowledged = options->acknowledged};
	pool->handle = on_ask;
	pool->context = &asking;
	read_requests(&asking, options);
	for (uint64_t rest = now_ns() + (uint64_t)(options->warm_up * 1e9); now_ns() < rest;) pool_turn(pool, 10 * MS);
	uint64_t started = now_ns(), end = started + (uint64_t)(options->limit * 1e9);
	meter_start(meter);
	while (asking.answered < options->count && now_ns() < end) {
		uint64_t wait = send_due(&asking, options, started);
		pool_flush(pool);
		pool_turn(pool, wait);
	}
	meter_stop(meter);
	printf("{\"started\":%.6f,\"answered\":%d,\"sent\":%d,\"refused\":%d,\"rate\":%.1f,", (double)started / 1e9,
	       asking.answered, asking.sent, asking.refused + asking.unacknowledged_refused, asking.answered * 1e9 / (double)meter->wall);
	printf("\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,", histogram_at(&asking.latency, 0.5),
	       histogram_at(&asking.latency, 0.99), (double)asking.latency.max / 1e3);
	meter_print(meter, (uint64_t)asking.answered);
	printf("}\n");
	if (asking.refused) fprintf(stderr, "load: for example %s\n", asking.example);
	for (int i = asking.first; i < asking.end; i++) free(asking.requests[i].payload);
	free(asking.requests);
}
