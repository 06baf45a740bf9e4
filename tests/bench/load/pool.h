/* Many connections to one broker, all in one thread with epoll: connected in waves, read and written in batches.
 * Refuses to know: what is published and why. */
#ifndef POOL_H
#define POOL_H

#include "base.h"
#include "mqtt.h"

#include <stdbool.h>
#include <stdint.h>

enum phase { CLOSED, CONNECTING, CONNECTED, SUBSCRIBING, READY };

struct buffer {
	uint8_t *bytes;
	size_t used, size;
};

struct link {
	int fd, receive_maximum;
	enum phase phase;
	bool writable, dirty;
	uint16_t last_id;
	struct buffer in, out;
	char *client, *user, *password, *filter, *topics; /* of the plan; "-" stands for none */
	void *role; /* the caller's */
};

typedef void on_packet(struct link *link, const struct packet *packet, void *context);

struct pool {
	struct link *links;
	int count, ready, epoll, version;
	struct link **dirty;
	int dirty_count;
	on_packet *handle;
	void *context;
};

/* Read the plan: a line for each connection: client id, user, password, filter, topics (by blanks), separated by tabs. */
void pool_read_plan(struct pool *pool, const char *path, int version);
/* Connect and subscribe all; ends the program with a message when the broker refuses one or *deadline* passes. */
void pool_connect(struct pool *pool, const char *host, int port, uint64_t deadline);
/* Wait for packets at most *timeout* ns, hand them to `handle`, write what was put out. */
void pool_turn(struct pool *pool, uint64_t timeout);
void pool_flush(struct pool *pool);
void pool_close(struct pool *pool);

/* Room for *size* more bytes to go out; the caller fills it and adds to link->out.used. */
uint8_t *link_room(struct pool *pool, struct link *link, size_t size);
void link_acknowledge(struct pool *pool, struct link *link, uint16_t id);
uint16_t link_next_id(struct link *link);

#endif
