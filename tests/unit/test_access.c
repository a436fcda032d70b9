/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "cmd/serve/access.h"
#include "common/pubsub/errors.h"

enum { NO, YES };

static const char *const privs[PRIV_MAX] = { "none", "create",	"subscribe",
					     "read", "publish", "owner" };

/* AFF-05 to AFF-11, SUB-15, ITEMS-24, PUB-23, CFG-28, GEN-11. */
static void access_check__every_affiliation_and_model__by_the_table(void **state)
{
	/* clang-format off */
	static const struct { /* affiliation, admin, publish model; then may: subscribe, read, publish, own */
		enum affiliation affiliation;
		bool admin;
		enum publish_model model;
		int may[PRIV_MAX];
	} rows[] = {
#define MAY(subscribe, read, publish, owner) { [PRIV_NONE] = YES, [PRIV_CREATE] = YES, [PRIV_SUBSCRIBE] = subscribe, \
	[PRIV_READ] = read, [PRIV_PUBLISH] = publish, [PRIV_OWNER] = owner }
		{ AFF_NONE,    false, PUBLISH_PUBLISHERS, MAY(YES, YES, NO,  NO) },
		{ AFF_NONE,    false, PUBLISH_OPEN,	  MAY(YES, YES, YES, NO) },
		{ AFF_NONE,    true,  PUBLISH_PUBLISHERS, MAY(YES, YES, YES, YES) },
		{ AFF_OUTCAST, false, PUBLISH_PUBLISHERS, MAY(NO,  NO,	NO,  NO) },
		{ AFF_OUTCAST, false, PUBLISH_OPEN,	  MAY(NO,  NO,	NO,  NO) },
		{ AFF_OUTCAST, true,  PUBLISH_OPEN,	  MAY(YES, YES, YES, YES) },
		{ AFF_OWNER,   false, PUBLISH_PUBLISHERS, MAY(YES, YES, YES, YES) },
		{ AFF_OWNER,   false, PUBLISH_OPEN,	  MAY(YES, YES, YES, YES) },
	};
	/* clang-format on */
	const struct access_policy policy = { .create = CREATE_ANYONE,
					      .service = "svc@example.com/r" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (enum priv p = PRIV_NONE; p < PRIV_MAX; p++) {
			struct node n = { .config.publish_model = rows[i].model };
			struct subject who = { "u@example.com/x", rows[i].admin,
					       rows[i].affiliation };
			int got = access_check(p, &n, &who, &policy);

			if (got != (rows[i].may[p] ? PS_OK : PS_FORBIDDEN))
				fail_msg("row %zu, privilege %s: %d", i, privs[p], got);
		}
}

/* CREATE-04, CREATE-19 */
static void access_check__create_policy__by_host(void **state)
{
	/* clang-format off */
	static const struct {
		enum create_policy create;
		const char *service;
		bool component;
		const char *jid;
		bool admin;
		int may;
	} rows[] = {
		{ CREATE_ANYONE, "svc@example.com/r",  false, "u@far.example/x",   false, YES },
		{ CREATE_DOMAIN, "svc@example.com/r",  false, "u@example.com/x",   false, YES },
		{ CREATE_DOMAIN, "svc@example.com/r",  false, "svc@example.com/y", false, YES },
		{ CREATE_DOMAIN, "svc@example.com/r",  false, "u@far.example/x",   false, NO },
		{ CREATE_DOMAIN, "svc@example.com/r",  false, "u@com/x",	   false, NO },
		{ CREATE_DOMAIN, "svc@example.com/r",  false, "u@far.example/example.com", false, NO },
		{ CREATE_DOMAIN, "svc@example.com/r",  false, "example.com",	   false, YES },
		{ CREATE_DOMAIN, "svc@example.com/r",  false, "u@far.example/x",   true,  YES },
		{ CREATE_DOMAIN, "pubsub.example.com", true,  "u@example.com/x",   false, YES },
		{ CREATE_DOMAIN, "pubsub.example.com", true,  "u@pubsub.example.com/x", false, YES },
		{ CREATE_DOMAIN, "pubsub.example.com", true,  "u@chat.example.com/x", false, NO },
		{ CREATE_DOMAIN, "pubsub.example.com", true,  "u@xample.com/x",	   false, NO },
		{ CREATE_DOMAIN, "pubsub",	       true,  "u@example.com/x",   false, NO },
		{ CREATE_ADMINS, "pubsub.example.com", true,  "u@example.com/x",   false, NO },
		{ CREATE_ADMINS, "pubsub.example.com", true,  "u@far.example/x",   true,  YES },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct access_policy policy = { rows[i].create, rows[i].service,
						rows[i].component };
		struct subject who = { rows[i].jid, rows[i].admin, AFF_NONE };

		if (access_check(PRIV_CREATE, NULL, &who, &policy) !=
		    (rows[i].may ? PS_OK : PS_FORBIDDEN))
			fail_msg("row %zu", i);
	}
}

/* RETR-08, RETR-09, RETR-10, RETR-12 */
static void access_retract__own_items_or_as_owner(void **state)
{
	static const struct {
		enum affiliation affiliation;
		bool admin;
		enum publish_model model;
		const char *publisher;
		int may;
	} rows[] = {
		{ AFF_OWNER, false, PUBLISH_PUBLISHERS, "v@example.com", YES },
		{ AFF_NONE, true, PUBLISH_PUBLISHERS, "v@example.com", YES },
		{ AFF_NONE, false, PUBLISH_OPEN, "u@example.com", YES },
		{ AFF_NONE, false, PUBLISH_OPEN, "v@example.com", NO },
		{ AFF_NONE, false, PUBLISH_PUBLISHERS, "u@example.com", NO },
		{ AFF_OUTCAST, false, PUBLISH_OPEN, "u@example.com", NO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct node n = { .config.publish_model = rows[i].model };
		struct subject who = { "u@example.com/x", rows[i].admin, rows[i].affiliation };

		if (access_retract(&n, &who, rows[i].publisher) !=
		    (rows[i].may ? PS_OK : PS_FORBIDDEN))
			fail_msg("row %zu", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(access_check__every_affiliation_and_model__by_the_table),
		cmocka_unit_test(access_check__create_policy__by_host),
		cmocka_unit_test(access_retract__own_items_or_as_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
