/* Connects, checks and reloads of the directory by the million: nothing may be lost on the way, and nothing grow.
 *
 * As `endure TURNS`. Another process writes the directory, as the projector does: each turn a transaction, each hundredth
 * turn a new generation. Each thousandth turn the plugin is unloaded and loaded again. */
#define _GNU_SOURCE
#include "host.h"
#include "seal.h"

#include <lmdb.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GENERATION = 100, LOAD = 1000, WRITE = 2, READ = 1, SUBSCRIBE = 4, KIBI = 1024 };

static char folder[256];

/* ---- The writer, a process of its own ---- */

static MDB_env *env;
static MDB_dbi table;

static void put(MDB_txn *txn, const char *key, const void *value, size_t size) {
    unsigned char whole[64];
    uint32_t seal = seal_of(key, strlen(key), value, value ? size : 0);
    size_t more = strcmp(key, "m/schema") ? sizeof seal : 0;
    memcpy(value ? mempcpy(whole, value, size) : whole, &seal, sizeof seal);
    MDB_val k = {strlen(key), (void *)key}, v = {size + more, whole};
    MUST((value ? mdb_put(txn, table, &k, &v, 0) : mdb_del(txn, table, &k, NULL)) % MDB_NOTFOUND == 0);
}

static void founded(MDB_txn *txn) {
    unsigned char user[12] = {0}, device[40] = {0}, schema[4] = {2};
    SHA256((const unsigned char *)"token", 5, device);
    put(txn, "m/schema", schema, sizeof schema);
    put(txn, "u/alice", user, sizeof user);
    put(txn, "d/alice:d", device, sizeof device);
}

/* bob accepts alice in every other turn. */
static void edit(long turn, bool fresh) {
    MDB_txn *txn;
    MUST(mdb_txn_begin(env, NULL, 0, &txn) == 0 && mdb_dbi_open(txn, NULL, 0, &table) == 0);
    if (fresh)
        founded(txn);
    put(txn, "c/bob/alice", turn % 2 ? "\1" : NULL, 1);
    MUST(mdb_txn_commit(txn) == 0);
}

static void turn_to_generation(long turn) {
    char path[400], link[300], current[300], name[32], remove[300];
    MDB_env *old = env;
    MDB_txn *txn;
    snprintf(name, sizeof name, "%ld", turn);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    snprintf(link, sizeof link, "%s/link", folder);
    snprintf(current, sizeof current, "%s/current", folder);
    MUST(mkdir(path, 0700) == 0 && mdb_env_create(&env) == 0 && mdb_env_open(env, path, MDB_NOSYNC, 0600) == 0);
    edit(turn, true);
    MUST(symlink(name, link) == 0 && rename(link, current) == 0);
    if (old == NULL)
        return;
    MUST(mdb_txn_begin(old, NULL, 0, &txn) == 0);
    put(txn, "m/moved", "\1", 1);
    MUST(mdb_txn_commit(txn) == 0);
    mdb_env_close(old);
    snprintf(remove, sizeof remove, "%s/%ld", folder, turn - GENERATION);
    snprintf(path, sizeof path, "%s/data.mdb", remove), unlink(path);
    snprintf(path, sizeof path, "%s/lock.mdb", remove), unlink(path), rmdir(remove);
}

static void write_on_demand(int wire) {
    for (long turn; read(wire, &turn, sizeof turn) == sizeof turn;) {
        if (turn % GENERATION == 0)
            turn_to_generation(turn);
        else
            edit(turn, false);
        MUST(write(wire, &turn, sizeof turn) == sizeof turn);
    }
    mdb_env_close(env);
}

/* ---- The broker's side ---- */

static void await_edit(int wire, long turn) {
    long done;
    MUST(write(wire, &turn, sizeof turn) == sizeof turn && read(wire, &done, sizeof done) == sizeof done && done == turn);
}

static void ask(long turn) {
    bool accepted = turn % 2;
    MUST(host_connect("alice:d", "alice", "token") && !host_connect("alice:d", "alice", "wrong"));
    MUST(host_check("alice:d", WRITE, "xasup/v1/u/bob/msg/alice", false, "x", 1) == accepted);
    MUST(host_check("alice:d", READ, "xasup/v1/u/bob/presence/bob", true, "x", 1) == accepted);
    MUST(host_check("alice:d", SUBSCRIBE, "xasup/v1/u/bob/presence/bob", false, NULL, 0) == accepted);
    MUST(host_check("alice:d", SUBSCRIBE, "xasup/v1/u/alice/#", false, NULL, 0));
    MUST(!host_check("alice:d", WRITE, "xasup/v1/u/bob/msg/carol", false, "x", 1));
}

static long memory(void) { /* resident, in KiB */
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    MUST(file && fscanf(file, "%ld %ld", &pages, &resident) == 2 && fclose(file) == 0);
    return resident * (sysconf(_SC_PAGESIZE) / KIBI);
}

static void run(long turns, int wire) {
    long warm = 0;
    for (long turn = 0; turn < turns; turn++) {
        await_edit(wire, turn);
        if (turn % LOAD == 0) {
            if (turn)
                host_stop();
            host_start(folder, false);
        }
        host_clock += 5;
        ask(turn);
#ifdef LEAK
        MUST(malloc((size_t)turn % 64 + 1)); /* the control: -DLEAK */
#endif
        if (turn % (turns / 10) == 0 && turn)
            printf("%ld: %ld KiB\n", turn, memory()), fflush(stdout);
        if (turn == turns / 10)
            warm = memory();
    }
    int next = dup(0);
    host_stop();
    printf("%ld turns: memory after a tenth %ld KiB, at the end %ld KiB; next file %d\n", turns, warm, memory(), next);
    MUST(next < 16 && memory() - warm < 20 * KIBI);
}

int main(int count, char **arguments) {
    const char *room = getenv("TMPDIR");
    int wires[2];
    snprintf(folder, sizeof folder, "%s/endure-XXXXXX", room ? room : "/tmp");
    MUST(count == 2 && mkdtemp(folder) && socketpair(AF_UNIX, SOCK_STREAM, 0, wires) == 0);
    pid_t writer = fork();
    if (writer == 0) {
        close(wires[0]);
        write_on_demand(wires[1]);
        return 0;
    }
    close(wires[1]);
    run(atol(arguments[1]), wires[0]);
    close(wires[0]);
    int status;
    char command[300];
    MUST(waitpid(writer, &status, 0) == writer && status == 0);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}
