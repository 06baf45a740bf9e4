/* What the kernel is told of the broker's sockets, which Mosquitto does not tell it. */
#ifndef XASUP_SOCKETS_H
#define XASUP_SOCKETS_H

/* Ends each connection whose client has taken nothing for so many seconds although there was something to take. To be
 * called when the listeners are open; only the first call counts. */
void sockets_end_stalled(unsigned seconds);

#endif
