/* The directory, as the rules ask it: is it there, and what does it say of this key? */
#ifndef XASUP_DIRECTORY_H
#define XASUP_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NAME = 32, HASH = 32, WORDS = 10 }; /* the longest name; SHA-256; a value, in 32-bit words */

struct text { const char *at; size_t len; };
struct fact { /* what traffic asks for lies in its first 64 bytes, unless names are long */
    uint64_t stamp;
    uint32_t len; /* of the value, in bytes */
    bool present;
    uint8_t size; /* of the key */
    uint64_t key[9];
    uint32_t value[WORDS];
};

/* Reads `folder`/current from now on; opens nothing yet. `random`: different in each process, so that nobody can choose
 * names that collide. False if the path is too long. */
bool directory_choose(const char *folder, uint64_t random);
void directory_close(void);

/* To be asked before each decision: is there a directory that can be believed? `now`: milliseconds, monotonic. */
bool directory_ready(uint64_t now);

/* The newest value of `space` `a` `between` `b`, as in c / alice / bob; NULL when there is none, or no answer. It stands
 * until the next look-up. `keep`: it will be asked again soon, as in traffic; a connection that idles takes no memory. */
const struct fact *directory_look_up(const char *space, struct text a, char between, struct text b, bool keep);

/* To be asked after the decision: did a look-up get no answer? Then the decision does not count. */
bool directory_failed(void);

/* Another number whenever what was looked up may not hold any more. */
uint64_t directory_stamp(void);

uint64_t directory_hash(const uint64_t *words, size_t count);

#endif
