/* SPDX-License-Identifier: MIT */
/*
 * A server that says anything while an account logs in: its offer, then elements, a line each. The
 * password goes to nobody who offers SCRAM, and nobody who does not know it ends a login by SCRAM.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <strophe.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/random.h"
#include "common/xmpp/own.h"
#include "common/xmpp/sasl.h"
#include "fuzz.h"

#define MAX_SIZE (16 * 1024)
#define PASSWORD "AGZlbHQAc2VjcmV0" /* in base64 it begins an answer that is to be found */

void __wrap_random_id(char ret[static RANDOM_ID_LEN + 1]);
int __real_PKCS5_PBKDF2_HMAC(const char *password, int len, const unsigned char *salt,
			     int salt_len, int rounds, const EVP_MD *digest, int size,
			     unsigned char *out);
int __wrap_PKCS5_PBKDF2_HMAC(const char *password, int len, const unsigned char *salt,
			     int salt_len, int rounds, const EVP_MD *digest, int size,
			     unsigned char *out);

static xmpp_ctx_t *ctx;

/* Each input does the same every time. */
void __wrap_random_id(char ret[static RANDOM_ID_LEN + 1])
{
	memset(ret, 'a', RANDOM_ID_LEN);
	ret[RANDOM_ID_LEN] = '\0';
}

/* What a server may ask for takes seconds. */
int __wrap_PKCS5_PBKDF2_HMAC(const char *password, int len, const unsigned char *salt,
			     int salt_len, int rounds, const EVP_MD *digest, int size,
			     unsigned char *out)
{
	MUST(rounds > 0);
	return __real_PKCS5_PBKDF2_HMAC(password, len, salt, salt_len, 1, digest, size, out);
}

struct run {
	struct sasl *sasl;
	enum sasl_state state;
	bool scram; /* is what is tried */
	bool was_scram;
};

static void note_sent(struct run *r, char *xml)
{
	AUTO_FREE char *sent = xml;
	/* Where the login has failed it is not sent. */
	bool auth = sent && r->state == SASL_GOES_ON && !strncmp(sent, "<auth ", 6);

	if (!auth)
		return;
	r->scram = strstr(sent, "mechanism='SCRAM-");
	r->was_scram |= r->scram;
	MUST(!strstr(sent, "mechanism='PLAIN'") || !r->was_scram);
}

/* What a line is, as an element; NULL: nothing that would get that far. */
static xmpp_stanza_t *read_line(char **rest)
{
	char *line = strsep(rest, "\n");

	return xmpp_stanza_new_from_string(ctx, line);
}

static void begin(struct run *r, const struct sasl_account *account, xmpp_stanza_t *offer)
{
	char *xml = NULL;

	r->sasl = sasl_new(account, offer);
	r->state = sasl_begin(r->sasl, &xml);
	MUST(r->state == SASL_GOES_ON || r->state == SASL_NO_WAY);
	MUST((r->state == SASL_GOES_ON) == (xml != NULL));
	note_sent(r, xml);
}

static void take(struct run *r, xmpp_stanza_t *element)
{
	char *xml = NULL;

	r->state = sasl_take(r->sasl, element, &xml);
	note_sent(r, xml);
	MUST(r->state != SASL_DONE || !r->scram);
	MUST(r->state != SASL_REFUSED || *sasl_condition(r->sasl));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sasl_account account = { .jid = "me@localhost/here", .password = PASSWORD };
	AUTO_STANZA xmpp_stanza_t *offer = NULL;
	AUTO_FREE char *text = NULL;
	struct run r = { 0 };
	char *rest;

	if (size > MAX_SIZE)
		return 0;
	if (!ctx)
		ctx = xmpp_ctx_new(NULL, NULL);
	rest = text = mem_strndup((const char *)data, size);
	offer = read_line(&rest);
	begin(&r, &account, offer);
	while (rest && r.state == SASL_GOES_ON) {
		AUTO_STANZA xmpp_stanza_t *element = read_line(&rest);

		if (element)
			take(&r, element);
	}
	sasl_free(r.sasl);
	return 0;
}
