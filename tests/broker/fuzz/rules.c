/* The check functions and the parser of topics, with a directory that says whatever the input wants.
 *
 * Input: what is asked, eight bytes of facts, then client, user and topic (or token), each ended by a 0, and the payload.
 * Not only crashes are looked for: of what is allowed, all that the design asks for must be so. */
#define _GNU_SOURCE
#include "directory.h"
#include "host.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT, WRITE = 2, READ = 1, SUBSCRIBE = 4 }; /* Mosquitto's numbers for the latter three */
enum { ASKED, USER, FLAGS, DEVICE, EXPIRY, EDGES, RATE, TOKEN, HEAD };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct { const uint8_t *head; bool ready; uint64_t stamp; unsigned char hash[HASH]; } said;

/* ---- The directory ---- */

bool directory_choose(const char *folder, uint64_t random) { return folder != NULL && random != 0; }
void directory_close(void) {}
bool directory_ready(uint64_t now) { return said.ready && now != 0; }
bool directory_failed(void) { return said.head[EDGES] & 128; }
uint64_t directory_stamp(void) { return said.stamp; }
uint64_t directory_hash(const uint64_t *words, size_t count) {
    uint64_t sum = 0;
    while (count--)
        sum = sum * 31 + words[count];
    return sum;
}

static bool edge(char space) {
    return said.head[EDGES] & (space == 'c' ? 1 : 2);
}

static void say_user(struct fact *fact) {
    fact->len = said.head[USER], fact->present = fact->len != 0;
    fact->value[0] = said.head[FLAGS], fact->value[1] = said.head[RATE] >> 4, fact->value[2] = said.head[RATE] & 15;
}

static void say_device(struct fact *fact) {
    static const uint64_t expiries[] = {0, 1, 4000000000, UINT64_MAX};
    uint64_t expiry = expiries[said.head[EXPIRY] % 4];
    fact->len = said.head[DEVICE], fact->present = fact->len != 0;
    memcpy(fact->value, said.hash, HASH);
    memcpy(fact->value + 8, &expiry, sizeof expiry);
}

const struct fact *directory_look_up(const char *space, struct text a, char between, struct text b, bool keep) {
    static struct fact fact;
    (void)between, (void)keep;
    fact = (struct fact){.stamp = said.stamp};
    if (a.len > NAME || b.len > NAME)
        return NULL;
    if (*space == 'u')
        say_user(&fact);
    else if (*space == 'd')
        say_device(&fact);
    else
        fact.present = edge(*space);
    return fact.present ? &fact : NULL;
}

/* ---- What must be so ---- */

static bool is_name(const char *at, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_-", at[i]) || at[i] == 0)
            return false;
    return size >= 1 && size <= 32 && *at != '-' && *at != '_';
}

static bool valid(const char *client) {
    const char *colon = strchr(client, ':');
    bool lasts = said.head[EXPIRY] % 4 != 1;
    return said.ready && !(said.head[EDGES] & 128) && colon && is_name(client, (size_t)(colon - client))
           && is_name(colon + 1, strlen(colon + 1)) && said.head[USER] == 12 && !(said.head[FLAGS] & 1)
           && said.head[DEVICE] == 40 && lasts;
}

/* Of what is no bridge's: `level` 0 is what comes after xasup/v1. */
static void must_be_right(const char *me, int access, char *level[4], int levels, uint32_t size, bool retain) {
    bool service = said.head[FLAGS] & 2, user = strcmp(level[0], "u") == 0, group = strcmp(level[0], "g") == 0;
    bool acts = service && strncmp(me, "svc-", 4) == 0;
    if (access == WRITE) {
        bool event = levels == 4 && strcmp(level[2], "event") == 0, presence = strcmp(level[2], "presence") == 0;
        MUST(levels == 4 && size <= (service ? 196608 : 65536) && (presence || !retain));
        MUST(is_name(level[1], strlen(level[1])) && is_name(level[3], strlen(level[3])));
        MUST(event ? acts && strcmp(me + 4, level[3]) == 0 : strcmp(me, level[3]) == 0);
        MUST(!user || event || (presence ? strcmp(me, level[1]) == 0 : edge('c')));
        MUST(!group || event || edge('g'));
        MUST(user || group || (strcmp(level[0], "svc") == 0 && strcmp(level[2], "request") == 0));
    } else if (acts && strcmp(me, "svc-bridge") == 0) {
        return;
    } else if (user) {
        bool mine = strcmp(level[1], me) == 0, sent = levels == 4 && strcmp(level[3], me) == 0;
        MUST(mine || sent || (levels == 4 && strcmp(level[2], "presence") == 0 && edge('c')));
    } else {
        MUST(group ? edge('g') : acts && strcmp(level[0], "svc") == 0 && strcmp(level[1], me + 4) == 0);
    }
}

static void judge(const char *client, int access, const char *topic, uint32_t size, bool retain) {
    char *copy = strdup(topic), *level[8] = {0}, *rest = copy, *me = strndup(client, strcspn(client, ":"));
    int levels = 0;
    MUST(valid(client));
    if (*topic == '$') {
        MUST(strcmp(topic, "$SYS/broker/publish/messages/dropped") == 0 && access != WRITE);
        MUST(strcmp(me, "svc-bridge") == 0 && said.head[FLAGS] & 2);
    } else {
        while (rest && levels < 8)
            level[levels++] = strsep(&rest, "/");
        MUST(levels >= 5 && levels <= 6 && strcmp(level[0], "xasup") == 0 && strcmp(level[1], "v1") == 0);
        must_be_right(me, access, level + 2, levels - 2, size, retain);
    }
    free(me), free(copy);
}

/* ---- */

/* A text of its own, so that a byte too many is noticed. */
static char *take(const uint8_t **data, size_t *size) {
    size_t length = strnlen((const char *)*data, *size);
    char *text = strndup((const char *)*data, length);
    size_t used = length + (length < *size);
    *data += used, *size -= used;
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int asked[] = {CONNECT, READ, WRITE, SUBSCRIBE};
    static bool started;
    if (size < HEAD)
        return -1;
    if (!started)
        host_start("/", false), started = true;
    said.head = data, said.ready = !(data[ASKED] & 8);
    said.stamp++, host_clock += 61000; /* what was before is forgotten */
    int access = asked[data[ASKED] & 3];
    bool retain = data[ASKED] & 4, right = data[TOKEN] & 1;
    uint32_t more = data[TOKEN] & 2 ? 65536 : data[TOKEN] & 4 ? 196608 : 0; /* a payload much larger than an input */
    data += HEAD, size -= HEAD;
    char *client = take(&data, &size), *user = take(&data, &size), *topic = take(&data, &size);
    if (access == CONNECT) {
        SHA256((const unsigned char *)topic, strlen(topic) + !right, said.hash);
        bool good = host_connect(client, user, topic), known = valid(client) && right;
        MUST(good == (known && strcspn(client, ":") == strlen(user) && strncmp(client, user, strlen(user)) == 0));
    } else {
        uint8_t *payload = calloc(size + more + !(size + more), 1);
        memcpy(payload, data, size);
        if (host_check(client, access, topic, retain, payload, (uint32_t)size + more))
            judge(client, access, topic, (uint32_t)size + more, retain);
        free(payload);
    }
    free(client), free(user), free(topic);
    return 0;
}
