/* See host.h. It is as strict with the plugin as Mosquitto is, and stricter with what the plugin says to users. */
#define _GNU_SOURCE
#include "host.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct mosquitto { const char *id; };

static MOSQ_FUNC_generic_callback on_connect, on_check;
uint64_t host_clock = 1000000;

_Noreturn void host_fail(const char *what) {
    fprintf(stderr, "not so: %s\n", what);
    abort();
}

/* The plugin is built with this for its clock; the time of day is the machine's. */
int host_gettime(clockid_t which, struct timespec *at);
int host_gettime(clockid_t which, struct timespec *at) {
    if (which == CLOCK_BOOTTIME)
        return (int)syscall(SYS_clock_gettime, which, at);
    at->tv_sec = (time_t)(host_clock / 1000), at->tv_nsec = (long)(host_clock % 1000) * 1000000;
    return 0;
}

void host_start(const char *folder, bool mirror) {
    int versions[] = {3, 4, MOSQ_PLUGIN_VERSION};
    char where[4096], key[] = "directory", gate[] = "mirror", required[] = "required";
    char guesses[] = "guesses", unlimited[] = "unlimited";
    snprintf(where, sizeof where, "%s", folder);
    struct mosquitto_opt options[] = {{key, where}, {guesses, unlimited}, {gate, required}};
    MUST(mosquitto_plugin_version(3, versions) == MOSQ_PLUGIN_VERSION);
    MUST(mosquitto_plugin_init(NULL, NULL, options, mirror ? 3 : 2) == MOSQ_ERR_SUCCESS);
    MUST(on_connect && on_check);
}

void host_stop(void) {
    MUST(mosquitto_plugin_cleanup(NULL, NULL, 0) == MOSQ_ERR_SUCCESS);
}

bool host_connect(const char *client, const char *user, const char *token) {
    struct mosquitto who = {client};
    struct mosquitto_evt_basic_auth event = {.client = &who};
    event.username = (char *)user, event.password = (char *)token;
    int answer = on_connect(MOSQ_EVT_BASIC_AUTH, &event, NULL);
    MUST(answer == MOSQ_ERR_SUCCESS || answer == MOSQ_ERR_AUTH || answer == MOSQ_ERR_UNKNOWN);
    return answer == MOSQ_ERR_SUCCESS;
}

bool host_check(const char *client, int access, const char *topic, bool retain, const void *payload, uint32_t size) {
    struct mosquitto who = {client};
    struct mosquitto_evt_acl_check event = {.client = &who, .topic = topic, .access = access, .retain = retain};
    event.payload = payload, event.payloadlen = size;
    int answer = on_check(MOSQ_EVT_ACL_CHECK, &event, NULL);
    MUST(answer == MOSQ_ERR_SUCCESS || answer == MOSQ_ERR_ACL_DENIED);
    return answer == MOSQ_ERR_SUCCESS;
}

/* ---- What the plugin calls ---- */

const char *mosquitto_client_id(const struct mosquitto *client) {
    return client->id;
}

const char *mosquitto_client_address(const struct mosquitto *client) {
    return client ? "127.0.0.1" : NULL;
}

int mosquitto_callback_register(mosquitto_plugin_id_t *id, int event, MOSQ_FUNC_generic_callback function,
                                const void *data, void *userdata) {
    (void)id, (void)data, (void)userdata;
    *(event == MOSQ_EVT_BASIC_AUTH ? &on_connect : &on_check) = function;
    return MOSQ_ERR_SUCCESS;
}

void mosquitto_log_printf(int level, const char *format, ...) {
    (void)level, (void)format;
}

/* One line of JSON in visible ASCII, as the plugin makes it: what a user wrote must not get out of its string. */
int mosquitto_broker_publish_copy(const char *client, const char *topic, int size, const void *payload, int qos,
                                  bool retain, mosquitto_property *properties) {
    const char *text = payload;
    int quotes = 0;
    (void)properties;
    MUST(client == NULL && !retain && (qos == 0 || qos == 1) && size > 2);
    MUST(strncmp(topic, "xasup/v1/u/", 11) == 0 && strcmp(strrchr(topic, '/'), "/broker") == 0);
    for (int i = 0; i < size; i++) {
        MUST(text[i] >= ' ' && text[i] <= '~' && text[i] != '\\');
        quotes += text[i] == '"';
    }
    MUST(text[0] == '{' && text[size - 1] == '}' && quotes == 12);
    return MOSQ_ERR_SUCCESS;
}

int mosquitto_kick_client_by_clientid(const char *client, bool with_will) {
    MUST(with_will && strlen(client) <= 65);
    return MOSQ_ERR_SUCCESS;
}
