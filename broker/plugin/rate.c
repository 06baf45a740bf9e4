/* Token buckets of the users who write: a table of fixed size, since anybody can make it grow otherwise.
 *
 * A full bucket is as good as a new one, so it is given away; he who writes in moderation always finds one. Where all of
 * a set are in use, the fullest is shared. Refuses to know: who is exempt. */
#include "rate.h"

#include <stdlib.h>
#include <string.h>

enum { SETS = 4096, WAYS = 4, SECOND = 1000, IDLE = 60 * SECOND, TOKEN = 1000, DEPTH = 20 };
enum { PAUSE = SECOND / 2 }; /* less than a sender waits before it tries again */

struct bucket { /* level: in thousandths of a token */
    uint64_t user[NAME / 8], filled : 63, held : 1, told, level;
    uint32_t rate, burst;
};

static _Alignas(64) struct bucket buckets[SETS][WAYS];
static uint32_t usual = 1000;

static uint64_t depth(const struct bucket *bucket) {
    return bucket->burst * (uint64_t)TOKEN;
}

static uint64_t level_at(const struct bucket *bucket, uint64_t now) {
    uint64_t full = depth(bucket), passed = now - bucket->filled;
    uint64_t gained = (passed < INT32_MAX ? passed : INT32_MAX) * bucket->rate;
    return bucket->level < full && gained < full - bucket->level ? bucket->level + gained : full;
}

/* What is on its way behind a message that was refused must not pass it: so it goes on with more than a drop, or full. */
static uint64_t enough(const struct bucket *bucket) {
    uint64_t gain = (uint64_t)bucket->rate * PAUSE, full = depth(bucket);
    return gain < TOKEN ? TOKEN : gain < full ? gain : full;
}

static bool told_lately(const struct bucket *bucket, uint64_t now) {
    return bucket->told != 0 && now - bucket->told < SECOND;
}

static bool in_use(const struct bucket *bucket, uint64_t now) {
    bool owes = now - bucket->filled < IDLE && level_at(bucket, now) < depth(bucket);
    return owes || told_lately(bucket, now);
}

static struct bucket *bucket_of(struct text user, uint64_t now) {
    struct bucket fresh = {.filled = now, .level = UINT64_MAX}; /* full, however much that is */
    memcpy(fresh.user, user.at, user.len < NAME ? user.len : NAME);
    struct bucket *set = buckets[directory_hash(fresh.user, NAME / 8) % SETS];
    for (int way = 0; way < WAYS; way++)
        if (memcmp(set[way].user, fresh.user, NAME) == 0)
            return &set[way];
    struct bucket *fullest = set;
    for (int way = 0; way < WAYS; way++) {
        if (!in_use(&set[way], now)) {
            set[way] = fresh;
            return &set[way];
        }
        if (level_at(&set[way], now) > level_at(fullest, now))
            fullest = &set[way];
    }
    return fullest;
}

void rate_choose(const char *text) {
    unsigned long wanted = strcmp(text, "none") == 0 ? UINT32_MAX : strtoul(text, NULL, 10);
    if (wanted > 0 && wanted <= UINT32_MAX)
        usual = (uint32_t)wanted;
}

bool rate_allows(struct text user, uint32_t rate, uint32_t burst, uint64_t now) {
    bool given = rate != 0;
    rate = given ? rate : usual;
    if (rate == UINT32_MAX)
        return true;
    struct bucket *bucket = bucket_of(user, now);
    bucket->rate = rate;
    bucket->burst = !given ? rate * DEPTH : burst ? burst : 1;
    bucket->level = level_at(bucket, now);
    bucket->filled = now;
    if (bucket->held && bucket->level < enough(bucket))
        return false;
    bucket->held = bucket->level < TOKEN;
    if (!bucket->held)
        bucket->level -= TOKEN;
    return !bucket->held;
}

bool rate_may_tell(struct text user, uint64_t now) {
    struct bucket *bucket = bucket_of(user, now);
    if (told_lately(bucket, now))
        return false;
    bucket->told = now;
    return true;
}
