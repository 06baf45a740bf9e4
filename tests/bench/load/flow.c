/* Publishers that keep a window of QoS 1 messages under way, each counted at every one of its receivers. */
#include "modes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RING = 1024, TOPICS = 256, DRAIN = 1000 * MS };

/* The beginning of every payload. */
struct stamp {
	uint64_t sent;
	uint32_t publisher, number;
};

struct publisher {
	struct link *link;
	struct template topics[TOPICS];
	int topic_count, window, unacknowledged, under_way;
	uint32_t number;
	int missing[RING]; /* receivers that have not got message number % RING */
};

struct flow {
	struct pool *pool;
	struct publisher *publishers;
	int count, receivers;
	bool measuring, stopping;
	uint64_t sent, delivered, completed, refused, strays;
	struct histogram latency;
};

static void offer(struct flow *flow, struct publisher *publisher)
{
	while (!flow->stopping && publisher->unacknowledged < publisher->window &&
	       publisher->under_way < publisher->window && publisher->missing[publisher->number % RING] == 0) {
		const struct template *made = &publisher->topics[publisher->number % (uint32_t)publisher->topic_count];
		struct stamp stamp = {now_ns(), (uint32_t)(publisher - flow->publishers), publisher->number};
		uint8_t *at = link_room(flow->pool, publisher->link, made->size);
		memcpy(at, made->bytes, made->size);
		memcpy(at + made->payload_at, &stamp, sizeof stamp);
		mqtt_set_id(at + made->id_at, link_next_id(publisher->link));
		publisher->link->out.used += made->size;
		publisher->missing[publisher->number++ % RING] = flow->receivers;
		publisher->unacknowledged++;
		publisher->under_way++;
		flow->sent++;
	}
}

static void arrived(struct flow *flow, const struct delivery *delivery)
{
	struct stamp stamp;
	if (delivery->length < sizeof stamp) fail("a delivery of %zu bytes is none of ours", delivery->length);
	memcpy(&stamp, delivery->payload, sizeof stamp);
	if (stamp.publisher >= (uint32_t)flow->count) fail("a delivery is none of ours");
	struct publisher *publisher = &flow->publishers[stamp.publisher];
	int *missing = &publisher->missing[stamp.number % RING];
	flow->delivered++;
	if (*missing == 0) {
		flow->strays++;
	} else if (--*missing == 0) {
		publisher->under_way--;
		flow->completed++;
		if (flow->measuring) histogram_add(&flow->latency, now_ns() - stamp.sent);
		offer(flow, publisher);
	}
}

static void on_flow(struct link *link, const struct packet *packet, void *context)
{
	struct flow *flow = context;
	struct delivery delivery;
	if (packet->type == PUBACK) {
		struct publisher *publisher = link->role;
		publisher->unacknowledged--;
		if (mqtt_reason(packet, flow->pool->version) != 0) flow->refused++;
		offer(flow, publisher);
	} else if (packet->type == PUBLISH) {
		if (mqtt_delivery(packet, flow->pool->version, &delivery) < 0) fail("%s: malformed PUBLISH", link->client);
		if (delivery.id) link_acknowledge(flow->pool, link, delivery.id);
		arrived(flow, &delivery);
	}
}

static void prepare(struct flow *flow, struct publisher *publisher, const struct options *options)
{
	char *payload = malloc(options->payload), *rest = publisher->link->topics, *topic;
	if (!payload) fail("no memory");
	memset(payload, 'x', options->payload);
	while ((topic = strsep(&rest, " ")) != NULL && publisher->topic_count < TOPICS)
		publisher->topics[publisher->topic_count++] =
			mqtt_publish(flow->pool->version, 1, topic, payload, options->payload);
	free(payload);
	publisher->window = options->window < RING ? options->window : RING;
	if (publisher->window > publisher->link->receive_maximum) publisher->window = publisher->link->receive_maximum;
	publisher->link->role = publisher;
}

static void run_until(struct flow *flow, uint64_t end)
{
	while (now_ns() < end) pool_turn(flow->pool, 10 * MS);
}

static void drain(struct flow *flow)
{
	flow->stopping = true;
	for (uint64_t end = now_ns() + DRAIN; flow->completed < flow->sent && now_ns() < end;) pool_turn(flow->pool, 10 * MS);
}

static void print(const struct flow *flow, const struct meter *meter, uint64_t delivered, uint64_t completed)
{
	printf("{\"delivered\":%llu,\"messages\":%llu,\"rate\":%.1f,", (unsigned long long)delivered,
	       (unsigned long long)completed, (double)delivered * 1e9 / (double)meter->wall);
	printf("\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,", histogram_at(&flow->latency, 0.5),
	       histogram_at(&flow->latency, 0.99), (double)flow->latency.max / 1e3);
	printf("\"lost\":%llu,\"refused\":%llu,\"strays\":%llu,", (unsigned long long)(flow->sent - flow->completed),
	       (unsigned long long)flow->refused, (unsigned long long)flow->strays);
	meter_print(meter, delivered);
	printf("}\n");
}

void run_flow(struct pool *pool, struct meter *meter, const struct options *options)
{
	struct flow flow = {.pool = pool, .receivers = options->receivers};
	pool->handle = on_flow;
	pool->context = &flow;
	flow.publishers = calloc((size_t)pool->count, sizeof *flow.publishers);
	if (!flow.publishers) fail("no memory");
	for (int i = 0; i < pool->count; i++) {
		if (strcmp(pool->links[i].topics, "-") == 0) continue;
		flow.publishers[flow.count].link = &pool->links[i];
		prepare(&flow, &flow.publishers[flow.count++], options);
	}
	for (int i = 0; i < flow.count; i++) offer(&flow, &flow.publishers[i]);
	pool_flush(pool);
	run_until(&flow, now_ns() + (uint64_t)(options->warm_up * 1e9));
	uint64_t delivered = flow.delivered, completed = flow.completed;
	flow.measuring = true;
	meter_start(meter);
	run_until(&flow, now_ns() + (uint64_t)(options->seconds * 1e9));
	meter_stop(meter);
	flow.measuring = false;
	delivered = flow.delivered - delivered;
	completed = flow.completed - completed;
	drain(&flow);
	print(&flow, meter, delivered, completed);
	for (int i = 0; i < flow.count; i++)
		for (int topic = 0; topic < flow.publishers[i].topic_count; topic++) free(flow.publishers[i].topics[topic].bytes);
	free(flow.publishers);
}
