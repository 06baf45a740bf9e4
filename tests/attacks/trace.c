/* Tells of each call that the broker's plugin makes to look at a token, in the order in which they come: to be loaded
 * before the libraries that have them. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#define TELL(name) (void)!write(2, "trace: " name "\n", sizeof "trace: " name "\n" - 1)

int mdb_get(void *txn, unsigned table, void *key, void *value)
{
	TELL("look up");
	int (*real)(void *, unsigned, void *, void *) = (int (*)(void *, unsigned, void *, void *))dlsym(RTLD_NEXT, "mdb_get");
	return real(txn, table, key, value);
}

int CRYPTO_memcmp(const void *one, const void *other, size_t size)
{
	TELL("compare");
	int (*real)(const void *, const void *, size_t) =
		(int (*)(const void *, const void *, size_t))dlsym(RTLD_NEXT, "CRYPTO_memcmp");
	return real(one, other, size);
}

unsigned char *SHA256(const unsigned char *data, size_t size, unsigned char *hash)
{
	TELL("hash");
	unsigned char *(*real)(const unsigned char *, size_t, unsigned char *) =
		(unsigned char *(*)(const unsigned char *, size_t, unsigned char *))dlsym(RTLD_NEXT, "SHA256");
	return real(data, size, hash);
}
