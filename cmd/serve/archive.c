/* SPDX-License-Identifier: MIT */
#include "cmd/serve/archive.h"

#include <errno.h>
#include <stdlib.h>

#include "cmd/serve/archive_id.h"
#include "cmd/serve/config.h"
#include "cmd/serve/due.h"
#include "cmd/serve/features.h"
#include "cmd/serve/service.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/random.h"
#include "common/xmpp/ns.h"

#define SETTING_KEY "archive-key"
#define AT_ONCE 256 /* versions */

_Static_assert(ARCHIVE_KEY_LEN == RANDOM_ID_LEN, "128 bits");

static bool is_on(const struct service *s)
{
	return feature_on(s->config, NS_MAM);
}

static int load_ids(struct service *s)
{
	AUTO_FREE char *key = NULL;
	char fresh[RANDOM_ID_LEN + 1];
	int e = store_setting_get(s->store, SETTING_KEY, &key);

	if (e == -ENOENT || (!e && !*key)) {
		random_id(fresh);
		free(key);
		key = mem_strdup(fresh);
		e = store_setting_set(s->store, SETTING_KEY, key);
	}
	if (e)
		return e;
	s->archive_ids = archive_ids_new(key);
	return s->archive_ids ? 0 : -ENOTSUP;
}

int archive_init(struct service *s)
{
	store_keep_past(s->store, is_on(s) ? (int64_t)s->config->max_items : 0);
	return is_on(s) ? load_ids(s) : store_setting_set(s->store, SETTING_KEY, "");
}

/* Past versions */

int archive_next(struct service *s, int64_t *ret_time)
{
	int64_t keep = is_on(s) ? s->config->archive : 0, oldest;
	int e = keep == INT64_MAX ? -ENOENT : store_archive_oldest(s->store, &oldest);

	if (!e)
		*ret_time = oldest < INT64_MAX - keep ? oldest + keep : INT64_MAX;
	return e;
}

int archive_run(struct request *r, void *data)
{
	int64_t keep = is_on(r->service) ? r->service->config->archive : 0;

	(void)data;
	if (keep == INT64_MAX)
		return 0;
	return store_archive_prune(r->service->store, keep ? r->now - keep : INT64_MAX, AT_ONCE);
}
