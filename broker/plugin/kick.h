/* Ends the connection of a client. Refuses to know: who may ask for it. */
#ifndef XASUP_KICK_H
#define XASUP_KICK_H

#include <stdint.h>

/* As a request says: {"op":"disconnect","client":"alice:laptop"}; not the asker's own, which is in use. */
void kick_as_asked(const void *request, uint32_t size, const char *asker);

#endif
