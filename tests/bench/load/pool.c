#define _GNU_SOURCE
#include "pool.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WAVE = 50, EVENTS = 512, READ_SIZE = 65536 }; /* a wave fits into Mosquitto's listen backlog of 100 */

static void reserve(struct buffer *buffer, size_t more)
{
	if (buffer->used + more <= buffer->size) return;
	while (buffer->used + more > buffer->size) buffer->size = buffer->size ? buffer->size * 2 : 1024;
	buffer->bytes = realloc(buffer->bytes, buffer->size);
	if (!buffer->bytes) fail("no memory");
}

uint8_t *link_room(struct pool *pool, struct link *link, size_t size)
{
	reserve(&link->out, size);
	if (!link->dirty) {
		link->dirty = true;
		pool->dirty[pool->dirty_count++] = link;
	}
	return link->out.bytes + link->out.used;
}

void link_acknowledge(struct pool *pool, struct link *link, uint16_t id)
{
	link->out.used += mqtt_puback(link_room(pool, link, 4), id);
}

uint16_t link_next_id(struct link *link)
{
	if (++link->last_id == 0) link->last_id = 1;
	return link->last_id;
}

static void watch(struct pool *pool, struct link *link, int operation, bool writable)
{
	struct epoll_event event = {.events = EPOLLIN | (writable ? EPOLLOUT : 0u), .data.ptr = link};
	link->writable = writable;
	if (epoll_ctl(pool->epoll, operation, link->fd, &event) < 0) fail("epoll_ctl: %s", strerror(errno));
}

static void start(struct pool *pool, struct link *link, const struct sockaddr_in *broker)
{
	int one = 1;
	link->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (link->fd < 0) fail("socket: %s", strerror(errno));
	setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(link->fd, (const struct sockaddr *)broker, sizeof *broker) < 0 && errno != EINPROGRESS)
		fail("connect: %s", strerror(errno));
	link->phase = CONNECTING;
	watch(pool, link, EPOLL_CTL_ADD, true);
	size_t strings = strlen(link->client) + strlen(link->user) + strlen(link->password);
	reserve(&link->out, strings + 64);
	link->out.used = mqtt_connect(link->out.bytes, pool->version, link->client, link->user, link->password);
}

static void become_ready(struct pool *pool, struct link *link)
{
	link->phase = READY;
	pool->ready++;
}

static void shake_hands(struct pool *pool, struct link *link, const struct packet *packet)
{
	int reason = mqtt_reason(packet, pool->version);
	if (link->phase == CONNECTED && packet->type == CONNACK) {
		if (reason != 0) fail("%s: CONNECT refused with 0x%02x", link->client, (unsigned)reason);
		link->receive_maximum = mqtt_receive_maximum(packet, pool->version);
		if (strcmp(link->filter, "-") == 0) {
			become_ready(pool, link);
			return;
		}
		link->phase = SUBSCRIBING;
		uint8_t *at = link_room(pool, link, strlen(link->filter) + 64);
		link->out.used += mqtt_subscribe(at, pool->version, link->filter);
	} else if (link->phase == SUBSCRIBING && packet->type == SUBACK) {
		if (reason != 1) fail("%s: SUBSCRIBE to %s refused with 0x%02x", link->client, link->filter, (unsigned)reason);
		become_ready(pool, link);
	} else if (packet->type != PUBLISH) {
		fail("%s: unexpected packet of type %d", link->client, packet->type);
	}
}

static void take(struct pool *pool, struct link *link, const struct packet *packet)
{
	if (packet->type == DISCONNECT)
		fail("%s: the broker disconnects with 0x%02x", link->client, packet->length ? packet->body[0] : 0u);
	if (link->phase == READY)
		pool->handle(link, packet, pool->context);
	else
		shake_hands(pool, link, packet);
}

