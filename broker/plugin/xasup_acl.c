/* xasup_acl: who may connect, write, subscribe and read, asked by Mosquitto 2 at every packet and every delivery.
 *
 * The rules are those of xasup/protocol/access.py, in C; tests hold the two together. Facts come from the directory;
 * what cannot be known is denied. Every check is O(1) and allocates nothing. Mosquitto runs plugins in one thread.
 * Refuses to know: where facts are kept, why somebody was accepted, what messages say. */
#define _GNU_SOURCE
#include "directory.h"
#include "guess.h"
#include "kick.h"
#include "rate.h"
#include "sockets.h"
#include "standing.h"
#include "steady.h"
#include "voice.h"

#include <mosquitto.h>
#include <mosquitto_broker.h> /* before mosquitto_plugin.h, which needs its types */
#include <mosquitto_plugin.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PAYLOAD = 65536, MAX_SERVICE_PAYLOAD = 196608 };
enum { WRITE = MOSQ_ACL_WRITE, READ = MOSQ_ACL_READ, SUBSCRIBE = MOSQ_ACL_SUBSCRIBE };
enum { SPACE = 2, OWNER, KIND, ACTOR, LEVELS }; /* of a topic */

typedef const char *reason; /* a word of access.Reason; NULL: allowed */
struct question {
    struct text me, device, level[LEVELS];
    const char *topic;
    int access;
    bool retain;
    uint32_t size, flags, rate, burst; /* the latter three: of the user, looked up */
    unsigned char token[HASH];
};

static const reason OK = NULL, UNAVAILABLE = "directory-unavailable";
static const struct text BRIDGE = {"bridge", 6};
static uint64_t now; /* milliseconds, monotonic */
static unsigned stalled = 180; /* seconds; our own services come by a socket that is not TCP, where it has no meaning */
static bool may_guess; /* however often: for tests that are wrong on purpose */
static struct { bool required, mirrored; } gate; /* people are let in once the bridge has subscribed, if that is required */

/* ---- Who and where ---- */

