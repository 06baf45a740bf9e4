/* Where there is no libFuzzer: the corpus as it is, then changed by chance, which nothing guides.
 *
 * As `driver -runs=N -seed=S -max_total_time=SECONDS FOLDER…`, libFuzzer's own words; 0 seconds: no limit. */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ITEMS = 4096, MOST = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct { uint8_t data[MOST]; size_t size; } corpus[ITEMS];
static size_t items;
static uint64_t state = 1;

static size_t dice(size_t sides) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return sides ? state % sides : 0;
}

static void take_in(const char *folder) {
    DIR *directory = opendir(folder);
    char path[4096];
    for (struct dirent *entry; directory && items < ITEMS && (entry = readdir(directory));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = *entry->d_name == '.' ? NULL : fopen(path, "rb");
        if (file) {
            corpus[items].size = fread(corpus[items].data, 1, MOST, file);
            items++;
            fclose(file);
        }
    }
    if (directory)
        closedir(directory);
}

static size_t insert(uint8_t *data, size_t size, const uint8_t *piece, size_t length) {
    size_t at = dice(size + 1);
    length = length < MOST - size ? length : MOST - size;
    memmove(data + at + length, data + at, size - at);
    memcpy(data + at, piece, length);
    return size + length;
}

static size_t change(uint8_t *data, size_t size) {
    static const char *words[] = {"/", "+", "#", "$share/x/", "\0", "svc-", ":", "xasup/v1/", "_", "\xff"};
    const char *word = words[dice(sizeof words / sizeof *words)];
    size_t other = dice(items), at = dice(size), length = 1 + dice(size - at < 16 ? size - at : 16);
    switch (dice(5)) {
    case 0: return insert(data, size, (const uint8_t *)word, strlen(word) + !*word);
    case 1: return insert(data, size, corpus[other].data + dice(corpus[other].size), dice(8));
    case 2:
        if (size == 0 || at + length > size)
            return size;
        memmove(data + at, data + at + length, size - at - length);
        return size - length;
    default:
        if (size)
            data[at] = dice(2) ? (uint8_t)dice(256) : (uint8_t)(data[at] ^ 1 << dice(8));
        return size;
    }
}

int main(int count, char **arguments) {
    long runs = 0, seconds = 0, run = 0;
    for (int i = 1; i < count; i++)
        if (sscanf(arguments[i], "-runs=%ld", &runs) != 1 && sscanf(arguments[i], "-seed=%lu", &state) != 1
            && sscanf(arguments[i], "-max_total_time=%ld", &seconds) != 1)
            take_in(arguments[i]);
    static uint8_t data[MOST];
    time_t until = seconds ? time(NULL) + seconds : 0;
    for (; run < (long)items || (run < runs && (until == 0 || time(NULL) < until)); run++) {
        size_t item = run < (long)items ? (size_t)run : dice(items), size = corpus[item].size;
        memcpy(data, corpus[item].data, size);
        for (size_t changes = run < (long)items ? 0 : 1 + dice(6); changes; changes--)
            size = change(data, size);
        uint8_t *input = malloc(size + !size); /* of its own size, so that a byte too many is noticed */
        memcpy(input, data, size);
        LLVMFuzzerTestOneInput(input, size);
        free(input);
    }
    fprintf(stderr, "Done %ld runs from %zu inputs\n", run, items);
    return 0;
}
