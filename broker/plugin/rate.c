/* Token buckets of the users who write: a table of fixed size, since anybody can make it grow otherwise.
 *
 * Users whose names fall together share a bucket while both are active. Refuses to know: who is exempt. */
#include "rate.h"

#include <string.h>

enum { BUCKETS = 16384, SECOND = 1000, IDLE = 60 * SECOND, TOKEN = 1000 };

struct bucket { uint64_t user[NAME / 8], filled, told, level; }; /* level: in thousandths of a token */

static struct bucket buckets[BUCKETS];

static struct bucket *bucket_of(struct text user, uint64_t now) {
    struct bucket fresh = {.filled = now, .level = UINT64_MAX};
    memcpy(fresh.user, user.at, user.len < NAME ? user.len : NAME);
    struct bucket *bucket = &buckets[directory_hash(fresh.user, NAME / 8) % BUCKETS];
    bool active = bucket->filled != 0 && now - bucket->filled < IDLE;
    if (!active && memcmp(bucket->user, fresh.user, NAME) != 0)
        *bucket = fresh;
    return bucket;
}

bool rate_allows(struct text user, uint32_t rate, uint32_t burst, uint64_t now) {
    struct bucket *bucket = bucket_of(user, now);
    uint64_t full = (burst ? burst : 1) * (uint64_t)TOKEN, passed = now - bucket->filled;
    uint64_t gained = (passed < INT32_MAX ? passed : INT32_MAX) * rate;
    bucket->level = bucket->level < full && gained < full - bucket->level ? bucket->level + gained : full;
    bucket->filled = now;
    if (bucket->level < TOKEN)
        return false;
    bucket->level -= TOKEN;
    return true;
}

bool rate_may_tell(struct text user, uint64_t now) {
    struct bucket *bucket = bucket_of(user, now);
    if (bucket->told != 0 && now - bucket->told < SECOND)
        return false;
    bucket->told = now;
    return true;
}
