/* The directory: an LMDB file that the projector writes and this process reads (keys: xasup/protocol/directory.py).
 *
 * Every answer is of the newest transaction. A file that is missing, cut short, garbled, foreign or locked gives none,
 * is tried again ten times a second and complained of once a minute. Refuses to know: what the rules make of it. */
#define _GNU_SOURCE
#include "directory.h"
#include "faults.h"
#include "seal.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(struct fact) == 128, "a fact fills two lines of the processor's cache");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the directory's numbers are little-endian");
enum { SCHEMA = 2, PAIRS = 16384, RETRY = 100, PATIENCE = 5000, MINUTE = 60000 }; /* the latter three: milliseconds */

static struct {
    char folder[4096], data[4112], lock[4112];
    MDB_env *env;
    MDB_txn *txn; /* between two look-ups it is reset, and holds no snapshot: the writer could not reuse its pages */
    MDB_dbi table;
    struct stat file, lock_file;    /* as last seen */
    struct stat damaged, lock_then; /* as they were when damage was found: not opened again until one changes */
    uint64_t seen, last, since; /* transactions: taken up; newest in the data, and when that was first seen */
    uint64_t now, looked, retry, complained;
    uint64_t stamp; /* counts whatever may have changed the facts */
    const char *complaint;
    bool touched, broken; /* somebody wrote to the file; it is to be closed */
} directory = {.complaint = "not opened", .stamp = 1};
static uint64_t seed;
static _Alignas(64) struct fact facts[PAIRS][2]; /* a cache; a fact holds while its stamp is the newest */
static struct fact passing;                      /* looked up, not kept */

static bool fail(const char *why) {
    directory.complaint = why;
    directory.retry = directory.now + RETRY;
    directory.broken = true;
    return false;
}

static bool fail_damaged(const char *why) {
    directory.damaged = directory.file;
    directory.lock_then = directory.lock_file;
    return fail(why);
}

static bool same_file(const struct stat *one, const struct stat *other) {
    return one->st_ino == other->st_ino && one->st_dev == other->st_dev;
}

static bool untouched(const struct stat *one, const struct stat *other) {
    return same_file(one, other) && memcmp(&one->st_mtim, &other->st_mtim, sizeof one->st_mtim) == 0;
}

static bool reopen(void) { /* another file has taken the place of this one */
    directory.broken = true;
    return false;
}

static void on_assert(MDB_env *env, const char *what) {
    (void)env, (void)what;
    faults_escape();
}

static bool guard(bool (*work)(void *), void *about) {
    bool done = false;
    return faults_survive(work, about, &done) ? done : fail_damaged("damaged");
}

/* ---- Reading ---- */

/* Begins to read the newest transaction. Which one that is stands in the lock file, one behind the data while the
 * writer waits for its disk. Further behind, or behind for long: that lock file is not the one the writer uses. */
static int begin(uint64_t *txn) {
    MDB_envinfo info;
    mdb_env_info(directory.env, &info);
    int rc = mdb_txn_renew(directory.txn);
    for (int tries = 0; tries < 10 && rc == MDB_MAP_RESIZED; tries++) { /* the writer needed more room */
        rc = mdb_env_set_mapsize(directory.env, 0);
        rc = rc ? rc : mdb_txn_renew(directory.txn);
    }
    if (rc)
        return rc;
    *txn = mdb_txn_id(directory.txn);
    if (info.me_last_txnid != directory.last) {
        directory.last = info.me_last_txnid;
        directory.since = directory.now;
    }
    bool late = *txn + 1 < directory.last || (*txn < directory.last && directory.now - directory.since > PATIENCE);
    mdb_env_info(directory.env, &info);
    if (!late && *txn <= info.me_last_txnid)
        return MDB_SUCCESS;
    mdb_txn_reset(directory.txn);
    return MDB_BAD_RSLOT;
}

/* Whether the value is what was written under this key; without its seal then. The schema's number has none, so that
 * other schemas can be told from damage. */
static bool whole(const MDB_val *key, MDB_val *value) {
    uint32_t told;
    if (key->mv_size == sizeof "m/schema" - 1 && memcmp(key->mv_data, "m/schema", key->mv_size) == 0)
        return true;
    if (value->mv_size < SEAL || value->mv_size > SEALED_MOST)
        return false;
    value->mv_size -= SEAL;
    memcpy(&told, (const char *)value->mv_data + value->mv_size, SEAL);
    return told == seal_of(key->mv_data, key->mv_size, value->mv_data, value->mv_size);
}

