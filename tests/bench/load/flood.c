/* Publishers that write whatever the sockets take and wait for nothing, in turn at QoS 0 and at QoS 1, until standard input
 * ends. Refuses to know: what comes of it for others. */
#include "modes.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READY_TO_GO = 65536 }; /* bytes that lie ready on each connection */

struct flooder {
	struct link *link;
	struct template made;
	int qos;
};

struct flood {
	struct pool *pool;
	uint64_t sent, refused, delivered;
};

static void on_flood(struct link *link, const struct packet *packet, void *context)
{
	struct flood *flood = context;
	struct delivery delivery;
	if (packet->type == PUBACK && mqtt_reason(packet, flood->pool->version) != 0) flood->refused++;
	if (packet->type != PUBLISH || mqtt_delivery(packet, flood->pool->version, &delivery) < 0) return;
	flood->delivered++;
	if (delivery.id) link_acknowledge(flood->pool, link, delivery.id);
}

static void pour(struct flood *flood, struct flooder *flooder)
{
	struct link *link = flooder->link;
	while (link->out.used < READY_TO_GO) {
		uint8_t *at = link_room(flood->pool, link, flooder->made.size);
		memcpy(at, flooder->made.bytes, flooder->made.size);
		if (flooder->qos) mqtt_set_id(at + flooder->made.id_at, link_next_id(link));
		link->out.used += flooder->made.size;
		flood->sent++;
	}
}

void run_flood(struct pool *pool, const struct options *options)
{
	struct flood flood = {.pool = pool};
	struct flooder *flooders = calloc((size_t)pool->count, sizeof *flooders);
	char *payload = malloc(options->payload);
	int count = 0;
	if (!flooders || !payload) fail("no memory");
	memset(payload, 'x', options->payload);
	for (int i = 0; i < pool->count; i++) {
		struct link *link = &pool->links[i];
		if (strcmp(link->topics, "-") == 0) continue;
		int qos = count & 1;
		flooders[count++] =
			(struct flooder){link, mqtt_publish(pool->version, qos, link->topics, payload, options->payload), qos};
	}
	pool->handle = on_flood;
	pool->context = &flood;
	printf("{\"ready\":%d}\n", pool->ready);
	fflush(stdout);
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	for (uint64_t end = now_ns() + (uint64_t)(options->limit * 1e9); now_ns() < end && poll(&input, 1, 0) == 0;) {
		for (int i = 0; i < count; i++) pour(&flood, &flooders[i]);
		pool_flush(pool);
		pool_turn(pool, MS);
	}
	printf("{\"sent\":%llu,\"refused\":%llu,\"delivered\":%llu}\n", (unsigned long long)flood.sent,
	       (unsigned long long)flood.refused, (unsigned long long)flood.delivered);
	for (int i = 0; i < count; i++) free(flooders[i].made.bytes);
	free(flooders);
	free(payload);
}
