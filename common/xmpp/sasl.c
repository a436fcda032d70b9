/* SPDX-License-Identifier: MIT */
#include "common/xmpp/sasl.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "common/base/auto.h"
#include "common/base/base64.h"
#include "common/base/mem.h"
#include "common/base/random.h"
#include "common/base/str.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/scram.h"
#include "common/xmpp/stanza.h"

/* In the order in which they are tried. */
static const struct mechanism {
	const char *name;
	const char *hash; /* of SCRAM */
} mechanisms[] = {
	{ "EXTERNAL", NULL },
	{ "SCRAM-SHA-512", "SHA512" },
	{ "SCRAM-SHA-256", "SHA256" },
	{ "SCRAM-SHA-1", "SHA1" },
	{ "PLAIN", NULL },
};
#define COUNT (sizeof(mechanisms) / sizeof(mechanisms[0]))
enum { EXTERNAL = 0, PLAIN = COUNT - 1 };

struct sasl {
	struct sasl_account account;
	bool offered[COUNT];
	size_t trying; /* COUNT: nothing */
	struct scram *scram;
	bool answered; /* a challenge: the server knows the account and the mechanism */
	bool proved;   /* the server has, before the end */
	char *condition;
};

static bool can(const struct sasl *s, size_t i)
{
	if (i == EXTERNAL)
		return s->account.cert;
	return s->account.password;
}

struct sasl *sasl_new(const struct sasl_account *account, xmpp_stanza_t *offer)
{
	struct sasl *s = mem_zalloc(sizeof(*s));

	s->account = *account;
	s->trying = COUNT;
	for (xmpp_stanza_t *m = stanza_child(offer, "mechanism", NS_SASL); m;
	     m = stanza_next_like(m, "mechanism", NS_SASL))
		for (size_t i = 0; i < COUNT; i++)
			if (!strcmp(stanza_text(m), mechanisms[i].name))
				s->offered[i] = can(s, i);
	/* The password itself goes to nobody who can do without it. */
	for (size_t i = 0; i < COUNT; i++)
		if (mechanisms[i].hash && s->offered[i])
			s->offered[PLAIN] = false;
	return s;
}

void sasl_free(struct sasl *s)
{
	if (!s)
		return;
	scram_free(s->scram);
	free(s->condition);
	free(s);
}

const char *sasl_condition(const struct sasl *s)
{
	return s->condition ? s->condition : "undefined-condition";
}

/* An element around @data in base64; "=": there is data, and it is empty. New string. */
static char *element(const char *name, const char *mechanism, const char *data, size_t len)
{
	AUTO_FREE char *text = base64_encode(data, len);
	AUTO_STR out = { 0 };

	str_printf(&out, "<%s xmlns='" NS_SASL "'", name);
	if (mechanism)
		str_printf(&out, " mechanism='%s'", mechanism);
	str_printf(&out, ">%s</%s>", len ? text : "=", name);
	OPENSSL_cleanse(text, strlen(text));
	return str_steal(&out);
}

static char *begin_external(const struct sasl *s)
{
	AUTO_FREE char *bare = jid_bare(s->account.jid);

	return element("auth", "EXTERNAL", bare, s->account.cert_names_itself ? 0 : strlen(bare));
}

/* RFC 4616: who one wants to be (nobody else), who one is, the password. */
static char *begin_plain(const struct sasl *s)
{
	AUTO_FREE char *user = jid_local(s->account.jid);
	AUTO_STR data = { 0 };
	char *xml;

	str_add(&data, "", 1);
	str_add(&data, user, strlen(user) + 1);
	str_puts(&data, s->account.password);
	xml = element("auth", "PLAIN", data.p, data.len);
	OPENSSL_cleanse(data.p, data.len);
	return xml;
}

/* NULL: the account's name or password cannot be used with SCRAM. */
static char *begin_scram(struct sasl *s, const struct mechanism *m)
{
	AUTO_FREE char *user = jid_local(s->account.jid);
	char nonce[RANDOM_ID_LEN + 1];

	random_id(nonce);
	scram_free(s->scram);
	s->scram = scram_new(m->hash, user, s->account.password, nonce);
	if (!s->scram)
		return NULL;
	return element("auth", m->name, scram_first(s->scram), strlen(scram_first(s->scram)));
}

static char *begin_with(struct sasl *s, size_t i)
{
	if (i == EXTERNAL)
		return begin_external(s);
	if (i == PLAIN)
		return begin_plain(s);
	return begin_scram(s, &mechanisms[i]);
}

enum sasl_state sasl_begin(struct sasl *s, char **ret_xml)
{
	s->answered = s->proved = false;
	*ret_xml = NULL;
	for (s->trying = 0; s->trying < COUNT; s->trying++) {
		if (!s->offered[s->trying])
			continue;
		s->offered[s->trying] = false;
		*ret_xml = begin_with(s, s->trying);
		if (*ret_xml)
			return SASL_GOES_ON;
	}
	return s->condition ? SASL_REFUSED : SASL_NO_WAY;
}

/* What an element holds, as a string: a zero byte, which no message has, ends it. New string. */
static char *decode(xmpp_stanza_t *e)
{
	size_t len;
	char *data = base64_decode(stanza_text(e), &len);

	return data ? data : mem_strdup("");
}

static bool is_scram(const struct sasl *s)
{
	return s->trying < COUNT && mechanisms[s->trying].hash;
}

static enum sasl_state on_challenge(struct sasl *s, xmpp_stanza_t *e, char **ret_xml)
{
	AUTO_FREE char *data = decode(e);
	const char *answer;

	if (!is_scram(s) || s->proved)
		return SASL_FORGED;
	if (s->answered) { /* the last message may come before the end, by itself */
		s->proved = scram_is_server(s->scram, data);
		*ret_xml = mem_strdup("<response xmlns='" NS_SASL "'/>");
		return s->proved ? SASL_GOES_ON : SASL_FORGED;
	}
	answer = scram_answer(s->scram, data);
	if (!answer)
		return SASL_FORGED;
	s->answered = true;
	*ret_xml = element("response", NULL, answer, strlen(answer));
	return SASL_GOES_ON;
}

static enum sasl_state on_success(struct sasl *s, xmpp_stanza_t *e)
{
	AUTO_FREE char *data = decode(e);

	if (is_scram(s) && !s->proved && !scram_is_server(s->scram, data))
		return SASL_FORGED;
	return SASL_DONE;
}

static enum sasl_state on_failure(struct sasl *s, xmpp_stanza_t *e, char **ret_xml)
{
	xmpp_stanza_t *c = stanza_first(e);

	while (c && (stanza_is(c, "text", NULL) || strcmp(stanza_ns(c), NS_SASL)))
		c = stanza_next(c);
	free(s->condition);
	s->condition = mem_strdup(c ? stanza_name(c) : "undefined-condition");
	/* A proof that was wrong is wrong by every other way as well. */
	if (s->answered)
		return SASL_REFUSED;
	return sasl_begin(s, ret_xml);
}

enum sasl_state sasl_take(struct sasl *s, xmpp_stanza_t *e, char **ret_xml)
{
	*ret_xml = NULL;
	if (stanza_is(e, "challenge", NS_SASL))
		return on_challenge(s, e, ret_xml);
	if (stanza_is(e, "success", NS_SASL))
		return on_success(s, e);
	if (stanza_is(e, "failure", NS_SASL))
		return on_failure(s, e, ret_xml);
	return SASL_FORGED;
}