static bool same(struct text a, struct text b) {
    return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

static bool is(struct text text, const char *word) {
    return same(text, (struct text){word, strlen(word)});
}

static bool is_name(struct text text) {
    bool good = text.len >= 1 && text.len <= NAME && text.at[0] != '_' && text.at[0] != '-';
    for (size_t i = 0; good && i < text.len; i++) {
        char c = text.at[i];
        good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    }
    return good;
}

/* A client id is user:device. */
static bool identify(struct question *q, const struct mosquitto *client) {
    const char *id = mosquitto_client_id(client), *colon = id ? strchr(id, ':') : NULL;
    if (colon == NULL)
        return false;
    q->me = (struct text){id, (size_t)(colon - id)};
    q->device = (struct text){colon + 1, strlen(colon + 1)};
    return is_name(q->me) && is_name(q->device);
}

/* Traffic comes again and again; CONNECT and SUBSCRIBE do not. */
static bool repeats(const struct question *q) {
    return q->access == WRITE || q->access == READ;
}

/* The user not suspended, the device linked and not expired: asked each time, so that a revocation holds at once. */
static bool valid(struct question *q) {
    const struct standing *standing = standing_of(q->me, q->device, repeats(q));
    q->flags = standing->flags, q->rate = standing->rate, q->burst = standing->burst;
    return standing->linked && (standing->expires == 0 || (uint64_t)steady_now() < standing->expires);
}

static bool acts_as(const struct question *q, struct text service) {
    return (q->flags & SERVICE) && strncmp(q->me.at, "svc-", 4) == 0
           && same((struct text){q->me.at + 4, q->me.len - 4}, service);
}

/* ---- The rules ---- */

enum ask { ANYBODY, MYSELF, ACCEPTED, MEMBER, ACTING, SERVING, MINE, SENT, MINE_OR_SENT, PRESENCE, NOBODY };
enum { MIRRORED = 16 }; /* the bridge may, whatever else is asked */

static const char DROPPED[] = "$SYS/broker/publish/messages/dropped"; /* the one topic outside, here one level */

/* The one table of topics and filters, xasup/v1/<space>/<owner>/<kind>/<actor>. "*": any name; NULL: no such level. */
static const struct row { int access; const char *space, *owner, *kind, *actor; int ask; } rows[] = {
    {WRITE, "u", "*", "msg", "*", ACCEPTED},      {READ, "u", "*", "msg", "*", MINE_OR_SENT | MIRRORED},
    {WRITE, "u", "*", "receipt", "*", ACCEPTED},  {READ, "u", "*", "receipt", "*", MINE_OR_SENT | MIRRORED},
    {WRITE, "u", "*", "typing", "*", ACCEPTED},   {READ, "u", "*", "typing", "*", MINE},
    {WRITE, "u", "*", "event", "*", ACTING},      {READ, "u", "*", "event", "groups", MINE | MIRRORED},
                                                  {READ, "u", "*", "event", "*", MINE},
    {WRITE, "u", "*", "presence", "*", MYSELF},   {READ, "u", "*", "presence", "*", PRESENCE},
    {WRITE, "g", "*", "msg", "*", MEMBER},        {READ, "g", "*", "msg", "*", MEMBER | MIRRORED},
    {WRITE, "g", "*", "typing", "*", MEMBER},     {READ, "g", "*", "typing", "*", MEMBER},
    {WRITE, "g", "*", "event", "*", ACTING},      {READ, "g", "*", "event", "*", MEMBER},
    {WRITE, "svc", "*", "request", "*", ANYBODY}, {READ, "svc", "*", "request", "*", SERVING},
    {SUBSCRIBE, "u", "*", "#", NULL, MINE},       {SUBSCRIBE, "u", "*", "presence", "*", PRESENCE},
    {SUBSCRIBE, "u", "+", "msg", "*", SENT},      {SUBSCRIBE, "u", "+", "msg", "+", NOBODY | MIRRORED},
    {SUBSCRIBE, "u", "+", "receipt", "*", SENT},  {SUBSCRIBE, "u", "+", "receipt", "+", NOBODY | MIRRORED},
    {SUBSCRIBE, "g", "*", "#", NULL, MEMBER},     {SUBSCRIBE, "g", "+", "msg", "+", NOBODY | MIRRORED},
    {SUBSCRIBE, "svc", "*", "request", "+", SERVING}, {SUBSCRIBE, "u", "+", "event", "groups", NOBODY | MIRRORED},
    {SUBSCRIBE, DROPPED, NULL, NULL, NULL, NOBODY | MIRRORED}, {READ, DROPPED, NULL, NULL, NULL, NOBODY | MIRRORED},
};

static bool fits(const char *pattern, struct text level) {
    if (pattern == NULL || level.at == NULL)
        return pattern == level.at;
    return *pattern == '*' ? is_name(level) : is(level, pattern);
}

/* Cuts the topic or filter into levels, in place; false if it is none of ours. */
static bool cut(struct question *q) {
    struct text *level = q->level;
    if (q->topic[0] == '$') {
        q->level[SPACE] = (struct text){q->topic, strlen(q->topic)};
        return true;
    }
    for (const char *at = q->topic, *end; at; at = *end ? end + 1 : NULL) {
        if (level == q->level + LEVELS)
            return false;
        end = strchrnul(at, '/');
        *level++ = (struct text){at, (size_t)(end - at)};
    }
    return fits("xasup", q->level[0]) && fits("v1", q->level[1]);
}

static const struct row *row_of(struct question *q) {
    if (!cut(q))
        return NULL;
    for (const struct row *row = rows; row < rows + sizeof rows / sizeof *rows; row++)
        if (row->access == q->access && fits(row->space, q->level[SPACE]) && fits(row->kind, q->level[KIND])
            && fits(row->owner, q->level[OWNER]) && fits(row->actor, q->level[ACTOR]))
            return row;
    return NULL;
}

static reason answer(const struct question *q, enum ask ask) {
    struct text owner = q->level[OWNER], actor = q->level[ACTOR];
    bool mine = same(owner, q->me);
    switch (ask) {
    case ANYBODY: return OK;
    case MYSELF: return mine ? OK : "not-you";
    case ACCEPTED: return directory_look_up("c/", owner, '/', q->me, repeats(q)) ? OK : "not-accepted";
    case MEMBER: return directory_look_up("g/", owner, '/', q->me, repeats(q)) ? OK : "not-member";
    case ACTING: return acts_as(q, actor) ? OK : "not-service";
    case SERVING: return acts_as(q, owner) ? OK : "not-service";
    case MINE: return mine ? OK : "not-yours";
    case SENT: return same(actor, q->me) ? OK : "not-yours";
    case MINE_OR_SENT: return mine || same(actor, q->me) ? OK : "not-yours"; /* accepted when it was sent: delivered */
    case PRESENCE: return !same(owner, actor) ? "not-a-topic" : mine ? OK : answer(q, ACCEPTED);
    case NOBODY: return "not-service";
    }
    return "not-a-topic";
}

/* The same work for an unknown user, an unknown device and a wrong token: the time it takes tells nothing. */
static reason may_connect(struct question *q) {
    static const unsigned char nothing[HASH];
    bool is_valid = valid(q);
    const struct fact *device = directory_look_up("d/", q->me, ':', q->device, false);
    bool matches = CRYPTO_memcmp(q->token, device ? (const void *)device->value : nothing, HASH) == 0;
    return is_valid & (device != NULL) & matches ? OK : "bad-credentials";
}

static reason may(struct question *q) {
    if (!valid(q))
        return "device-invalid";
    const struct row *row = row_of(q);
    if (row == NULL)
        return "not-a-topic";
    if (q->access != WRITE)
        return row->ask & MIRRORED && acts_as(q, BRIDGE) ? OK : answer(q, row->ask & ~MIRRORED);
    if (q->retain && row->ask != MYSELF)
        return "no-retain";
    if (q->size > (q->flags & SERVICE ? MAX_SERVICE_PAYLOAD : MAX_PAYLOAD)) /* a service's: a page of history */
        return "too-large";
    if (row->ask != ACTING && !same(q->level[ACTOR], q->me))
        return "not-you";
    reason why = answer(q, row->ask);
    return why != OK || q->flags & SERVICE || rate_allows(q->me, q->rate, q->burst, now) ? why : "too-fast";
}

static void look_at_the_clock(void) {
    struct timespec clock;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &clock);
    now = (uint64_t)clock.tv_sec * 1000 + (uint64_t)clock.tv_nsec / 1000000;
}

