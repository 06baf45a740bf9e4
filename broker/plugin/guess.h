/* Wrong tokens, and who may try another. `client`: a client id of ours; `now`: milliseconds, monotonic. */
#ifndef XASUP_GUESS_H
#define XASUP_GUESS_H

#include "directory.h"

struct guess { struct text user; const char *client, *address; uint64_t now; };

/* False: too many were wrong, by address or by user; this one is not to be looked at. */
bool guess_allowed(const struct guess *guess);

void guess_was_wrong(const struct guess *guess);
void guess_was_right(const struct guess *guess);

#endif
