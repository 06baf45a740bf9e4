/* What the directory says of a client: its user and its device in one, since all traffic asks for both. */
#ifndef XASUP_STANDING_H
#define XASUP_STANDING_H

#include "directory.h"

enum { SUSPENDED = 1, SERVICE = 2 }; /* flags of a user */

struct standing { /* all of it in 64 bytes, unless names are long */
    uint64_t stamp, expires; /* seconds since the epoch, 0: never */
    uint32_t flags, rate, burst;
    bool linked;  /* there is such a user and such a device, and the user is not suspended */
    uint8_t size; /* of the client id */
    uint64_t client[12]; /* longer than any, so that the next one begins a new line of the cache */
};

/* Of `device` of `user`. `keep`: it will be asked again soon. */
const struct standing *standing_of(struct text user, struct text device, bool keep);

#endif
