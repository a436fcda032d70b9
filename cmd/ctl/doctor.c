/* SPDX-License-Identifier: MIT */
/*
 * Which features of a service really work: doctor. Each is tried at a node that is made for it and
 * removed afterwards, and compared with what disco#info says (XEP-0060 section 10).
 */
#include <stdlib.h>
#include <string.h>

#include "cmd/ctl/ctl.h"
#include "cmd/ctl/doc.h"
#include "cmd/ctl/doctor.h"
#include "cmd/ctl/names.h"
#include "cmd/ctl/print.h"
#include "cmd/ctl/probe.h"
#include "cmd/ctl/verbs.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/nearest.h"
#include "common/base/strings.h"
#include "common/pubsub/request.h"
#include "common/xmpp/jid.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/opts.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

AUTO_DEFINE(char **, strings_free);

#define PREFIX NS_PUBSUB "#"

/* What is required */

static const char *short_name(const char *feature)
{
	return strncmp(feature, PREFIX, strlen(PREFIX)) ? feature : feature + strlen(PREFIX);
}

static char **required(const struct ctl *c)
{
	AUTO_FREE char *list = mem_strdup(c->o->require);
	char **names = NULL, *rest = list, *word;

	while (rest && (word = strsep(&rest, ",")))
		if (*word)
			strings_add(&names, short_name(word));
	return names;
}

int verb_doctor_check(struct ctl *c)
{
	AUTO(strings_free) char **names = required(c);

	for (char **name = names; name && *name; name++) {
		struct nearest near = { .word = *name };
		const struct trial *t = trials;

		for (; t->feature && strcmp(t->feature, *name) != 0; t++)
			nearest_consider(&near, t->feature);
		if (!t->feature)
			return opts_usage_error("--require: '%s' is not tried; did you mean '%s'?",
						*name, nearest_found(&near));
	}
	return 0;
}

/* The table */

static void print_feature(struct doctor *d, const char *feature, bool advertised, const char *works)
{
	AUTO_STR xml = { 0 };

	if (!d->c->o->xml) {
		print_row(d->c, feature, advertised ? "yes" : "no", works);
		return;
	}
	str_puts(&xml, "<feature xmlns='" NS_DOC "'");
	xml_attr(&xml, "name", feature);
	xml_attr(&xml, "advertised", advertised ? "yes" : "no");
	xml_attr(&xml, "works", works);
	str_puts(&xml, "/>");
	print_xml(d->c, xml.p, xml.len);
}

static bool is_advertised(const struct doctor *d, const char *feature)
{
	for (size_t i = 0; i < d->advertised.n; i++)
		if (!strcmp(short_name(d->advertised.all[i]), feature))
			return true;
	return false;
}

static bool is_tried(const char *feature)
{
	for (const struct trial *t = trials; t->feature; t++)
		if (!strcmp(t->feature, feature))
			return true;
	return false;
}

static void print_untried(struct doctor *d)
{
	for (size_t i = 0; i < d->advertised.n; i++) {
		const char *feature = short_name(d->advertised.all[i]);

		if (feature != d->advertised.all[i] && !is_tried(feature))
			print_feature(d, feature, true, "-");
	}
}

/* Without a node there is nothing to try: what then does not work is not known. */
static void try_all(struct doctor *d)
{
	AUTO(strings_free) char **names = required(d->c);

	for (const struct trial *t = trials; t->feature && !d->code; t++) {
		bool can = d->probe.made || t == trials;
		bool works = can && t->try(d, t->arg);

		if (d->code)
			break;
		print_feature(d, t->feature, is_advertised(d, t->feature),
			      !can    ? "-"
			      : works ? "yes"
				      : "no");
		if (!works && strings_have(names, t->feature))
			strings_add(&d->missing, t->feature);
	}
}

static int read_features(struct doctor *d)
{
	AUTO_STANZA xmpp_stanza_t *reply = NULL;
	AUTO_STR xml = { 0 };
	xmpp_stanza_t *f;
	int code;

	ctl_doing(d->c, "ask what there is");
	request_disco_info(&xml, NULL);
	code = ctl_request(d->c, "get", &xml, &reply);
	f = code ? NULL
		 : stanza_child(stanza_child(reply, "query", NS_DISCO_INFO), "feature",
				NS_DISCO_INFO);
	for (; f; f = stanza_next_like(f, "feature", NS_DISCO_INFO))
		if (stanza_attr(f, "var"))
			names_add(&d->advertised, stanza_attr(f, "var"));
	return code;
}

static int examine(struct doctor *d)
{
	int code = read_features(d);

	if (code)
		return code;
	ctl_doing(d->c, "try the features");
	try_all(d);
	if (!d->code)
		print_untried(d);
	for (char **name = d->missing; name && *name && !d->code; name++)
		log_error("%s: '%s' does not work", d->c->service, *name);
	return d->code ? d->code : d->missing ? EXIT_DIFFERS : 0;
}

int verb_doctor(struct ctl *c)
{
	struct doctor d = { .c = c, .jid = jid_bare(session_jid(c->session)) };
	int code, e;

	probe_init(&d.probe, c, NULL);
	code = examine(&d);
	e = probe_end(&d.probe);
	names_release(&d.advertised);
	strings_free(d.missing);
	free(d.jid);
	return code ? code : e;
}
