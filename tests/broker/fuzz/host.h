/* What Mosquitto is to the plugin, as far as the plugin asks it: a client, two events, a voice. */
#ifndef XASUP_HOST_H
#define XASUP_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts the plugin on this folder; `mirror`: people are let in once the bridge has subscribed. */
void host_start(const char *folder, bool mirror);
void host_stop(void);

/* The answers of the plugin; what is no answer of a plugin ends the process. */
bool host_connect(const char *client, const char *user, const char *token);
bool host_check(const char *client, int access, const char *topic, bool retain, const void *payload, uint32_t size);

/* The plugin's clock, in milliseconds; the host moves it. */
extern uint64_t host_clock;

/* Ends the process, saying what should be so and is not. */
#define MUST(condition) ((condition) ? (void)0 : host_fail(#condition))
_Noreturn void host_fail(const char *what);

#endif
