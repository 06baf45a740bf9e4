/* MQTT 3.1.1 (4) and 5 packets as bytes. Refuses to know: sockets, clocks, who sends what. */
#ifndef MQTT_H
#define MQTT_H

#include <stddef.h>
#include <stdint.h>

enum { CONNACK = 2, PUBLISH = 3, PUBACK = 4, SUBACK = 9, DISCONNECT = 14 };

struct packet {
	uint8_t type, flags;
	const uint8_t *body;
	size_t length, size; /* of the body, and with the header */
};

/* Where the parts of an encoded PUBLISH lie, so that a copy can be patched. */
struct template {
	uint8_t *bytes;
	size_t size, id_at, payload_at;
};

/* What a received PUBLISH holds. */
struct delivery {
	uint16_t id; /* 0: QoS 0 */
	const uint8_t *payload;
	size_t length;
};

/* 1: a whole packet, 0: more bytes are needed, -1: not MQTT. */
int mqtt_next(const uint8_t *data, size_t length, struct packet *packet);

/* Each writes into *out* (large enough for its strings + 64 bytes) and returns the size. */
size_t mqtt_connect(uint8_t *out, int version, const char *client, const char *user, const char *password);
size_t mqtt_subscribe(uint8_t *out, int version, const char *filter);
size_t mqtt_puback(uint8_t *out, uint16_t id);
size_t mqtt_disconnect(uint8_t *out);

/* A PUBLISH, of QoS 1 with room for its id; the caller frees bytes. */
struct template mqtt_publish(int version, int qos, const char *topic, const void *payload, size_t length);
void mqtt_set_id(uint8_t *at, uint16_t id);

/* Reason code of CONNACK, SUBACK or PUBACK: 0 or the granted QoS when it went well. -1: malformed. */
int mqtt_reason(const struct packet *packet, int version);
/* The broker's Receive Maximum; 65535 where it sets none. */
int mqtt_receive_maximum(const struct packet *connack, int version);
uint16_t mqtt_id(const struct packet *packet);
/* 0, or -1: malformed. */
int mqtt_delivery(const struct packet *packet, int version, struct delivery *delivery);

#endif