static void receive(struct pool *pool, struct link *link)
{
	reserve(&link->in, READ_SIZE / 64);
	ssize_t got = read(link->fd, link->in.bytes + link->in.used, link->in.size - link->in.used);
	if (got < 0 && errno == EAGAIN) return;
	if (got <= 0) fail("%s: the broker closed the connection", link->client);
	bool full = link->in.used + (size_t)got == link->in.size;
	link->in.used += (size_t)got;
	size_t at = 0;
	struct packet packet;
	int whole;
	while ((whole = mqtt_next(link->in.bytes + at, link->in.used - at, &packet)) > 0) {
		take(pool, link, &packet);
		at += packet.size;
	}
	if (whole < 0) fail("%s: not MQTT", link->client);
	memmove(link->in.bytes, link->in.bytes + at, link->in.used - at);
	link->in.used -= at;
	if (full && link->in.size < READ_SIZE) reserve(&link->in, link->in.size + 1); /* busy: read more at once next time */
}

static void write_out(struct pool *pool, struct link *link)
{
	ssize_t put = send(link->fd, link->out.bytes, link->out.used, MSG_NOSIGNAL);
	if (put < 0 && errno != EAGAIN) fail("%s: write: %s", link->client, strerror(errno));
	if (put > 0) {
		link->out.used -= (size_t)put;
		memmove(link->out.bytes, link->out.bytes + put, link->out.used);
	}
	bool pending = link->out.used > 0;
	if (pending != link->writable) watch(pool, link, EPOLL_CTL_MOD, pending);
}

void pool_flush(struct pool *pool)
{
	for (int i = 0; i < pool->dirty_count; i++) {
		pool->dirty[i]->dirty = false;
		if (!pool->dirty[i]->writable) write_out(pool, pool->dirty[i]);
	}
	pool->dirty_count = 0;
}

void pool_turn(struct pool *pool, uint64_t timeout)
{
	struct epoll_event events[EVENTS];
	struct timespec wait = {(time_t)(timeout / 1000000000), (long)(timeout % 1000000000)};
	int count = epoll_pwait2(pool->epoll, events, EVENTS, &wait, NULL);
	if (count < 0 && errno != EINTR) fail("epoll_pwait2: %s", strerror(errno));
	for (int i = 0; i < count; i++) {
		struct link *link = events[i].data.ptr;
		if (link->phase == CONNECTING && events[i].events & (EPOLLERR | EPOLLHUP)) fail("nobody listens there");
		if (events[i].events & EPOLLOUT) {
			if (link->phase == CONNECTING) link->phase = CONNECTED;
			write_out(pool, link);
		}
		if (events[i].events & (EPOLLIN | EPOLLHUP)) receive(pool, link);
	}
	pool_flush(pool);
}

void pool_connect(struct pool *pool, const char *host, int port, uint64_t deadline)
{
	struct sockaddr_in broker = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	if (inet_pton(AF_INET, host, &broker.sin_addr) != 1) fail("%s: expected an IPv4 address", host);
	if ((pool->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0) fail("epoll_create1: %s", strerror(errno));
	for (int started = 0; pool->ready < pool->count;) {
		while (started < pool->count && started - pool->ready < WAVE) start(pool, &pool->links[started++], &broker);
		pool_turn(pool, 100 * MS);
		if (now_ns() > deadline) fail("only %d of %d connections in time", pool->ready, pool->count);
	}
}

void pool_close(struct pool *pool)
{
	for (int i = 0; i < pool->count; i++) {
		struct link *link = &pool->links[i];
		link->out.used += mqtt_disconnect(link_room(pool, link, 2));
	}
	pool_flush(pool);
	for (int i = 0; i < pool->count; i++) {
		close(pool->links[i].fd);
		free(pool->links[i].in.bytes);
		free(pool->links[i].out.bytes);
		free(pool->links[i].client); /* the start of the line that the other fields lie in */
	}
	free(pool->links);
	free(pool->dirty);
	close(pool->epoll);
}
