/* SPDX-License-Identifier: MIT */
/* The client's messages of SCRAM, with the examples of RFC 5802 and RFC 7677. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/xmpp/scram.h"

AUTO_DEFINE(struct scram *, scram_free);

#define NONCE "fyko+d2lbbFgONRv9qkxdawL"
#define BOTH NONCE "3rfcNHYJY1ZVvWVs7j"
#define CHALLENGE "r=" BOTH ",s=QSXCR+Q6sek8bf92,i=4096"
#define SIGNATURE "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="
#define NONCE_256 "rOprNGfwEbeRWgbNEkqO"
#define BOTH_256 NONCE_256 "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define CHALLENGE_256 "r=" BOTH_256 ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"

static void examples(const char *hash, const char *nonce, const char *challenge, const char *last,
		     const char *signature)
{
	AUTO(scram_free) struct scram *s = scram_new(hash, "user", "pencil", nonce);
	const char *answer;

	assert_non_null(s);
	assert_memory_equal(scram_first(s), "n,,n=user,r=", 12);
	assert_string_equal(scram_first(s) + 12, nonce);
	assert_false(scram_is_server(s, signature)); /* nobody has been asked yet */
	answer = scram_answer(s, challenge);
	assert_non_null(answer);
	assert_string_equal(answer, last);
	assert_true(scram_is_server(s, signature));
	assert_null(scram_answer(s, challenge)); /* there is one challenge */
}

static void scram__examples__proof_and_signature(void **state)
{
	(void)state;
	examples("SHA1", NONCE, CHALLENGE,
		 "c=biws,r=" BOTH ",p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", SIGNATURE);
	examples("SHA256", NONCE_256, CHALLENGE_256,
		 "c=biws,r=" BOTH_256 ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		 "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

static void scram__wrong_signature__is_not_the_server(void **state)
{
	static const char *const wrong[] = {
		"",
		"v=",
		"v=rmF9pqV8S7suAoZWja4dJRkFsKU=",
		"v=rmF9pqV8S7suAoZWja4dJRkFsKQ",
		"v=rmF9pqV8S7suAoZWja4dJRkFsKQ==",
		"rmF9pqV8S7suAoZWja4dJRkFsKQ=",
		"e=invalid-proof",
	};
	AUTO(scram_free) struct scram *s = scram_new("SHA1", "user", "pencil", NONCE);

	(void)state;
	assert_non_null(scram_answer(s, CHALLENGE));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(scram_is_server(s, wrong[i]));
	assert_true(scram_is_server(s, SIGNATURE ",x=extension"));
}

static void scram__bad_challenge__is_not_answered(void **state)
{
	static const char *const bad[] = {
		"",
		"e=other-error",
		"r=" NONCE ",s=QSXCR+Q6sek8bf92,i=4096", /* nothing of the server's */
		"r=somebody-elses,s=QSXCR+Q6sek8bf92,i=4096",
		"s=QSXCR+Q6sek8bf92,i=4096",
		"r=" BOTH ",i=4096",
		"r=" BOTH ",s=,i=4096",
		"r=" BOTH ",s=???,i=4096",
		"r=" BOTH ",s=QSXCR+Q6sek8bf9,i=4096",
		"r=" BOTH ",s=QSXCR+Q6sek8bf92",
		"r=" BOTH ",s=QSXCR+Q6sek8bf92,i=0",
		"r=" BOTH ",s=QSXCR+Q6sek8bf92,i=-4096",
		"r=" BOTH ",s=QSXCR+Q6sek8bf92,i=99999999", /* it would take minutes */
		"m=must-know,r=" BOTH ",s=QSXCR+Q6sek8bf92,i=4096",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		AUTO(scram_free) struct scram *s = scram_new("SHA1", "user", "pencil", NONCE);

		assert_null(scram_answer(s, bad[i]));
		assert_false(scram_is_server(s, SIGNATURE));
	}
}

/* Sections 2.2 and 5.1: SASLprep, and what stands for "=" and ",". */
static void scram__names_and_passwords__are_prepared(void **state)
{
	AUTO(scram_free) struct scram *s = scram_new("SHA1", "a,b=c", "x", "n");
	AUTO(scram_free)
	struct scram *soft = scram_new("SHA1",
				       "us\xc2\xad"
				       "er",
				       "pen\xc2\xad"
				       "cil",
				       NONCE);

	(void)state;
	assert_string_equal(scram_first(s), "n,,n=a=2Cb=3Dc,r=n");
	assert_string_equal(scram_first(soft), "n,,n=user,r=" NONCE);
	assert_non_null(scram_answer(soft, CHALLENGE));
	assert_true(scram_is_server(soft, SIGNATURE));
	assert_null(scram_new("SHA1", "user", "bell\a", "n"));
	assert_null(scram_new("NOSUCHHASH", "user", "pencil", "n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scram__examples__proof_and_signature),
		cmocka_unit_test(scram__wrong_signature__is_not_the_server),
		cmocka_unit_test(scram__bad_challenge__is_not_answered),
		cmocka_unit_test(scram__names_and_passwords__are_prepared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
