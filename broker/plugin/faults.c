/* SIGBUS (the file is shorter than its map) and SIGSEGV (a garbled page points nowhere), caught while work is guarded.
 *
 * Refuses to know: which work, and what its half is worth. */
#define _GNU_SOURCE
#include "faults.h"

#include <setjmp.h>
#include <signal.h>

static struct sigaction before[2];
static sigjmp_buf escape;
static volatile sig_atomic_t guarded;

static void on_fault(int number) {
    if (guarded)
        faults_escape();
    sigaction(number, &before[number == SIGBUS], NULL); /* not ours: let it happen again, to whom it concerns */
}

void faults_watch(void) {
    struct sigaction fault = {.sa_handler = on_fault, .sa_flags = SA_NODEFER};
    sigaction(SIGSEGV, &fault, &before[0]);
    sigaction(SIGBUS, &fault, &before[1]);
}

void faults_unwatch(void) {
    sigaction(SIGSEGV, &before[0], NULL);
    sigaction(SIGBUS, &before[1], NULL);
}

bool faults_survive(bool (*work)(void *), void *about, bool *done) {
    if (sigsetjmp(escape, 0) != 0) {
        guarded = 0;
        return false;
    }
    guarded = 1;
    *done = work(about);
    guarded = 0;
    return true;
}

_Noreturn void faults_escape(void) {
    siglongjmp(escape, 1);
}
