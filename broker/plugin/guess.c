/* See guess.h. Three tables of fixed size, since anybody can make them grow otherwise: addresses, users, and devices that
 * were let in from an address before. The last are counted by themselves: who guesses at a user, or shares an address with
 * those who guess, is not locked out by them. Wrong guesses cost, right ones do not; users who do not exist have a bucket
 * like all, so that nothing tells them apart. Refuses to know: tokens. */
#define _GNU_SOURCE
#include "guess.h"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <stdio.h>
#include <string.h>

enum { BUCKETS = 16384, KEY = 16, SECOND = 1000, MINUTE = 60 * SECOND };
struct bucket { uint64_t who, filled, told, level; }; /* level: in thousandths of a guess */
struct table { const uint64_t most, again; struct bucket buckets[BUCKETS]; }; /* at once; more in each second */

static struct table addresses = {.most = 100, .again = 20}, users = {.most = 50, .again = 5}, known = {.most = 20, .again = 2};

static uint64_t key_of(const char *one, size_t length, const char *two) {
    uint64_t key[KEY] = {0};
    snprintf((char *)key, sizeof key, "%.*s/%s", (int)length, one, two);
    return directory_hash(key, KEY);
}

static struct bucket *slot(struct table *table, uint64_t who) {
    return &table->buckets[who % BUCKETS];
}

/* Those that fall together share a bucket, until it is full again. */
static struct bucket *bucket_of(struct table *table, uint64_t who, uint64_t now) {
    struct bucket *bucket = slot(table, who);
    uint64_t full = table->most * SECOND, passed = now - bucket->filled;
    bool fresh = bucket->filled == 0 || passed >= MINUTE || bucket->level + passed * table->again >= full;
    bucket->level = fresh ? full : bucket->level + passed * table->again;
    bucket->filled = now;
    if (fresh && table != &known)
        bucket->who = who;
    return bucket;
}

static struct bucket *known_bucket(const struct guess *guess) {
    uint64_t who = key_of(guess->client, strlen(guess->client), guess->address);
    return slot(&known, who)->who == who ? bucket_of(&known, who, guess->now) : NULL;
}

static struct bucket *of_address(const struct guess *guess) {
    return bucket_of(&addresses, key_of("", 0, guess->address), guess->now);
}

static struct bucket *of_user(const struct guess *guess) {
    return bucket_of(&users, key_of(guess->user.at, guess->user.len, ""), guess->now);
}

static bool has_one(const struct bucket *bucket) {
    return bucket->level >= SECOND;
}

static void take_one(struct bucket *bucket, const struct guess *guess) {
    bucket->level -= has_one(bucket) ? SECOND : 0;
    if (has_one(bucket) || (bucket->told != 0 && guess->now - bucket->told < MINUTE))
        return;
    bucket->told = guess->now;
    mosquitto_log_printf(MOSQ_LOG_WARNING, "xasup_acl: many wrong tokens, as of %s from %s: more are not looked at for a "
                         "moment", guess->client, guess->address);
}

bool guess_allowed(const struct guess *guess) {
    const struct bucket *mine = known_bucket(guess);
    return mine ? has_one(mine) : has_one(of_address(guess)) && has_one(of_user(guess));
}

void guess_was_wrong(const struct guess *guess) {
    struct bucket *mine = known_bucket(guess);
    if (mine) {
        take_one(mine, guess);
    } else {
        take_one(of_address(guess), guess);
        take_one(of_user(guess), guess);
    }
}

void guess_was_right(const struct guess *guess) {
    uint64_t who = key_of(guess->client, strlen(guess->client), guess->address);
    struct bucket *bucket = slot(&known, who);
    if (bucket->who != who)
        *bucket = (struct bucket){.who = who};
}