static bool fetch(void *about) {
    struct fact *fact = about;
    MDB_val key = {strnlen((char *)fact->key, sizeof fact->key), fact->key}, value = {0, ""};
    uint64_t txn = 0;
    bool good = true;
    int rc = begin(&txn);
    fact->stamp = txn == directory.seen ? directory.stamp : 0; /* of a transaction not taken up yet: not to be kept */
    if (rc == MDB_SUCCESS) {
        rc = mdb_get(directory.txn, directory.table, &key, &value);
        fact->present = rc == MDB_SUCCESS;
        if (!fact->present) /* of a garbled page it has the size alone */
            value.mv_size = 0;
        good = !fact->present || whole(&key, &value);
        fact->len = (uint32_t)value.mv_size;
        memcpy(fact->value, value.mv_data, value.mv_size < sizeof fact->value ? value.mv_size : sizeof fact->value);
        mdb_txn_reset(directory.txn);
    }
    if (rc == MDB_CORRUPTED || rc == MDB_PAGE_NOTFOUND)
        return fail_damaged(mdb_strerror(rc));
    if (!good)
        return fail_damaged("damaged: a record is not what was written");
    return rc == MDB_SUCCESS || rc == MDB_NOTFOUND || fail(mdb_strerror(rc));
}

/* A transaction not seen before: is this still the current file, whole, and of the schema that we read? */
static bool take_up(const MDB_envinfo *info, uint64_t txn) {
    struct fact moved = {.present = false}, schema = {.present = false};
    memcpy(moved.key, "m/moved", sizeof "m/moved");
    memcpy(schema.key, "m/schema", sizeof "m/schema");
    MDB_stat pages;
    int fd;
    if (mdb_env_stat(directory.env, &pages) || mdb_env_get_fd(directory.env, &fd) || fstat(fd, &directory.file))
        return fail("cannot be examined");
    if ((uint64_t)directory.file.st_size / pages.ms_psize <= info->me_last_pgno)
        return fail_damaged("shorter than its pages"); /* the projector keeps it longer than LMDB would */
    if (!fetch(&moved) || !fetch(&schema))
        return false;
    if (moved.present)
        return directory.seen ? reopen() : fail("superseded");
    if (!schema.present || schema.len != 4)
        return fail("not a directory");
    if (schema.value[0] != SCHEMA)
        return fail("of a schema that this plugin does not read");
    directory.seen = txn;
    directory.stamp++;
    directory.touched = false;
    return true;
}

static bool open_file(void) {
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1};
    if (!S_ISREG(directory.file.st_mode))
        return fail("not a file");
    if (untouched(&directory.file, &directory.damaged) && untouched(&directory.lock_file, &directory.lock_then))
        return fail("damaged");
    int rc, fd = open(directory.lock, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return fail("its lock file cannot be used");
    bool held = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    close(fd);
    if (held) /* LMDB would wait, and the broker with it */
        return fail("its lock file is held by another process");
    if ((rc = mdb_env_create(&directory.env)) || (rc = mdb_env_set_assert(directory.env, on_assert))
        || (rc = mdb_env_open(directory.env, directory.folder, MDB_RDONLY | MDB_NOTLS, 0600))
        || (rc = mdb_txn_begin(directory.env, NULL, MDB_RDONLY, &directory.txn))
        || (rc = mdb_dbi_open(directory.txn, NULL, 0, &directory.table)))
        return fail(mdb_strerror(rc));
    mdb_txn_reset(directory.txn);
    directory.seen = 0;
    return true;
}

/* Whether others have taken the place of its files, or somebody has cut it, is asked at most once a millisecond. */
static bool look_at_files(void) {
    struct stat file, lock;
    directory.looked = directory.now;
    if (stat(directory.data, &file) != 0 || stat(directory.lock, &lock) != 0)
        return fail(strerror(errno));
    bool same = same_file(&file, &directory.file), shrunk = same && file.st_size < directory.file.st_size;
    bool replaced = !same || !same_file(&lock, &directory.lock_file) || lock.st_size < directory.lock_file.st_size;
    directory.touched = !untouched(&file, &directory.file);
    directory.file = file;
    directory.lock_file = lock;
    if (shrunk)
        return fail_damaged("cut short");
    return directory.env == NULL || !replaced || reopen();
}

