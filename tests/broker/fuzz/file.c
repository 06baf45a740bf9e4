/* The whole plugin on a directory file that somebody has garbled, cut short, or put another in the place of.
 *
 * Input: how (see HOW), the new length where it is cut, then patches: place (two bytes) and byte. No harm must come of it,
 * and a file that is as it was must be believed. LMDB itself is not instrumented; what it allocated when a fault ended
 * its work is lost, some bytes each time, so leaks are not looked for here. */
#define _GNU_SOURCE
#include "directory.h"
#include "host.h"
#include "seal.h"

#include <fcntl.h>
#include <lmdb.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REPLACED = 1, CUT = 2, HEAD = 3, PATCH = 3, ROOM = 1 << 16, WRITE = 2, READ = 1, SUBSCRIBE = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[256], path[300], beside[300];
static uint8_t good[ROOM], image[ROOM];
static size_t length;
static time_t written;

static void put(MDB_txn *txn, MDB_dbi table, const char *key, const void *value, size_t size) {
    uint8_t whole[64];
    bool sealed = strcmp(key, "m/schema") != 0;
    uint32_t seal = seal_of(key, strlen(key), value, size);
    memcpy(mempcpy(whole, value, size), &seal, sizeof seal);
    MDB_val k = {strlen(key), (void *)key}, v = {sealed ? size + sizeof seal : size, whole};
    MUST(mdb_put(txn, table, &k, &v, 0) == 0);
}

static void found(MDB_txn *txn, MDB_dbi table) {
    uint8_t user[12] = {0}, device[40] = {0}, schema[4] = {2}, yes = 1;
    char many[40];
    SHA256((const unsigned char *)"token", 5, device);
    put(txn, table, "m/schema", schema, sizeof schema);
    put(txn, table, "u/alice", user, sizeof user);
    put(txn, table, "d/alice:d", device, sizeof device);
    put(txn, table, "c/bob/alice", &yes, 1);
    put(txn, table, "g/hikers/alice", &yes, 1);
    for (int i = 0; i < 300; i++) { /* so that there are branches */
        snprintf(many, sizeof many, "c/user%d/alice", i);
        put(txn, table, many, &yes, 1);
    }
}

static void start(void) {
    const char *room = getenv("TMPDIR");
    char current[280];
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi table;
    snprintf(folder, sizeof folder, "%s/file-XXXXXX", room ? room : "/tmp");
    MUST(mkdtemp(folder));
    snprintf(current, sizeof current, "%s/current", folder);
    snprintf(path, sizeof path, "%s/data.mdb", current);
    snprintf(beside, sizeof beside, "%s/new", folder);
    MUST(mkdir(current, 0700) == 0 && mdb_env_create(&env) == 0 && mdb_env_open(env, current, 0, 0600) == 0);
    MUST(mdb_txn_begin(env, NULL, 0, &txn) == 0 && mdb_dbi_open(txn, NULL, 0, &table) == 0);
    found(txn, table);
    MUST(mdb_txn_commit(txn) == 0);
    mdb_env_close(env);
    int fd = open(path, O_RDONLY);
    length = (size_t)read(fd, good, sizeof good);
    MUST(close(fd) == 0 && length > 3 * 4096 && length < sizeof good);
    host_start(folder, false);
}

static void clean_up(void) {
    char command[600];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    MUST(system(command) == 0);
}

/* Each file has a time of its own, since the plugin does not open again what was damaged and is as it was. */
static void write_image(const char *where, size_t size) {
    written++;
    struct timespec times[2] = {{.tv_sec = written}, {.tv_sec = written}};
    int fd = open(where, O_WRONLY | O_CREAT, 0600);
    MUST(fd >= 0 && pwrite(fd, image, size, 0) == (ssize_t)size && ftruncate(fd, (off_t)size) == 0);
    MUST(futimens(fd, times) == 0 && close(fd) == 0);
}

static void write_file(bool replaced, size_t size) {
    write_image(replaced ? beside : path, size);
    MUST(!replaced || rename(beside, path) == 0);
}

static bool ask_all(void) {
    bool all = host_connect("alice:d", "alice", "token");
    all &= host_check("alice:d", WRITE, "xasup/v1/u/bob/msg/alice", false, "x", 1);
    all &= host_check("alice:d", SUBSCRIBE, "xasup/v1/g/hikers/#", false, NULL, 0);
    all &= host_check("alice:d", READ, "xasup/v1/u/user77/presence/user77", false, "x", 1);
    MUST(!host_connect("alice:d", "alice", "wrong"));
    return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (length == 0)
        start(), atexit(clean_up);
    if (size < HEAD || size > HEAD + 64 * PATCH)
        return -1;
    size_t cut = data[0] & CUT ? (data[1] | (size_t)data[2] << 8) % length : length;
    memcpy(image, good, length);
    for (size_t at = HEAD; at + PATCH <= size; at += PATCH)
        image[(data[at] | (size_t)data[at + 1] << 8) % length] = data[at + 2];
    write_file(data[0] & REPLACED, cut);
    host_clock += 1000;
    bool all = ask_all();
    MUST(all || memcmp(image, good, length) != 0 || cut != length);
    host_clock += 1000;
    memcpy(image, good, length); /* it heals, and keeps no file open */
    write_file(true, length);
    MUST(ask_all());
    int next = dup(0);
    MUST(next < 64 && close(next) == 0);
    return 0;
}
