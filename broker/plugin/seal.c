/* CRC-32, four bits at a time: a record is short, and looked up once. Refuses to know: where records come from. */
#include "seal.h"

static uint32_t continued(uint32_t sum, const uint8_t *data, size_t size) {
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    for (size_t i = 0; i < size; i++) {
        sum ^= data[i];
        sum = sum >> 4 ^ table[sum & 15];
        sum = sum >> 4 ^ table[sum & 15];
    }
    return sum;
}

uint32_t seal_of(const void *key, size_t key_size, const void *value, size_t value_size) {
    return ~continued(continued(~0u, key, key_size), value, value_size);
}
