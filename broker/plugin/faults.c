/* Caught while work is guarded: SIGBUS (the file is shorter than its map), SIGSEGV (a garbled page points nowhere), SIGFPE
 * (a page is said to have no size), and work that takes this thread's processor for longer than any good file asks (a
 * garbled page leads in a circle).
 *
 * Refuses to know: which work, and what its half is worth. */
#define _GNU_SOURCE
#include "faults.h"

#include <setjmp.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

enum { FAULTS = 3, TICK = SIGVTALRM, PERIOD = 200000000 }; /* the latter: nanoseconds of this thread's processor time */

static const int faults[FAULTS] = {SIGSEGV, SIGBUS, SIGFPE};
static struct sigaction before[FAULTS], before_tick;
static timer_t timer;
static bool ticks;
static sigjmp_buf escape;
static volatile sig_atomic_t guarded;
static volatile unsigned works, seen; /* how many were begun; then, at the last tick */

static void on_fault(int number) {
    if (guarded)
        faults_escape();
    for (int i = 0; i < FAULTS; i++)
        if (faults[i] == number)
            sigaction(number, &before[i], NULL); /* not ours: let it happen again, to whom it concerns */
}

static void on_tick(int number) {
    (void)number;
    if (guarded && works == seen)
        faults_escape();
    seen = works;
}

void faults_watch(void) {
    struct sigaction fault = {.sa_handler = on_fault, .sa_flags = SA_NODEFER};
    struct sigaction tick = {.sa_handler = on_tick, .sa_flags = SA_NODEFER | SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = TICK};
    struct itimerspec period = {.it_interval.tv_nsec = PERIOD, .it_value.tv_nsec = PERIOD};
    for (int i = 0; i < FAULTS; i++)
        sigaction(faults[i], &fault, &before[i]);
    sigaction(TICK, &tick, &before_tick);
    event.sigev_notify_thread_id = gettid();
    ticks = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) == 0 && timer_settime(timer, 0, &period, NULL) == 0;
}

void faults_unwatch(void) {
    if (ticks)
        timer_delete(timer);
    ticks = false;
    sigaction(TICK, &before_tick, NULL);
    for (int i = 0; i < FAULTS; i++)
        sigaction(faults[i], &before[i], NULL);
}

bool faults_survive(bool (*work)(void *), void *about, bool *done) {
    if (sigsetjmp(escape, 0) != 0) {
        guarded = 0;
        return false;
    }
    works++;
    guarded = 1;
    *done = work(about);
    guarded = 0;
    return true;
}

_Noreturn void faults_escape(void) {
    siglongjmp(escape, 1);
}
