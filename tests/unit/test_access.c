/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "cmd/serve/access.h"
#include "common/pubsub/errors.h"

#define N_OF(list) (sizeof(list) / sizeof((list)[0]))
#define U "u@example.com/x"

static const struct access_policy anyone = { .create = CREATE_ANYONE,
					     .service = "svc@example.com/r" };

static void check(size_t row, enum priv priv, const struct node *n, const struct subject *who,
		  int want)
{
	static const char *const privs[] = { "none",	"create",  "subscribe", "read",
					     "publish", "retract", "owner" };
	int got = access_check(priv, n, who, &anyone);

	_Static_assert(N_OF(privs) == PRIV_MAX, "a name for each privilege");
	if (got != want)
		fail_msg("row %zu, privilege %s: %d, not %d", row, privs[priv], got, want);
}

/* AFF-05 to AFF-46, SUB-15, ITEMS-24, PUB-23, CFG-26 to CFG-28, GEN-11, of an open node. */
static void access_check__every_affiliation_and_publish_model__by_the_table(void **state)
{
	/* clang-format off */
	static const struct { /* then may: read and subscribe, publish by model (publishers, subscribers, open), own */
		enum affiliation affiliation;
		bool admin, subscribed;
		bool read, publish[PUBLISH_MAX], own;
	} rows[] = {
		{ AFF_NONE,	    false, false, true,	 { false, false, true }, false },
		{ AFF_NONE,	    false, true,  true,	 { false, true, true }, false },
		{ AFF_NONE,	    true,  false, true,	 { true, true, true }, true },
		{ AFF_OUTCAST,	    false, false, false, { false, false, false }, false },
		{ AFF_OUTCAST,	    false, true,  false, { false, false, false }, false },
		{ AFF_OUTCAST,	    true,  false, true,	 { true, true, true }, true },
		{ AFF_MEMBER,	    false, false, true,	 { false, false, true }, false },
		{ AFF_MEMBER,	    false, true,  true,	 { false, true, true }, false },
		{ AFF_PUBLISH_ONLY, false, false, false, { true, true, true }, false },
		{ AFF_PUBLISH_ONLY, false, true,  false, { true, true, true }, false },
		{ AFF_PUBLISH_ONLY, true,  false, true,	 { true, true, true }, true },
		{ AFF_PUBLISHER,    false, false, true,	 { true, true, true }, false },
		{ AFF_OWNER,	    false, false, true,	 { true, true, true }, true },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		for (enum publish_model m = 0; m < PUBLISH_MAX; m++) {
			const struct node n = { .config.publish = m };
			const struct subject who = { .jid = U,
						     .admin = rows[i].admin,
						     .affiliation = rows[i].affiliation,
						     .subscribed = rows[i].subscribed };
			int publish = rows[i].publish[m] ? PS_OK : PS_FORBIDDEN;

			check(i, PRIV_NONE, &n, &who, PS_OK);
			check(i, PRIV_CREATE, &n, &who, PS_OK);
			check(i, PRIV_SUBSCRIBE, &n, &who, rows[i].read ? PS_OK : PS_FORBIDDEN);
			check(i, PRIV_READ, &n, &who, rows[i].read ? PS_OK : PS_FORBIDDEN);
			check(i, PRIV_PUBLISH, &n, &who, publish);
			check(i, PRIV_RETRACT, &n, &who, publish);
			check(i, PRIV_OWNER, &n, &who, rows[i].own ? PS_OK : PS_FORBIDDEN);
			assert_int_equal(access_is_owner(&who), rows[i].own);
		}
}

/* ACC-04 to ACC-15, SUB-09 to SUB-11, ITEMS-20 to ITEMS-22, AFF-34: of those without affiliation.
 */
static void access_check__every_access_model__by_the_table(void **state)
{
	/* clang-format off */
	static const struct { /* then to subscribe, and to read */
		enum access_model model;
		bool subscribed, presence, in_group;
		int subscribe, read;
	} rows[] = {
		{ ACCESS_OPEN,	    false, false, false, PS_OK, PS_OK },
		{ ACCESS_PRESENCE,  false, false, false, PS_PRESENCE_REQUIRED, PS_PRESENCE_REQUIRED },
		{ ACCESS_PRESENCE,  true,  false, true,	 PS_PRESENCE_REQUIRED, PS_PRESENCE_REQUIRED },
		{ ACCESS_PRESENCE,  false, true,  false, PS_OK, PS_OK },
		{ ACCESS_ROSTER,    false, false, false, PS_NOT_IN_GROUP, PS_NOT_IN_GROUP },
		{ ACCESS_ROSTER,    false, true,  false, PS_NOT_IN_GROUP, PS_NOT_IN_GROUP },
		{ ACCESS_ROSTER,    true,  false, true,	 PS_NOT_IN_GROUP, PS_NOT_IN_GROUP },
		{ ACCESS_ROSTER,    false, true,  true,	 PS_OK, PS_OK },
		{ ACCESS_AUTHORIZE, false, true,  true,	 PS_OK, PS_SUBSCRIBERS_ONLY },
		{ ACCESS_AUTHORIZE, true,  false, false, PS_OK, PS_OK },
		{ ACCESS_WHITELIST, false, false, false, PS_CLOSED_NODE, PS_CLOSED_NODE },
		{ ACCESS_WHITELIST, true,  true,  true,	 PS_CLOSED_NODE, PS_CLOSED_NODE },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct node n = { .config.access = rows[i].model };
		const struct subject who = { .jid = U,
					     .subscribed = rows[i].subscribed,
					     .presence = rows[i].presence,
					     .in_group = rows[i].in_group };

		check(i, PRIV_SUBSCRIBE, &n, &who, rows[i].subscribe);
		check(i, PRIV_READ, &n, &who, rows[i].read);
		assert_int_equal(access_must_wait(&n, &who), rows[i].model == ACCESS_AUTHORIZE);
	}
}

/* ACC-15: who has an affiliation is let in, or kept out, by every model alike; nobody of them
 * waits. */
static void access_check__affiliations__before_the_access_model(void **state)
{
	static const int may[AFF_MAX] = {
		[AFF_OUTCAST] = PS_FORBIDDEN,
		[AFF_MEMBER] = PS_OK,
		[AFF_PUBLISH_ONLY] = PS_FORBIDDEN,
		[AFF_PUBLISHER] = PS_OK,
		[AFF_OWNER] = PS_OK,
	};

	(void)state;
	for (enum affiliation a = AFF_NONE + 1; a < AFF_MAX; a++)
		for (enum access_model m = 0; m < ACCESS_MAX; m++) {
			const struct node n = { .config.access = m };
			/* All else speaks for the outcast, and nothing for the others. */
			const bool more = may[a] != PS_OK;
			const struct subject who = { .jid = U,
						     .affiliation = a,
						     .subscribed = more,
						     .presence = more,
						     .in_group = more };
			const struct subject admin = { .jid = U, .affiliation = a, .admin = true };

			check(a, PRIV_SUBSCRIBE, &n, &who, may[a]);
			check(a, PRIV_READ, &n, &who, may[a]);
			check(a, PRIV_SUBSCRIBE, &n, &admin, PS_OK);
			check(a, PRIV_READ, &n, &admin, PS_OK);
			if (may[a] == PS_OK)
				assert_false(access_must_wait(&n, &who));
			assert_false(access_must_wait(&n, &admin));
		}
}

/* Where the answer changes with the subscription, it is asked for; nowhere else. */
static void access_asks_subscription__where_it_matters(void **state)
{
	(void)state;
	for (enum priv p = PRIV_NONE; p < PRIV_MAX; p++)
		for (enum access_model a = 0; a < ACCESS_MAX; a++)
			for (enum publish_model m = 0; m < PUBLISH_MAX; m++) {
				const struct node n = { .config = { .access = a, .publish = m } };
				const struct subject not = { .jid = U };
				const struct subject is = { .jid = U, .subscribed = true };

				assert_int_equal(access_asks_subscription(p, &n),
						 access_check(p, &n, &not, &anyone) !=
							 access_check(p, &n, &is, &anyone));
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
		bool may;
	} rows[] = {
		{ CREATE_ANYONE, "svc@example.com/r",  false, "u@far.example/x",   false, true },
		{ CREATE_DOMAIN, "svc@example.com/r",  false, "u@example.com/x",   false, true },
		{ CREATE_DOMAIN, "svc@example.com/r",  false, "svc@example.com/y", false, true },
		{ CREATE_DOMAIN, "svc@example.com/r",  false, "u@far.example/x",   false, false },
		{ CREATE_DOMAIN, "svc@example.com/r",  false, "u@com/x",	   false, false },
		{ CREATE_DOMAIN, "svc@example.com/r",  false, "u@far.example/example.com", false, false },
		{ CREATE_DOMAIN, "svc@example.com/r",  false, "example.com",	   false, true },
		{ CREATE_DOMAIN, "svc@example.com/r",  false, "u@far.example/x",   true,  true },
		{ CREATE_DOMAIN, "pubsub.example.com", true,  "u@example.com/x",   false, true },
		{ CREATE_DOMAIN, "pubsub.example.com", true,  "u@pubsub.example.com/x", false, true },
		{ CREATE_DOMAIN, "pubsub.example.com", true,  "u@chat.example.com/x", false, false },
		{ CREATE_DOMAIN, "pubsub.example.com", true,  "u@xample.com/x",	   false, false },
		{ CREATE_DOMAIN, "pubsub",	       true,  "u@example.com/x",   false, false },
		{ CREATE_ADMINS, "pubsub.example.com", true,  "u@example.com/x",   false, false },
		{ CREATE_ADMINS, "pubsub.example.com", true,  "u@far.example/x",   true,  true },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct access_policy policy = { rows[i].create, rows[i].service,
						      rows[i].component };
		const struct subject who = { .jid = rows[i].jid, .admin = rows[i].admin };

		if (access_check(PRIV_CREATE, NULL, &who, &policy) !=
		    (rows[i].may ? PS_OK : PS_FORBIDDEN))
			fail_msg("row %zu", i);
	}
}

static void access_server__account_or_component__own_domain_or_above(void **state)
{
	static const struct {
		const char *service;
		bool component;
		const char *server; /* NULL: unknown */
	} rows[] = {
		{ "svc@example.com/r.x", false, "example.com" },
		{ "svc@localhost", false, "localhost" },
		{ "pubsub.example.com", true, "example.com" },
		{ "pubsub.localhost", true, "localhost" },
		{ "pubsub", true, NULL },
		{ "pubsub.", true, NULL },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct access_policy policy = { .service = rows[i].service,
						      .component = rows[i].component };
		size_t len = 0;
		const char *server = access_server(&policy, &len);

		assert_int_equal(!server, !rows[i].server);
		assert_int_equal(len, server ? strlen(rows[i].server) : 0);
		if (server)
			assert_memory_equal(server, rows[i].server, len);
	}
}

/* RETR-08 to RETR-12, AFF-15, AFF-22, AFF-29 */
static void access_retract__own_items_or_as_owner(void **state)
{
	/* clang-format off */
	static const struct {
		enum affiliation affiliation;
		bool admin, subscribed;
		enum publish_model model;
		const char *publisher;
		bool may;
	} rows[] = {
		{ AFF_OWNER,	    false, false, PUBLISH_PUBLISHERS,  "v@example.com", true },
		{ AFF_NONE,	    true,  false, PUBLISH_PUBLISHERS,  "v@example.com", true },
		{ AFF_NONE,	    false, false, PUBLISH_OPEN,	       "u@example.com", true },
		{ AFF_NONE,	    false, false, PUBLISH_OPEN,	       "v@example.com", false },
		{ AFF_NONE,	    false, false, PUBLISH_PUBLISHERS,  "u@example.com", false },
		{ AFF_NONE,	    false, true,  PUBLISH_PUBLISHERS,  "u@example.com", false },
		{ AFF_NONE,	    false, true,  PUBLISH_SUBSCRIBERS, "u@example.com", true },
		{ AFF_NONE,	    false, true,  PUBLISH_SUBSCRIBERS, "v@example.com", false },
		{ AFF_NONE,	    false, false, PUBLISH_SUBSCRIBERS, "u@example.com", false },
		{ AFF_MEMBER,	    false, false, PUBLISH_PUBLISHERS,  "u@example.com", false },
		{ AFF_PUBLISHER,    false, false, PUBLISH_PUBLISHERS,  "u@example.com", true },
		{ AFF_PUBLISHER,    false, false, PUBLISH_PUBLISHERS,  "v@example.com", false },
		{ AFF_PUBLISH_ONLY, false, false, PUBLISH_PUBLISHERS,  "u@example.com", true },
		{ AFF_PUBLISH_ONLY, false, false, PUBLISH_OPEN,	       "v@example.com", false },
		{ AFF_OUTCAST,	    false, true,  PUBLISH_OPEN,	       "u@example.com", false },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		const struct node n = { .config.publish = rows[i].model };
		const struct subject who = { .jid = U,
					     .admin = rows[i].admin,
					     .affiliation = rows[i].affiliation,
					     .subscribed = rows[i].subscribed };

		if (access_retract(&n, &who, rows[i].publisher) !=
		    (rows[i].may ? PS_OK : PS_FORBIDDEN))
			fail_msg("row %zu", i);
	}
}

/* AFF-47 to AFF-67: the chart of XEP-0060 section 4.1, with publish-only beside publisher. */
static void access_transition__each_pair__as_in_the_chart(void **state)
{
	/* clang-format off */
	static const char chart[AFF_MAX][AFF_MAX + 1] = { /* to: none, outcast, member, publish-only, publisher, owner */
		[AFF_NONE]	   = "yyyyyy",
		[AFF_OUTCAST]	   = "yyyyyy",
		[AFF_MEMBER]	   = "yyyyyy",
		[AFF_PUBLISH_ONLY] = "yynyyy",
		[AFF_PUBLISHER]	   = "yynyyy",
		[AFF_OWNER]	   = "ynnnny",
	};
	/* clang-format on */

	(void)state;
	for (enum affiliation from = AFF_NONE; from < AFF_MAX; from++)
		for (enum affiliation to = AFF_NONE; to < AFF_MAX; to++)
			if (access_transition(from, to) != (chart[from][to] == 'y'))
				fail_msg("%s to %s", affiliation_names[from],
					 affiliation_names[to]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(access_check__every_affiliation_and_publish_model__by_the_table),
		cmocka_unit_test(access_check__every_access_model__by_the_table),
		cmocka_unit_test(access_check__affiliations__before_the_access_model),
		cmocka_unit_test(access_asks_subscription__where_it_matters),
		cmocka_unit_test(access_check__create_policy__by_host),
		cmocka_unit_test(access_server__account_or_component__own_domain_or_above),
		cmocka_unit_test(access_retract__own_items_or_as_owner),
		cmocka_unit_test(access_transition__each_pair__as_in_the_chart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
