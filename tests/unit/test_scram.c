/* SPDX-License-Identifier: MIT */
/*
 * The messages of a login, as libstrophe would turn them into base64 and back, with the examples of
 * RFC 5802 and RFC 7677. The proof that libstrophe finds is always wrong here.
 */
#include "unit.h"

#include <string.h>

#include <strophe.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/own.h"
#include "common/xmpp/scram.h"

#define NONCE_1 "fyko+d2lbbFgONRv9qkxdawL"
#define BOTH_1 NONCE_1 "3rfcNHYJY1ZVvWVs7j"
#define CHALLENGE_1 "r=" BOTH_1 ",s=QSXCR+Q6sek8bf92,i="
#define NONCE_256 "rOprNGfwEbeRWgbNEkqO"
#define BOTH_256 NONCE_256 "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define CHALLENGE_256 "r=" BOTH_256 ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i="

static xmpp_ctx_t *ctx;

static char *encode(const char *text, size_t len)
{
	return xmpp_base64_encode(ctx, (const unsigned char *)text, len);
}

/* What is sent for @text. */
static char *sent(const char *text)
{
	AUTO_FREE char *base64 = encode(text, strlen(text));

	return xmpp_base64_decode_str(ctx, base64, strlen(base64));
}

static void expect_sent(const char *text, const char *wanted)
{
	AUTO_FREE char *got = sent(text);

	assert_string_equal(got, wanted);
}

/* The server's @text as it arrives. */
static char *received(const char *text)
{
	scram_begin(NULL);
	return encode(text, strlen(text));
}

static void expect_received(const char *base64, const char *wanted)
{
	AUTO_FREE char *got = xmpp_base64_decode_str(ctx, base64, strlen(base64));

	assert_string_equal(got, wanted);
}

/* @size of a proof. */
static void make_proof(size_t size)
{
	static const char wrong[64] = "nonsense";
	AUTO_FREE char *base64 = encode(wrong, size);

	assert_non_null(base64);
}

static void log_in(const char *nonce, const char *challenge, const char *seen, const char *both,
		   size_t size, const char *proof)
{
	AUTO_FREE char *first = mem_printf("n,,n=user,r=%s", nonce);
	AUTO_FREE char *base64 = received(challenge);
	AUTO_FREE char *wrong = mem_printf("c=biws,r=%s,p=bm9uc2Vuc2U=", both);
	AUTO_FREE char *right = mem_printf("c=biws,r=%s,p=%s", both, proof);

	scram_begin("pencil");
	expect_sent(first, first);
	expect_received(base64, seen);
	make_proof(size);
	expect_sent(wrong, right);
	/* It is over. */
	expect_sent(wrong, wrong);
	scram_begin(NULL);
}

static void scram__examples__right_proof(void **state)
{
	(void)state;
	log_in(NONCE_1, CHALLENGE_1 "4096", CHALLENGE_1 "1", BOTH_1, 20,
	       "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
	log_in(NONCE_256, CHALLENGE_256 "4096", CHALLENGE_256 "1", BOTH_256, 32,
	       "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
}

/* After a failure libstrophe begins anew, with another mechanism. */
static void scram__begun_twice__the_second_counts(void **state)
{
	AUTO_FREE char *base64 = received("r=abc,s=QSXCR+Q6sek8bf92,i=7");

	(void)state;
	scram_begin("pencil");
	expect_sent("n,,n=user,r=a", "n,,n=user,r=a");
	scram_begin("pencil");
	expect_received(base64, "r=abc,s=QSXCR+Q6sek8bf92,i=7");
	log_in(NONCE_1, CHALLENGE_1 "4096", CHALLENGE_1 "1", BOTH_1, 20,
	       "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=");
}

static void scram__not_begun__nothing_is_changed(void **state)
{
	AUTO_FREE char *base64 = received(CHALLENGE_1 "4096");

	(void)state;
	scram_begin(NULL);
	expect_sent("n,,n=user,r=" NONCE_1, "n,,n=user,r=" NONCE_1);
	expect_received(base64, CHALLENGE_1 "4096");
	make_proof(20);
	expect_sent("c=biws,r=" BOTH_1 ",p=x", "c=biws,r=" BOTH_1 ",p=x");
}

/* What is no SCRAM: another mechanism's message, and challenges that are none. */
static void scram__other_messages__nothing_is_changed(void **state)
{
	static const char *const strange[] = { "i=4096",
					       "r=x,s=QSXCR+Q6sek8bf92,i=-4",
					       "r=x,s=QSXCR+Q6sek8bf92",
					       "realm=\"localhost\",nonce=\"x\",i=5",
					       "r=x,i=0,s=y" };

	(void)state;
	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		AUTO_FREE char *base64 = received(strange[i]);

		scram_begin("pencil");
		expect_sent("user@example.com", "user@example.com");
		expect_received(base64, strange[i]);
		expect_sent("n,,n=user,r=x", "n,,n=user,r=x");
		expect_received(base64, strange[i]);
		scram_begin(NULL);
	}
}

/* A challenge whose salt is none: libstrophe's own proof goes out, and the server will refuse it. */
static void scram__bad_salt__libstrophes_proof(void **state)
{
	AUTO_FREE char *base64 = received("r=ab,s=???,i=4096");

	(void)state;
	scram_begin("pencil");
	expect_sent("n,,n=user,r=a", "n,,n=user,r=a");
	expect_received(base64, "r=ab,s=???,i=1");
	make_proof(20);
	expect_sent("c=biws,r=ab,p=x", "c=biws,r=ab,p=x");
	scram_begin(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scram__examples__right_proof),
		cmocka_unit_test(scram__begun_twice__the_second_counts),
		cmocka_unit_test(scram__not_begun__nothing_is_changed),
		cmocka_unit_test(scram__other_messages__nothing_is_changed),
		cmocka_unit_test(scram__bad_salt__libstrophes_proof),
	};
	int r;

	xmpp_initialize();
	ctx = xmpp_ctx_new(NULL, NULL);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	xmpp_ctx_free(ctx);
	return r;
}