static reason decide(reason (*rule)(struct question *), struct question *q) {
    look_at_the_clock();
    if (!directory_ready(now))
        return UNAVAILABLE;
    reason why = rule(q);
    return directory_failed() ? UNAVAILABLE : why;
}

/* A service has something to ask of the broker itself. */
static bool asks_us(const struct question *q) {
    return q->flags & SERVICE && is(q->level[SPACE], "svc") && is(q->level[OWNER], "broker");
}

/* ---- Mosquitto ---- */

static int on_basic_auth(int event, void *data, void *unused) {
    const struct mosquitto_evt_basic_auth *auth = data;
    struct question q = {.access = 0};
    (void)event, (void)unused;
    if (!auth->username || !auth->password || !identify(&q, auth->client) || !is(q.me, auth->username))
        return MOSQ_ERR_AUTH;
    look_at_the_clock();
    sockets_end_stalled(stalled);
    const char *address = mosquitto_client_address(auth->client);
    struct guess guess = {q.me, mosquitto_client_id(auth->client), address ? address : "", now};
    if (!may_guess && !guess_allowed(&guess))
        return MOSQ_ERR_UNKNOWN; /* closes without CONNACK, right or wrong: who has the token comes again */
    SHA256((const unsigned char *)auth->password, strlen(auth->password), q.token);
    reason why = decide(may_connect, &q);
    if (why == UNAVAILABLE)
        return MOSQ_ERR_UNKNOWN; /* as well: the token may be good */
    (why == OK ? guess_was_right : guess_was_wrong)(&guess);
    if (why == OK && !(q.flags & SERVICE)) {
        if (gate.required && !gate.mirrored)
            return MOSQ_ERR_UNKNOWN;
        voice_connected(auth->username, q.device.at);
    }
    return why == OK ? MOSQ_ERR_SUCCESS : MOSQ_ERR_AUTH;
}

/* Success or denied, nothing else: any other code would end the connection. */
static int on_acl_check(int event, void *data, void *unused) {
    const struct mosquitto_evt_acl_check *check = data;
    struct question q = {.topic = check->topic, .access = check->access, .retain = check->retain};
    q.size = check->payloadlen;
    (void)event, (void)unused;
    if (check->access == MOSQ_ACL_UNSUBSCRIBE)
        return MOSQ_ERR_SUCCESS;
    if (!identify(&q, check->client))
        return MOSQ_ERR_ACL_DENIED;
    reason why = decide(may, &q);
    if (check->access == WRITE && why != OK && rate_may_tell(q.me, now))
        voice_refusal(q.me, q.topic, why);
    else if (check->access == WRITE && why == OK && asks_us(&q))
        kick_as_asked(check->payload, q.size, q.me.at);
    else if (check->access == SUBSCRIBE && why == OK && acts_as(&q, BRIDGE) && is(q.level[OWNER], "+"))
        gate.mirrored = true;
    return why == OK ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
}

int mosquitto_plugin_version(int count, const int *versions) {
    for (int i = 0; i < count; i++)
        if (versions[i] == MOSQ_PLUGIN_VERSION)
            return MOSQ_PLUGIN_VERSION;
    return -1;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t *id, void **userdata, struct mosquitto_opt *options, int count) {
    const char *folder = NULL;
    uint64_t random = 0;
    (void)userdata;
    for (int i = 0; i < count; i++)
        if (strcmp(options[i].key, "directory") == 0)
            folder = options[i].value;
        else if (strcmp(options[i].key, "mirror") == 0)
            gate.required = strcmp(options[i].value, "required") == 0;
        else if (strcmp(options[i].key, "guesses") == 0)
            may_guess = strcmp(options[i].value, "unlimited") == 0;
        else if (strcmp(options[i].key, "stalled") == 0)
            stalled = (unsigned)strtoul(options[i].value, NULL, 10);
        else if (strcmp(options[i].key, "rate") == 0)
            rate_choose(options[i].value);
    if (folder == NULL || getentropy(&random, sizeof random) != 0 || !directory_choose(folder, random)) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "xasup_acl: plugin_opt_directory: expected the folder of the directory");
        return MOSQ_ERR_INVAL;
    }
    steady_now(); /* from here on it is not taken in */
    int rc = mosquitto_callback_register(id, MOSQ_EVT_BASIC_AUTH, on_basic_auth, NULL, NULL);
    return rc ? rc : mosquitto_callback_register(id, MOSQ_EVT_ACL_CHECK, on_acl_check, NULL, NULL);
}

int mosquitto_plugin_cleanup(void *userdata, struct mosquitto_opt *options, int count) {
    (void)userdata, (void)options, (void)count;
    directory_close();
    return MOSQ_ERR_SUCCESS;
}
