/* SPDX-License-Identifier: MIT */
/* The archive: its ids, what it keeps, how it is asked. */
#include "unit.h"

#include <string.h>

#include "cmd/serve/archive_id.h"
#include "cmd/serve/op/page.h"
#include "cmd/serve/store/store.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/time.h"
#include "serve_bench.h"

#define KEY "000102030405060708090a0b0c0d0e0f"

/* Ids */

/* X0313-15 */
static void archive_id__any_place__comes_back(void **state)
{
	static const int64_t rows[][2] = { { 1, 1 }, { 1, 2 }, { 2, 1 }, { INT64_MAX, INT64_MAX - 1 }, { 1, 1LL << 40 } };
	struct archive_ids *ids = archive_ids_new(KEY);

	(void)state;
	assert_non_null(ids);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char id[ARCHIVE_ID_LEN + 1];
		int64_t seq = 0;

		archive_id(ids, rows[i][0], rows[i][1], id);
		assert_int_equal(strlen(id), ARCHIVE_ID_LEN);
		assert_true(archive_id_read(ids, rows[i][0], id, &seq));
		assert_int_equal(seq, rows[i][1]);
		assert_false(archive_id_read(ids, rows[i][0] - 1, id, &seq));
	}
	archive_ids_free(ids);
}

/* AES-128 under that key: what another build reads must be what this one has written. */
static void archive_id__known_block__as_the_cipher_says(void **state)
{
	struct archive_ids *ids = archive_ids_new(KEY);
	char id[ARCHIVE_ID_LEN + 1];

	(void)state;
	archive_id(ids, 0x0011223344556677, (int64_t)0x8899aabbccddeeff, id); /* FIPS 197, appendix C.1 */
	assert_string_equal(id, "69c4e0d86a7b0430d8cdb78070b4c55a");
	archive_ids_free(ids);
}

static void archive_id_read__changed_or_foreign__refused(void **state)
{
	static const char *const rows[] = { "", "0", "00000000000000000000000000000000", "@1",
					    "zz000000000000000000000000000000",
					    "000000000000000000000000000000000" };
	struct archive_ids *ids = archive_ids_new(KEY);
	struct archive_ids *others = archive_ids_new("ffffffffffffffffffffffffffffffff");
	char id[ARCHIVE_ID_LEN + 1], upper[ARCHIVE_ID_LEN + 1];
	int64_t seq = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_false(archive_id_read(ids, 1, rows[i], &seq));
	archive_id(ids, 1, 1000, id);
	assert_false(archive_id_read(others, 1, id, &seq));
	for (size_t i = 0; i < ARCHIVE_ID_LEN; i++) {
		char was = id[i];

		id[i] = was == '0' ? '1' : '0';
		assert_false(archive_id_read(ids, 1, id, &seq));
		id[i] = was;
		upper[i] = (char)(was >= 'a' ? was - 'a' + 'A' : was);
	}
	upper[ARCHIVE_ID_LEN] = '\0';
	assert_false(archive_id_read(ids, 1, upper, &seq));
	assert_int_equal(seq, 77);
	assert_null(archive_ids_new("short"));
	assert_null(archive_ids_new("gg0102030405060708090a0b0c0d0e0f"));
	archive_ids_free(ids);
	archive_ids_free(others);
	archive_ids_free(NULL);
}

/* Asking */

#define MAM(attrs, body) "<query xmlns='urn:xmpp:mam:2' node='n' " attrs ">" body "</query>"
#define RESULT_OF(id, item) \
	"<message from='" SVC "' to='" EVE "' id='*'><result xmlns='urn:xmpp:mam:2' id='" id "'>" \
	"<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='*'/>" item \
	"</forwarded></result></message>"
#define NOTIFIED(item) \
	"<message xmlns='jabber:client' from='" SVC "' type='headline'><event xmlns='" NS "#event'>" \
	"<items node='n'>" item "</items></event></message>"
#define FIN(attrs, set) RESULT(EVE, "<fin xmlns='urn:xmpp:mam:2' " attrs ">" RSM(set) "</fin>")

static void archive_start(struct bench *b)
{
	bench_init(b);
	bench_archive(b, "max");
	bench_start(b, SVC, false);
}

/* X0313-05: the answer comes behind the last result. */
static void mam_query__one_item__result_then_answer(void **state)
{
	static const struct step before[] = {
		CREATE_N,
		{ "PUB-07", PUBLISH(OWNER, "1"), PUBLISHED(OWNER, "1") },
	};
	static const struct step steps[] = {
		{ "X0313-05", SET(EVE, MAM("", "")),
		  RESULT_OF("*", NOTIFIED(ONE("1")))
		  FIN("complete='true'", "<first>*</first><last>*</last><count>1</count>") },
		{ "GEN-09", GET(EVE, "<query xmlns='urn:xmpp:mam:2'/>"), BAD(EVE, "nodeid-required") },
		{ "GEN-09", SET(EVE, "<metadata xmlns='urn:xmpp:mam:2' node='n'/>"), BAD_REQUEST(EVE) },
	};
	struct bench b;

	(void)state;
	archive_start(&b);
	PLAY_ON(&b, before);
	PLAY_ON(&b, steps);
	bench_stop(&b);
}

static size_t occurrences(const char *text, const char *what)
{
	size_t n = 0;

	for (const char *p = strstr(text, what); p; p = strstr(p + 1, what))
		n++;
	return n;
}

static void ask(struct bench *b, const char *xml)
{
	str_reset(&b->sent);
	assert_true(bench_take(b, xml));
	service_turn(b->service);
}

