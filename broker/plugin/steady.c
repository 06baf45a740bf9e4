/* The twin of xasup/runtime/steady.py; a test holds the two together. A clock that jumps is believed when it has stayed
 * there for ten minutes: until then the time goes on as it went. Refuses to know: what ends. */
#define _GNU_SOURCE
#include "steady.h"

#include <stdlib.h>
#include <time.h>

enum { SLACK = 10, DOUBT = 600 }; /* seconds */

int64_t steady_at(struct steady *steady, int64_t wall, int64_t running) {
    int64_t ahead = wall - running;
    bool stays = steady->doubting && llabs(ahead - steady->doubted) <= SLACK;
    if (!steady->begun || llabs(ahead - steady->ahead) <= SLACK || (stays && running - steady->since >= DOUBT))
        steady->ahead = ahead, steady->begun = true, steady->doubting = false;
    else if (!stays)
        steady->doubting = true, steady->doubted = ahead, steady->since = running;
    return running + steady->ahead;
}

int64_t steady_now(void) {
    static struct steady steady;
    struct timespec running;
    clock_gettime(CLOCK_BOOTTIME, &running); /* runs on while the machine sleeps */
    return steady_at(&steady, (int64_t)time(NULL), (int64_t)running.tv_sec);
}
