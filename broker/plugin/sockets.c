/* See sockets.h. What is delivered at QoS 0 waits in memory for who does not read, without a bound (2.0.11), and pings keep
 * such a connection for ever. Connections inherit the option from their listener. A Unix socket has no such option: our own
 * services come by one, and may take nothing for as long as the log is away. Refuses to know: whose they are. */
#include "sockets.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/socket.h>

enum { FIRST = 3, LAST = 1024 }; /* listeners are among the first files that are opened */

void sockets_end_stalled(unsigned seconds) {
    static bool done;
    unsigned milliseconds = seconds * 1000;
    for (int file = FIRST; file < LAST && !done; file++)
        setsockopt(file, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds); /* others refuse it */
    done = true;
}
