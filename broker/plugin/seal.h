/* The seal of a record in the directory: whether a value is what was written under this key. */
#ifndef XASUP_SEAL_H
#define XASUP_SEAL_H

#include <stddef.h>
#include <stdint.h>

enum { SEAL = 4, SEALED_MOST = 256 }; /* bytes: of a seal; of the longest value that is one of ours */

/* CRC-32 (that of zlib) of key and value. */
uint32_t seal_of(const void *key, size_t key_size, const void *value, size_t value_size);

#endif
