/* See kick.h. */
#define _GNU_SOURCE
#include "kick.h"
#include "directory.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <stdio.h>
#include <string.h>

void kick_as_asked(const void *request, uint32_t size, const char *asker) {
    char text[160], client[2 * NAME + 2];
    if (size == 0)
        return;
    snprintf(text, sizeof text, "%.*s", (int)size, (const char *)request);
    int found = sscanf(text, " { \"op\" : \"disconnect\" , \"client\" : \"%65[a-z0-9_:-]\" }", client);
    if (found == 1 && strcmp(client, asker) != 0)
        mosquitto_kick_client_by_clientid(client, true); /* with its will, as when it ends by itself */
}
