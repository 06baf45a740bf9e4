#include "mqtt.h"

#include <stdlib.h>
#include <string.h>

static size_t put_string(uint8_t *at, const char *text)
{
	size_t length = strlen(text);
	mqtt_set_id(at, (uint16_t)length);
	memcpy(at + 2, text, length);
	return length + 2;
}

/* A variable byte integer; the bytes it took, 0: incomplete, -1: longer than four. */
static int varint(const uint8_t *at, size_t length, size_t *value)
{
	*value = 0;
	for (size_t i = 0; i < 4; i++) {
		if (i == length) return 0;
		*value |= (size_t)(at[i] & 0x7f) << (7 * i);
		if (!(at[i] & 0x80)) return (int)i + 1;
	}
	return -1;
}

static size_t put_varint(uint8_t *at, size_t value)
{
	size_t used = 0;
	do {
		at[used++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value > 0);
	return used;
}

/* Put the fixed header before a body that was written at out + 5. */
static size_t close_packet(uint8_t *out, uint8_t first, size_t body)
{
	uint8_t header[5] = {first};
	size_t used = 1 + put_varint(header + 1, body);
	memmove(out + used, out + 5, body);
	memcpy(out, header, used);
	return used + body;
}

int mqtt_next(const uint8_t *data, size_t length, struct packet *packet)
{
	size_t body;
	if (length < 2) return 0;
	int used = varint(data + 1, length - 1, &body);
	if (used <= 0) return used;
	packet->size = 1 + (size_t)used + body;
	if (length < packet->size) return 0;
	packet->type = data[0] >> 4;
	packet->flags = data[0] & 15;
	packet->body = data + 1 + used;
	packet->length = body;
	return 1;
}

size_t mqtt_connect(uint8_t *out, int version, const char *client, const char *user, const char *password)
{
	uint8_t *at = out + 5;
	at += put_string(at, "MQTT");
	*at++ = (uint8_t)version;
	*at++ = 0xc2; /* user name, password, clean start */
	mqtt_set_id(at, 600); /* seconds of keep alive: longer than any run, so no pings */
	at += 2;
	if (version == 5) *at++ = 0;
	at += put_string(at, client);
	at += put_string(at, user);
	at += put_string(at, password);
	return close_packet(out, 0x10, (size_t)(at - out - 5));
}

size_t mqtt_subscribe(uint8_t *out, int version, const char *filter)
{
	uint8_t *at = out + 5;
	mqtt_set_id(at, 1);
	at += 2;
	if (version == 5) *at++ = 0;
	at += put_string(at, filter);
	*at++ = 1; /* QoS */
	return close_packet(out, 0x82, (size_t)(at - out - 5));
}

size_t mqtt_puback(uint8_t *out, uint16_t id)
{
	out[0] = 0x40;
	out[1] = 2;
	mqtt_set_id(out + 2, id);
	return 4;
}

size_t mqtt_disconnect(uint8_t *out)
{
	out[0] = 0xe0;
	out[1] = 0;
	return 2;
}

struct template mqtt_publish(int version, int qos, const char *topic, const void *payload, size_t length)
{
	struct template made = {.bytes = malloc(strlen(topic) + length + 64)};
	if (!made.bytes) abort();
	uint8_t *at = made.bytes + 5;
	at += put_string(at, topic);
	at += qos ? 2 : 0; /* the id */
	if (version == 5) *at++ = 0;
	memcpy(at, payload, length);
	made.size = close_packet(made.bytes, (uint8_t)(0x30 | qos << 1), (size_t)(at - made.bytes - 5) + length);
	made.payload_at = made.size - length;
	made.id_at = made.payload_at - (version == 5 ? 3 : 2);
	return made;
}

void mqtt_set_id(uint8_t *at, uint16_t id)
{
	at[0] = (uint8_t)(id >> 8);
	at[1] = (uint8_t)id;
}

uint16_t mqtt_id(const struct packet *packet)
{
	return packet->length < 2 ? 0 : (uint16_t)(packet->body[0] << 8 | packet->body[1]);
}

int mqtt_reason(const struct packet *packet, int version)
{
	switch (packet->type) {
	case CONNACK: return packet->length < 2 ? -1 : packet->body[1];
	case PUBACK: return version == 5 && packet->length > 2 ? packet->body[2] : 0;
	case SUBACK: return packet->length < 3 ? -1 : packet->body[packet->length - 1];
	default: return -1;
	}
}

int mqtt_receive_maximum(const struct packet *connack, int version)
{
	enum { RECEIVE_MAXIMUM = 0x21 };
	size_t properties, i = 2;
	if (version != 5) return 65535;
	int used = varint(connack->body + 2, connack->length - 2, &properties);
	if (used <= 0) return 65535;
	i += (size_t)used;
	while (i + 3 <= connack->length) {
		const uint8_t *at = connack->body + i;
		switch (at[0]) { /* MQTT 5, section 3.2.2.3: by the kind follows the length */
		case RECEIVE_MAXIMUM: return at[1] << 8 | at[2];
		case 0x24: case 0x25: case 0x28: case 0x29: case 0x2a: i += 2; break;
		case 0x13: case 0x22: i += 3; break;
		case 0x11: case 0x27: i += 5; break;
		default: i += 3u + (size_t)(at[1] << 8 | at[2]); /* a string; a pair is never sent by Mosquitto */
		}
	}
	return 65535;
}

int mqtt_delivery(const struct packet *packet, int version, struct delivery *delivery)
{
	size_t at = 2u + mqtt_id(packet), properties = 0; /* the topic has the same form as an id: a length */
	delivery->id = 0;
	if (packet->flags & 6) {
		if (at + 2 > packet->length) return -1;
		delivery->id = (uint16_t)(packet->body[at] << 8 | packet->body[at + 1]);
		at += 2;
	}
	if (version == 5) {
		int used = at < packet->length ? varint(packet->body + at, packet->length - at, &properties) : -1;
		if (used <= 0) return -1;
		at += (size_t)used + properties;
	}
	if (at > packet->length) return -1;
	delivery->payload = packet->body + at;
	delivery->length = packet->length - at;
	return 0;
}
