/* Work on a mapped file that may be cut short or garbled meanwhile: a fault in it, or a circle, ends the work, not the
 * broker. */
#ifndef XASUP_FAULTS_H
#define XASUP_FAULTS_H

#include <stdbool.h>

void faults_watch(void);
void faults_unwatch(void);

/* Does the work; false when it faulted half-way. `done`: what the work returned. Not to be nested. */
bool faults_survive(bool (*work)(void *), void *about, bool *done);

/* Ends the work from inside, as a fault does. */
_Noreturn void faults_escape(void);

#endif
