/* SPDX-License-Identifier: MIT */
#include "common/xmpp/jid.h"

#include <idna.h>
#include <stringprep.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/xmpp/xml.h"

/* RFC 6122, section 2: each part has at most 1023 bytes. */
#define PART_MAX 1023

size_t jid_bare_len(const char *jid)
{
	return strcspn(jid, "/");
}

const char *jid_resource(const char *jid)
{
	const char *slash = strchr(jid, '/');

	return slash ? slash + 1 : NULL;
}

const char *jid_domain(const char *jid, size_t *ret_len)
{
	size_t bare = jid_bare_len(jid);
	const char *at = memchr(jid, '@', bare);
	const char *domain = at ? at + 1 : jid;

	*ret_len = bare - (size_t)(domain - jid);
	return domain;
}

bool jid_is_at(const char *jid, const char *domain, size_t len)
{
	size_t own_len;
	const char *own = jid_domain(jid, &own_len);

	return own_len == len && !memcmp(own, domain, len);
}

bool jid_has_local(const char *jid)
{
	return memchr(jid, '@', jid_bare_len(jid)) != NULL;
}

char *jid_bare(const char *jid)
{
	return mem_strndup(jid, jid_bare_len(jid));
}

bool jid_same_bare(const char *a, const char *b)
{
	size_t n = jid_bare_len(a);

	return n == jid_bare_len(b) && !memcmp(a, b, n);
}

/* One part through its stringprep profile; NULL where it is empty, too long or prohibited. */
static char *prep(const char *part, size_t len, const Stringprep_profile *profile)
{
	AUTO_FREE char *buf = NULL;

	if (!len || len > PART_MAX || !xml_valid(part, len))
		return NULL;
	/* Stringprep may lengthen the text in place: NFKC by a factor of at most eleven. */
	buf = mem_zalloc(len * 12 + 1);
	memcpy(buf, part, len);
	if (stringprep(buf, len * 12 + 1, 0, profile) != STRINGPREP_OK || !buf[0] ||
	    strlen(buf) > PART_MAX)
		return NULL;
	return steal(buf);
}

/* One dot at the end may go (RFC 6122 section 2.2): behind nameprep, which makes dots of others. */
static bool domain_ok(char *domain)
{
	size_t len = strlen(domain);

	if (len > 1 && domain[len - 1] == '.')
		domain[--len] = '\0';
	/* What nameprep lets pass, but no host name or IP literal has. */
	return domain[len - 1] != '.' && !strpbrk(domain, "@/ \"'<>&\t\r\n");
}

char *jid_local(const char *jid)
{
	return mem_strndup(jid, jid_has_local(jid) ? strcspn(jid, "@") : 0);
}

char *jid_prep(const char *jid)
{
	AUTO_FREE char *local = NULL;
	AUTO_FREE char *domain = NULL;
	AUTO_FREE char *resource = NULL;
	const char *part;
	size_t len;

	if (!jid || strlen(jid) > 3 * PART_MAX + 2)
		return NULL;
	if (jid_has_local(jid)) {
		local = prep(jid, strcspn(jid, "@"), stringprep_xmpp_nodeprep);
		if (!local)
			return NULL;
	}
	part = jid_domain(jid, &len);
	domain = prep(part, len, stringprep_nameprep);
	if (!domain || !domain_ok(domain))
		return NULL;
	part = jid_resource(jid);
	if (part) {
		resource = prep(part, strlen(part), stringprep_xmpp_resourceprep);
		if (!resource)
			return NULL;
	}
	return mem_printf("%s%s%s%s%s", local ? local : "", local ? "@" : "", domain,
			  resource ? "/" : "", resource ? resource : "");
}

char *jid_prep_resource(const char *text)
{
	return prep(text, strlen(text), stringprep_xmpp_resourceprep);
}

char *domain_to_ascii(const char *domain)
{
	char *ascii;

	if (idna_to_ascii_8z(domain, &ascii, IDNA_ALLOW_UNASSIGNED) != IDNA_SUCCESS)
		return mem_strdup(domain);
	return ascii;
}