static bool make_ready(void *unused) {
    MDB_envinfo info;
    uint64_t txn;
    (void)unused;
    if (directory.now < directory.retry)
        return false;
    if ((directory.now != directory.looked || directory.env == NULL) && !look_at_files())
        return false;
    if (directory.env == NULL && !open_file())
        return false;
    mdb_env_info(directory.env, &info);
    if (info.me_last_txnid == directory.seen && !directory.touched)
        return true;
    int rc = begin(&txn);
    if (rc != MDB_SUCCESS)
        return fail(mdb_strerror(rc));
    mdb_txn_reset(directory.txn);
    return (txn == directory.seen && !directory.touched) || take_up(&info, txn);
}

static bool close_file(void *unused) {
    (void)unused;
    if (directory.txn)
        mdb_txn_abort(directory.txn);
    if (directory.env)
        mdb_env_close(directory.env);
    return true;
}

/* ---- For the rules ---- */

bool directory_choose(const char *folder, uint64_t random) {
    int length = snprintf(directory.folder, sizeof directory.folder, "%s/current", folder);
    snprintf(directory.data, sizeof directory.data, "%s/data.mdb", directory.folder);
    snprintf(directory.lock, sizeof directory.lock, "%s/lock.mdb", directory.folder);
    seed = random;
    faults_watch();
    return length > 0 && (size_t)length < sizeof directory.folder;
}

static void drop(void) {
    guard(close_file, NULL);
    directory.env = NULL;
    directory.txn = NULL;
    directory.broken = false;
}

void directory_close(void) {
    drop();
    faults_unwatch();
}

bool directory_ready(uint64_t now) {
    directory.now = now;
    bool good = !directory.broken && guard(make_ready, NULL);
    if (directory.broken) { /* one that was replaced has its successor at once */
        drop();
        good = guard(make_ready, NULL);
    }
    if (good && directory.complaint) {
        directory.complaint = NULL;
        mosquitto_log_printf(MOSQ_LOG_NOTICE, "xasup_acl: %s: good", directory.data);
    } else if (!good && directory.complaint && (directory.complained == 0 || now - directory.complained >= MINUTE)) {
        directory.complained = now;
        mosquitto_log_printf(MOSQ_LOG_ERR, "xasup_acl: %s: %s: all is denied", directory.data, directory.complaint);
    }
    return good;
}

bool directory_failed(void) {
    return directory.broken;
}

uint64_t directory_stamp(void) {
    return directory.stamp;
}

uint64_t directory_hash(const uint64_t *words, size_t count) {
    uint64_t sum = seed;
    for (size_t i = 0; i < count; i++, sum ^= sum >> 32)
        sum = (sum ^ words[i]) * 0x9E3779B97F4A7C15u;
    return sum;
}

static bool holds(const struct fact *fact, const struct fact *wanted) {
    return fact->stamp == directory.stamp && fact->size == wanted->size
           && memcmp(fact->key, wanted->key, wanted->size) == 0;
}

/* The older fact of a pair gives way. */
static struct fact *put(struct fact pair[2], const struct fact *fact) {
    if (pair[0].stamp == directory.stamp)
        pair[1] = pair[0];
    pair[0] = *fact;
    return pair;
}

const struct fact *directory_look_up(const char *space, struct text a, char between, struct text b, bool keep) {
    if (a.len > NAME || b.len > NAME)
        return NULL;
    struct fact wanted = {.size = (uint8_t)(2 + a.len + 1 + b.len)};
    char *end = mempcpy(wanted.key, space, 2);
    end = mempcpy(end, a.at, a.len);
    *end++ = between;
    memcpy(end, b.at, b.len);
    struct fact *fact = facts[directory_hash(wanted.key, (wanted.size + 7u) / 8) % PAIRS];
    if (!holds(fact, &wanted) && !holds(++fact, &wanted)) {
        if (directory.broken || !guard(fetch, &wanted))
            return NULL;
        passing = wanted;
        fact = keep ? put(fact - 1, &wanted) : &passing;
    }
    return fact->present ? fact : NULL;
}