/* What does not fit is on the next page; from whichever end. */
static void mam_query__large_items__as_many_as_fit(void **state)
{
	static const char *const asked[] = { SET(EVE, MAM("", "")), SET(EVE, MAM("", RSM("<before/>"))),
					     SET(EVE, MAM("", RSM("<max>1</max>"))) };
	static const struct step steps[] = { CREATE_N };
	struct bench b;

	(void)state;
	archive_start(&b);
	PLAY_ON(&b, steps);
	for (int i = 0; i < 5; i++)
		bench_take_large(&b, OWNER, (char[]){ (char)('a' + i), '\0' }, PAGE_BYTES * 2 / 5);
	service_turn(b.service);
	for (int i = 0; i < 3; i++) {
		ask(&b, asked[i]);
		assert_int_equal(occurrences(b.sent.p, "<result "), i == 2 ? 1 : 2);
		assert_int_equal(occurrences(b.sent.p, "complete="), 0);
		assert_non_null(strstr(b.sent.p, "<count>5</count>"));
		assert_int_equal(occurrences(b.sent.p, i == 1 ? "<item id='e'" : "<item id='a'"), 1);
	}
	bench_stop(&b);
}

/* An item that no stanza can hold with all that is around it still has its place. */
static void mam_query__too_large_for_a_stanza__without_message(void **state)
{
	static const struct step steps[] = { CREATE_N };
	struct bench b;
	size_t more;

	(void)state;
	archive_start(&b);
	PLAY_ON(&b, steps);
	bench_take_large(&b, OWNER, "a", 1000);
	service_turn(b.service);
	more = b.config.max_stanza;
	b.config.max_stanza = 1500;
	ask(&b, SET(EVE, MAM("", "")));
	b.config.max_stanza = more;
	bench_expect(&b, "X0313-04",
		     RESULT_OF("*", "") FIN("complete='true'", "<first>*</first><last>*</last><count>1</count>"));
	bench_stop(&b);
}

/* Keeping */

static void put_at(struct bench *b, const char *id, int64_t now)
{
	struct item item = { .id = id, .publisher = OWNED, .payload = X, .payload_len = strlen(X) };
	struct node n = { 0 };
	int64_t seq;
	bool replaced;

	assert_int_equal(store_node_get(b->store, "n", &n), 0);
	assert_int_equal(store_begin(b->store), 0);
	assert_int_equal(store_item_put(b->store, n.id, &item, now, &seq, &replaced), 0);
	assert_int_equal(store_commit(b->store), 0);
	node_release(&n);
}

static int64_t total(struct bench *b)
{
	struct node n = { 0 };
	int64_t count;

	assert_int_equal(store_node_get(b->store, "n", &n), 0);
	assert_int_equal(store_archive_total(b->store, n.id, &count), 0);
	node_release(&n);
	return count;
}

static void archive__past_versions__go_when_they_are_old(void **state)
{
	static const struct step steps[] = { CREATE_N };
	const int64_t hour = 3600 * 1000;
	int64_t now = time_now(), due;
	struct bench b;

	(void)state;
	bench_init(&b);
	bench_archive(&b, "3600");
	bench_start(&b, SVC, false);
	PLAY_ON(&b, steps);
	put_at(&b, "old", now - 3 * hour); /* what is still an item stays, however old it is */
	put_at(&b, "a", now - 2 * hour);
	put_at(&b, "a", now - hour / 2);
	put_at(&b, "a", now);
	assert_int_equal(total(&b), 4);
	b.service->changed = true;
	assert_true(service_due(b.service, &due));
	assert_int_equal(due, now - hour);
	service_run(b.service);
	assert_int_equal(total(&b), 3);
	assert_true(service_due(b.service, &due));
	assert_int_equal(due, now + hour / 2);
	bench_stop(&b);
}

static void archive__off__past_versions_go(void **state)
{
	static const struct step steps[] = { CREATE_N };
	struct bench b;
	int64_t due;

	(void)state;
	archive_start(&b);
	PLAY_ON(&b, steps);
	put_at(&b, "a", time_now());
	put_at(&b, "a", time_now());
	b.service->changed = true;
	assert_true(service_due(b.service, &due));
	assert_true(due == INT64_MAX); /* for ever */
	b.config.archive = 0;
	b.service->due.unknown = true; /* as at a start */
	service_run(b.service);
	assert_int_equal(total(&b), 1);
	bench_stop(&b);
}

/* With the archive off, the secret is forgotten. */
static void archive__off_and_on_again__other_ids(void **state)
{
	struct bench b;
	AUTO_FREE char *first = NULL;

	(void)state;
	for (int i = 0; i < 4; i++) {
		AUTO_FREE char *key = NULL;

		if (!i)
			archive_start(&b);
		else
			assert_int_equal(service_new(&b.config, b.store, &b.sink, &b.service), 0);
		assert_int_equal(store_setting_get(b.store, "archive-key", &key), 0);
		assert_int_equal(!b.service->archive_ids, i == 2);
		if (!i)
			first = mem_strdup(key);
		else if (i == 1)
			assert_string_equal(key, first);
		else if (i == 2)
			assert_string_equal(key, "");
		else
			assert_string_not_equal(key, first);
		service_free(b.service);
		b.service = NULL;
		b.config.archive = i == 1 ? 0 : INT64_MAX;
	}
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(archive_id__any_place__comes_back),
		cmocka_unit_test(archive_id__known_block__as_the_cipher_says),
		cmocka_unit_test(archive_id_read__changed_or_foreign__refused),
		cmocka_unit_test(mam_query__one_item__result_then_answer),
		cmocka_unit_test(mam_query__large_items__as_many_as_fit),
		cmocka_unit_test(mam_query__too_large_for_a_stanza__without_message),
		cmocka_unit_test(archive__past_versions__go_when_they_are_old),
		cmocka_unit_test(archive__off__past_versions_go),
		cmocka_unit_test(archive__off_and_on_again__other_ids),
	};

	return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
