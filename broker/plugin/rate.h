/* How often a user may publish, and how often they are told of a refusal. `now`: milliseconds, monotonic. */
#ifndef XASUP_RATE_H
#define XASUP_RATE_H

#include "directory.h"

/* Takes a token from the user's bucket, which gains `rate` tokens a second up to `burst`; false when it has none. */
bool rate_allows(struct text user, uint32_t rate, uint32_t burst, uint64_t now);

/* True at most once a second for each user. */
bool rate_may_tell(struct text user, uint64_t now);

#endif
