/* A look-up that never ends while the file named by ENDLESS is there, as where a garbled page leads in a circle: loaded
 * before LMDB. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

int mdb_get(void *txn, unsigned table, void *key, void *value)
{
	const char *path = getenv("ENDLESS");
	while (path && access(path, F_OK) == 0)
		continue;
	void *lmdb = dlopen("liblmdb.so.0", RTLD_LAZY | RTLD_NOLOAD); /* Mosquitto 2.1 shows it to the plugin alone */
	int (*real)(void *, unsigned, void *, void *) = (int (*)(void *, unsigned, void *, void *))dlsym(lmdb, "mdb_get");
	return real(txn, table, key, value);
}
