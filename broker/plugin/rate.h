/* How often a user may publish, and how often they are told of a refusal. `now`: milliseconds, monotonic. */
#ifndef XASUP_RATE_H
#define XASUP_RATE_H

#include "directory.h"

/* The rate of those to whom nobody has given one: publishes a second, twenty times as many at once; "none": no limit.
 * What is no number leaves it as it is, at 1,000. */
void rate_choose(const char *text);

/* Takes a token from the user's bucket, which gains `rate` tokens a second up to `burst`; false when it has none.
 * `rate` 0: the one of rate_choose(); UINT32_MAX: no limit. */
bool rate_allows(struct text user, uint32_t rate, uint32_t burst, uint64_t now);

/* True at most once a second for each user. */
bool rate_may_tell(struct text user, uint64_t now);

#endif
