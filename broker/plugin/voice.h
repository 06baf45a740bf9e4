/* What the broker itself says, as JSON in event/broker. Refuses to know: why, and how often. */
#ifndef XASUP_VOICE_H
#define XASUP_VOICE_H

#include "directory.h"

/* To `user`: a publish of theirs was refused; of a foreign topic, only what is harmless is repeated. */
void voice_refusal(struct text user, const char *topic, const char *reason);

/* To the devices' service: a device has come. */
void voice_connected(const char *user, const char *device);

#endif
