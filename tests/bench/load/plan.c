/* Reads who connects. */
#define _GNU_SOURCE
#include "pool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pool_read_plan(struct pool *pool, const char *path, int version)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	if (!file) fail("%s: %s", path, strerror(errno));
	pool->version = version;
	while (getline(&line, &size, file) > 0) {
		struct link link = {.fd = -1};
		line[strcspn(line, "\n")] = 0;
		char *rest = strdup(line);
		link.client = strsep(&rest, "\t");
		link.user = strsep(&rest, "\t");
		link.password = strsep(&rest, "\t");
		link.filter = strsep(&rest, "\t");
		link.topics = strsep(&rest, "\t");
		if (!link.topics) fail("%s: line %d: expected five fields", path, pool->count + 1);
		if ((pool->count & (pool->count + 1)) == 0) /* grows at 0, 1, 3, 7, … */
			pool->links = realloc(pool->links, ((size_t)pool->count + 1) * 2 * sizeof link);
		if (!pool->links) fail("no memory");
		pool->links[pool->count++] = link;
	}
	free(line);
	fclose(file);
	pool->dirty = calloc((size_t)pool->count + 1, sizeof *pool->dirty);
}
