/* SPDX-License-Identifier: MIT */
/* Which way a login takes, by what the server offers and answers (RFC 6120 section 6). */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <strophe.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/sasl.h"
#include "context.h"

static const struct sasl_account by_password = { .jid = "user@example.com/r",
						 .password = "pencil" };

static struct sasl *sasl;
static char *sent;

static xmpp_stanza_t *parse(const char *xml)
{
	xmpp_stanza_t *s = xmpp_stanza_new_from_string(ctx, xml);

	assert_non_null(s);
	return s;
}

/* @offer: names of mechanisms with blanks between. */
static enum sasl_state begin(const struct sasl_account *account, const char *offer)
{
	AUTO_FREE char *names = mem_strdup(offer);
	AUTO_STR xml = { 0 };
	xmpp_stanza_t *mechanisms;
	enum sasl_state state;

	str_puts(&xml, "<mechanisms xmlns='" NS_SASL "'>");
	for (char *name = strtok(names, " "); name; name = strtok(NULL, " "))
		str_printf(&xml, "<mechanism>%s</mechanism>", name);
	str_puts(&xml, "</mechanisms>");
	mechanisms = parse(xml.p);
	sasl_free(sasl);
	sasl = sasl_new(account, mechanisms);
	xmpp_stanza_release(mechanisms);
	free(sent);
	state = sasl_begin(sasl, &sent);
	return state;
}

/* @data goes into the element in base64. */
static enum sasl_state take(const char *name, const char *data)
{
	char text[512];
	AUTO_STR xml = { 0 };
	xmpp_stanza_t *element;
	enum sasl_state state;

	EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)data, (int)strlen(data));
	str_printf(&xml, "<%s xmlns='" NS_SASL "'>%s</%s>", name, text, name);
	element = parse(xml.p);
	free(sent);
	state = sasl_take(sasl, element, &sent);
	xmpp_stanza_release(element);
	return state;
}

static enum sasl_state refuse(const char *inside)
{
	AUTO_FREE char *xml = mem_printf("<failure xmlns='" NS_SASL "'>%s</failure>", inside);
	xmpp_stanza_t *element = parse(xml);
	enum sasl_state state;

	free(sent);
	state = sasl_take(sasl, element, &sent);
	xmpp_stanza_release(element);
	return state;
}

/* What the last element holds, decoded. */
static const char *data(void)
{
	static char ret[512];
	const char *text = strchr(sent, '>') + 1;
	int len = (int)strcspn(text, "<");

	memset(ret, 0, sizeof(ret));
	assert_true(EVP_DecodeBlock((unsigned char *)ret, (const unsigned char *)text, len) >= 0);
	return ret;
}

static void expect_auth(const char *mechanism)
{
	AUTO_FREE char *begin = mem_printf("<auth xmlns='" NS_SASL "' mechanism='%s'>", mechanism);

	assert_non_null(sent);
	assert_memory_equal(sent, begin, strlen(begin));
}

