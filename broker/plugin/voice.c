/* See voice.h. MQTT 3.1.1 hides a refusal behind a normal PUBACK, so it is told too. */
#define _GNU_SOURCE
#include "voice.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 4))) static void say(struct text to, int qos, const char *format, ...) {
    char topic[80], payload[320];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(payload, sizeof payload, format, values);
    va_end(values);
    snprintf(topic, sizeof topic, "xasup/v1/u/%.*s/event/broker", (int)to.len, to.at);
    if (length > 0 && (size_t)length < sizeof payload)
        mosquitto_broker_publish_copy(NULL, topic, length, payload, qos, false, NULL);
}

void voice_refusal(struct text user, const char *topic, const char *reason) {
    char shown[128] = "";
    for (size_t i = 0; i < sizeof shown - 1 && topic[i]; i++) {
        char c = topic[i];
        shown[i] = c > ' ' && c <= '~' && c != '"' && c != '\\' ? c : '?';
    }
    say(user, 1, "{\"event\":\"refused\",\"topic\":\"%s\",\"reason\":\"%s\"}", shown, reason);
}

void voice_connected(const char *user, const char *device) {
    say((struct text){"svc-devices", 11}, 0, "{\"event\":\"connected\",\"user\":\"%s\",\"device\":\"%s\"}", user, device);
}