static void sasl__offers__the_strongest_is_taken(void **state)
{
	static const struct {
		const char *offer, *taken;
	} rows[] = {
		{ "PLAIN", "PLAIN" },
		{ "PLAIN SCRAM-SHA-1", "SCRAM-SHA-1" },
		{ "SCRAM-SHA-1 SCRAM-SHA-256 PLAIN", "SCRAM-SHA-256" },
		{ "SCRAM-SHA-1-PLUS SCRAM-SHA-512 SCRAM-SHA-256 EXTERNAL", "SCRAM-SHA-512" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(begin(&by_password, rows[i].offer), SASL_GOES_ON);
		expect_auth(rows[i].taken);
	}
	assert_int_equal(begin(&by_password, "DIGEST-MD5 EXTERNAL ANONYMOUS"), SASL_NO_WAY);
	assert_null(sent);
}

static void sasl__plain__name_and_password(void **state)
{
	const char *got;

	(void)state;
	assert_int_equal(begin(&by_password, "PLAIN"), SASL_GOES_ON);
	got = data();
	assert_string_equal(got, "");
	assert_string_equal(got + 1, "user");
	assert_string_equal(got + 6, "pencil");
	assert_int_equal(take("success", ""), SASL_DONE);
}

static void sasl__certificate__comes_first(void **state)
{
	struct sasl_account a = { .jid = "user@example.com/r", .password = "pencil", .cert = true };

	(void)state;
	assert_int_equal(begin(&a, "SCRAM-SHA-1 EXTERNAL"), SASL_GOES_ON);
	expect_auth("EXTERNAL");
	assert_string_equal(data(), "user@example.com");
	assert_int_equal(refuse("<not-authorized/>"), SASL_GOES_ON);
	expect_auth("SCRAM-SHA-1"); /* there is a password, too */
	a.password = NULL;
	a.cert_names_itself = true;
	assert_int_equal(begin(&a, "SCRAM-SHA-1 EXTERNAL PLAIN"), SASL_GOES_ON);
	assert_string_equal(sent, "<auth xmlns='" NS_SASL "' mechanism='EXTERNAL'>=</auth>");
	assert_int_equal(refuse("<not-authorized/>"), SASL_REFUSED);
	assert_int_equal(begin(&a, "SCRAM-SHA-1 PLAIN"), SASL_NO_WAY);
}

static void sasl__refused__condition_is_known(void **state)
{
	static const struct {
		const char *inside, *condition;
	} rows[] = {
		{ "<not-authorized/>", "not-authorized" },
		{ "<text xml:lang='en'>no</text><account-disabled/>", "account-disabled" },
		{ "<credentials-expired/><text>old</text>", "credentials-expired" },
		{ "<not-authorized xmlns='urn:other'/>", "undefined-condition" },
		{ "", "undefined-condition" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(&by_password, "PLAIN");
		assert_int_equal(refuse(rows[i].inside), SASL_REFUSED);
		assert_string_equal(sasl_condition(sasl), rows[i].condition);
		assert_null(sent);
	}
}

/* Before the server has asked for a proof it may be that it has none for this mechanism. */
static void sasl__refused_at_once__the_next_is_tried(void **state)
{
	(void)state;
	begin(&by_password, "SCRAM-SHA-256 SCRAM-SHA-1 PLAIN");
	assert_int_equal(refuse("<not-authorized/>"), SASL_GOES_ON);
	expect_auth("SCRAM-SHA-1");
	assert_int_equal(refuse("<temporary-auth-failure/>"), SASL_REFUSED);
	assert_string_equal(sasl_condition(sasl), "temporary-auth-failure");
}

/* Answers a challenge of the server's that begins with what we sent. */
static void be_asked(void)
{
	AUTO_FREE char *nonce = mem_strdup(strstr(data(), ",r=") + 3);
	AUTO_FREE char *challenge = mem_printf("r=%sserver,s=QSXCR+Q6sek8bf92,i=1", nonce);

	assert_int_equal(take("challenge", challenge), SASL_GOES_ON);
	assert_memory_equal(sent, "<response ", 10);
	assert_non_null(strstr(data(), ",p="));
}

static void sasl__wrong_proof__nothing_else_is_tried(void **state)
{
	(void)state;
	begin(&by_password, "SCRAM-SHA-256 SCRAM-SHA-1");
	be_asked();
	assert_int_equal(refuse("<not-authorized/>"), SASL_REFUSED);
	assert_null(sent);
}

static void sasl__server_without_the_password__is_forged(void **state)
{
	(void)state;
	begin(&by_password, "SCRAM-SHA-1");
	assert_int_equal(take("success", ""), SASL_FORGED); /* it has not even asked */
	begin(&by_password, "SCRAM-SHA-1");
	be_asked();
	assert_int_equal(take("success", ""), SASL_FORGED);
	begin(&by_password, "SCRAM-SHA-1");
	be_asked();
	assert_int_equal(take("success", "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), SASL_FORGED);
	begin(&by_password, "SCRAM-SHA-1");
	be_asked();
	assert_int_equal(take("challenge", "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="), SASL_FORGED);
	begin(&by_password, "SCRAM-SHA-1");
	assert_int_equal(take("challenge", "r=somebody,s=QSXCR+Q6sek8bf92,i=1"), SASL_FORGED);
	begin(&by_password, "PLAIN");
	assert_int_equal(take("challenge", "r=somebody,s=QSXCR+Q6sek8bf92,i=1"), SASL_FORGED);
	assert_int_equal(take("nonsense", ""), SASL_FORGED);
}

static int teardown(void **state)
{
	(void)state;
	sasl_free(sasl);
	free(sent);
	sasl = NULL;
	sent = NULL;
	return 0;
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sasl__offers__the_strongest_is_taken),
		TEST(sasl__plain__name_and_password),
		TEST(sasl__certificate__comes_first),
		TEST(sasl__refused__condition_is_known),
		TEST(sasl__refused_at_once__the_next_is_tried),
		TEST(sasl__wrong_proof__nothing_else_is_tried),
		TEST(sasl__server_without_the_password__is_forged),
	};

	return cmocka_run_group_tests(tests, context_start, context_stop);
}
