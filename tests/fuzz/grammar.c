/* SPDX-License-Identifier: MIT */
#include "grammar.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmd/serve/op/ops.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/node_fields.h"
#include "common/pubsub/sub_fields.h"
#include "common/pubsub/vocab.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/xml.h"

size_t rnd_below(struct rnd *r, size_t n)
{
	/* splitmix64: any seed will do. */
	uint64_t z = r->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (size_t)((z ^ (z >> 31)) % n);
}

static bool one_in(struct rnd *r, size_t n)
{
	return !rnd_below(r, n);
}

const char *rnd_word(struct rnd *r, const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return words[rnd_below(r, n)];
}

/* Words */

#define P NS_PUBSUB "#"

/* clang-format off */
static const char *const nodes[] = { "n", "n", "n", "w", "a", "b", "c", "c", "d", "new", "other", "n/x", "", "N",
	"missing", P "get-pending", P "nodes", "n\xcc\x81", NULL };
static const char *const users[] = { "u@example.com/r", "u@example.com/r", "u@example.com/r", "u@example.com/r", "p@example.com/r", "m@example.com/r",
	"s@example.com/r", "s@example.com/two", "o@example.com/r", "v@example.com/r", "admin@example.com/a",
	"e@evil.example/x", "v@example.com", "@", NULL };
static const char *const jids[] = { "s@example.com/r", "s@example.com", "u@example.com", "p@example.com/r",
	"m@example.com", "o@example.com", "v@example.com", "v@example.com/r", "e@evil.example", "V@Example.COM/R",
	FUZZ_SERVICE, "example.com", "@", "a@b@c/d", "", "u@example.com/\xc2\xa0", NULL };
static const char *const ids[] = { "1", "2", "3", "4", "current", "", "i'<&>\"", "00000000000000000000000000000001",
	"00000000000000000000000000000002", "00000000000000000000000000000003",
	"00000000000000000000000000000005", "00000000000000000000000000000006", NULL };
static const char *const numbers[] = { "0", "1", "2", "3", "10", "1000", "-1", "", "01", "+1", "1.5", "max", " 1",
	"4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551615",
	"99999999999999999999999999", NULL };
static const char *const bools[] = { "true", "false", "1", "0", "yes", "", NULL };
static const char *const times[] = { "2026-01-01T00:00:00Z", "2026-01-01T00:00:10Z", "2026-01-02T00:00:00.5Z",
	"2000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z",
	"2026-01-01T00:00:00+14:00", "presence", "now", NULL };
static const char *const texts[] = { "A title", "", "x", "urn:x", "\xc3\xa4\xe2\x82\xac", "a\nb", "<b>&amp;",
	"en", "de-AT", "Friends", "p=urn:x", "xmpp:example.com?;node=n", "//x", "count(//*) > 1", "p:x = 'a'", "//[",
	NULL };
static const char *const actions[] = { "execute", "next", "prev", "complete", "cancel", "", "dance", NULL };
static const char *const form_types[] = { "submit", "submit", "submit", "submit", "cancel", "form", "result", "",
	NULL };
static const char *const presences[] = { "", "", "unavailable", "subscribe", "subscribed", "unsubscribe",
	"unsubscribed", "probe", "error", NULL };
static const char *const types[] = { "get", "set", "result", "error", "", NULL };
static const char *const namespaces[] = { NS_PUBSUB, NS_PUBSUB_OWNER, NS_PUBSUB_EVENT, NS_PUBSUB_ERRORS, NS_DATA,
	NS_RSM, NS_DISCO_INFO, NS_DISCO_ITEMS, NS_COMMANDS, NS_MAM, NS_PPS, NS_PUBSUB_FILTER, NS_STANZAS, NS_DELAY,
	NS_CAPS, NS_SHIM, "jabber:client", "urn:x", NULL };
static const char *const form_names[] = { P "node_config", P "subscribe_options", P "publish-options",
	P "subscribe_authorization", P "meta-data", NS_MAM, "urn:x", NULL };
static const char *const payloads[] = { "<x xmlns='urn:x'/>", "<x xmlns='urn:x'>text</x>",
	"<entry xmlns='http://www.w3.org/2005/Atom'><title>T</title><summary>S</summary></entry>",
	"<p:x xmlns:p='urn:x' p:a='1'><y xmlns=''/></p:x>", "<x xmlns='urn:x'/><x xmlns='urn:x'/>", "text", "",
	"<x/>", NULL };

static const char *const steps[] = { "turn", "batch", "block", "drain", "service 1", "service 2", "run 0", "run 1000",
	"run 5000", "run 60000", "run 86400000", NULL };
static const char *const answers[] = {
	"<query xmlns='" NS_DISCO_INFO "'><feature var='n+notify'/></query>",
	"<query xmlns='" NS_DISCO_INFO "'><feature var='a+notify'/><feature var='b+notify'/><feature var='c+notify'/>"
		"<feature var='n+notify'/><feature var='new+notify'/><feature var='w+notify'/></query>",
	"<query xmlns='" NS_ROSTER "'><item jid='v@example.com' subscription='both'><group>Friends</group></item>"
		"<item jid='s@example.com' subscription='from'/></query>",
	"", NULL };
/* Of capabilities: those of the first answers, and of none. */
static const char *const vers[] = { "ta+DS1u14pf3L5dWKg5sLWQowgs=", "f67VoM3B4iryjVZ7MRqDxX3N/ME=",
	 "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", NULL };

/* Attributes and children, the elements that have them, and what stands there. */
static const struct attribute {
	const char *name, *in;
	const char *const *words;
} attributes[] = {
	{ "node", " publish retract subscribe unsubscribe items delete purge configure options default affiliations"
		" subscriptions create query metadata collection associate disassociate command subscription ", nodes },
	{ "jid", " subscribe unsubscribe options affiliation subscription ", jids },
	{ "id", " item ", ids },
	{ "subid", " unsubscribe options items subscription ", ids },
	{ "affiliation", " affiliation ", affiliation_names },
	{ "subscription", " subscription ", sub_state_names },
	{ "max_items", " items ", numbers },
	{ "notify", " retract ", bools },
	{ "public", " subscribe ", bools },
	{ "action", " command ", actions },
	{ "sessionid", " command ", ids },
	{ "queryid", " query ", ids },
	{ "uri", " redirect ", texts },
};
static const struct child {
	const char *name, *in;
} children[] = {
	{ "item", " publish retract items " },
	{ "x", " configure options publish-options default command query " },
	{ "affiliation", " affiliations " },
	{ "subscription", " subscriptions " },
	{ "redirect", " delete " },
	{ "associate", " collection " },
	{ "disassociate", " collection " },
	{ "set", " query " },
	{ "order", " query " },
	{ "unknown", " " },
};
/* What the forms are about that elements hold, and the fields there that are in no table. */
static const struct {
	const char *in, *form;
} form_of[] = {
	{ " configure default create ", P "node_config" },
	{ " options subscribe ", P "subscribe_options" },
	{ " publish-options ", P "publish-options" },
	{ " message command ", P "subscribe_authorization" },
	{ " query metadata ", NS_MAM },
};
static const struct {
	const char *var;
	const char *const *words;
} other_fields[] = {
	{ P "node", nodes }, { P "subscriber_jid", jids }, { P "subid", ids }, { P "allow", bools },
	{ P "subscription", sub_state_names }, { "pubsub#node", nodes }, { "pubsub#subid", ids },
	{ "pubsub#subscriber_jid", jids }, { "pubsub#allow", bools }, { "start", times }, { "end", times },
	{ "with", jids }, { "ids", ids }, { "before-id", ids }, { "after-id", ids }, { "unknown", texts },
};
static const char *const *const all_words[] = { nodes, jids, ids, numbers, bools, times, texts, actions,
	affiliation_names, sub_state_names, access_model_names };
/* clang-format on */

#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

const char *grammar_word(struct rnd *r)
{
	static char large[4200];

	if (one_in(r, 40)) {
		memset(large, 'x', sizeof(large) - 1);
		return large + rnd_below(r, sizeof(large));
	}
	return rnd_word(r, all_words[rnd_below(r, N_OF(all_words))]);
}

const char *grammar_ns(struct rnd *r)
{
	return rnd_word(r, namespaces);
}

const char *grammar_attribute(struct rnd *r)
{
	return attributes[rnd_below(r, N_OF(attributes))].name;
}

static const struct op *pick_op(struct rnd *r)
{
	size_t n = 0;

	while (ops[n].type)
		n++;
	return &ops[rnd_below(r, n)];
}

const char *grammar_element(struct rnd *r)
{
	const struct op *op = pick_op(r);

	if (one_in(r, 2))
		return children[rnd_below(r, N_OF(children))].name;
	return op->companion && one_in(r, 3) ? op->companion : op->element;
}

/* Is @name one of @list, which has blanks around each? */
static bool is_in(const char *name, const char *list)
{
	const char *at = strstr(list, name);

	return at && at > list && at[-1] == ' ' && at[strlen(name)] == ' ';
}

static bool is_known(const char *element)
{
	for (size_t i = 0; i < N_OF(attributes); i++)
		if (is_in(element, attributes[i].in))
			return true;
	return is_in(element, form_of[2].in);
}

/* What belongs there is there most of the time; what does not is there at times. */
static bool take(struct rnd *r, const char *element, const char *in)
{
	if (is_in(element, in))
		return !one_in(r, 12);
	return one_in(r, is_known(element) ? 60 : 4);
}

/* Forms */

static const char *const *words_of_kind(const struct field_kind *kind)
{
	if (kind == &field_bool)
		return bools;
	if (kind == &field_uint)
		return numbers;
	if (kind == &field_time)
		return times;
	if (kind == &field_jids || kind == &field_bares)
		return jids;
	return texts;
}

static const char *field_word(struct rnd *r, const struct field *f, char *room, size_t size)
{
	if (one_in(r, 12))
		return grammar_word(r);
	if (f->top && one_in(r, 4))
		return f->top;
	if (f->choices)
		return rnd_word(r, f->choices);
	if (f->flags & FIELD_LINK)
		return rnd_word(r, nodes);
	if (f->kind == &field_uint && one_in(r, 2)) {
		snprintf(room, size, "%ju",
			 (uintmax_t)(one_in(r, 3) ? f->max : f->min + rnd_below(r, 4)));
		return room;
	}
	return rnd_word(r, words_of_kind(f->kind));
}

static void add_value(struct str *out, const char *text)
{
	str_puts(out, "<value>");
	xml_text(out, text, strlen(text));
	str_puts(out, "</value>");
}

static void add_row(struct rnd *r, struct str *out, const struct field *f)
{
	size_t values = f->kind->multi ? rnd_below(r, 4) : 1;
	char room[24];

	if (one_in(r, 20))
		values = rnd_below(r, 3);
	str_puts(out, "<field");
	xml_attr(out, "var", f->var);
	str_putc(out, '>');
	while (values--)
		add_value(out, field_word(r, f, room, sizeof(room)));
	str_puts(out, "</field>");
}

static void add_other(struct rnd *r, struct str *out, size_t i)
{
	str_puts(out, "<field");
	xml_attr(out, "var", other_fields[i].var);
	str_putc(out, '>');
	add_value(out, one_in(r, 12) ? grammar_word(r) : rnd_word(r, other_fields[i].words));
	str_puts(out, "</field>");
}

/* Links between nodes are few rows that do much. */
static const struct field *pick_row(struct rnd *r, const struct field *table)
{
	const struct field *f;
	size_t n = 0;

	while (table[n].var)
		n++;
	f = &table[rnd_below(r, n)];
	for (size_t tries = one_in(r, 3) ? 2 * n : 0; tries && !(f->flags & FIELD_LINK); tries--)
		f = &table[rnd_below(r, n)];
	return f;
}

static void add_field(struct rnd *r, struct str *out, const char *form)
{
	bool of_sub = !strcmp(form, P "subscribe_options");
	bool of_node = !strcmp(form, P "node_config") || !strcmp(form, P "publish-options");

	if ((of_sub || of_node) && !one_in(r, 20))
		add_row(r, out, pick_row(r, of_sub ? sub_fields : node_fields));
	else
		add_other(r, out, rnd_below(r, N_OF(other_fields)));
}

/* All that is asked of an owner: a random choice would hardly ever be complete. */
static void add_authorization(struct rnd *r, struct str *out)
{
	for (size_t i = 5; i < 9; i++)
		if (!one_in(r, 10))
			add_other(r, out, i);
}

static const char *form_in(struct rnd *r, const char *element)
{
	for (size_t i = 0; i < N_OF(form_of); i++)
		if (is_in(element, form_of[i].in) && !one_in(r, 12))
			return form_of[i].form;
	return rnd_word(r, form_names);
}

static void add_form(struct rnd *r, struct str *out, const char *element)
{
	const char *form = form_in(r, element);

	str_puts(out, "<x xmlns='" NS_DATA "'");
	xml_attr(out, "type", rnd_word(r, form_types));
	str_putc(out, '>');
	if (!one_in(r, 8)) {
		str_puts(out, "<field var='FORM_TYPE' type='hidden'>");
		add_value(out, form);
		str_puts(out, "</field>");
	}
	if (!strcmp(form, P "subscribe_authorization"))
		add_authorization(r, out);
	for (size_t n = rnd_below(r, 4); n; n--)
		add_field(r, out, form);
	str_puts(out, "</x>");
}

/* Requests */

static void add_set(struct rnd *r, struct str *out)
{
	static const char *const names[] = { "max", "index", "after", "before", NULL };

	str_puts(out, "<set xmlns='" NS_RSM "'>");
	for (size_t n = rnd_below(r, 3); n; n--) {
		const char *name = rnd_word(r, names);
		const char *text = rnd_word(r, one_in(r, 2) ? numbers : one_in(r, 2) ? ids : nodes);

		str_printf(out, "<%s>", name);
		xml_text(out, text, strlen(text));
		str_printf(out, "</%s>", name);
	}
	str_puts(out, "</set>");
}

static void add_element(struct rnd *r, struct str *out, const char *name, const char *ns);

static void add_child(struct rnd *r, struct str *out, const char *name, const char *parent)
{
	if (!strcmp(name, "x"))
		add_form(r, out, parent);
	else if (!strcmp(name, "set"))
		add_set(r, out);
	else if (!strcmp(name, "order"))
		str_puts(out, "<order xmlns='" NS_ORDER_BY "' field='creation'/>");
	else
		add_element(r, out, name, NULL);
}

static void add_children(struct rnd *r, struct str *out, const char *parent)
{
	for (size_t i = 0; i < N_OF(children); i++) {
		const struct child *c = &children[i];

		if (!strcmp(c->name, parent) || !take(r, parent, c->in))
			continue;
		for (size_t n = one_in(r, 3) ? 1 + rnd_below(r, 3) : 1; n; n--)
			add_child(r, out, c->name, parent);
	}
	if (!strcmp(parent, "item"))
		str_puts(out, rnd_word(r, payloads));
}

/* @ns: NULL: that around it. */
static void add_element(struct rnd *r, struct str *out, const char *name, const char *ns)
{
	str_printf(out, "<%s", name);
	if (ns)
		xml_attr(out, "xmlns", ns);
	for (size_t i = 0; i < N_OF(attributes); i++) {
		const struct attribute *a = &attributes[i];

		if (take(r, name, a->in))
			xml_attr(out, a->name,
				 one_in(r, 20) ? grammar_word(r) : rnd_word(r, a->words));
	}
	str_putc(out, '>');
	add_children(r, out, name);
	str_printf(out, "</%s>", name);
}

/* A companion names nothing itself: its form is all that it has. */
static void add_companion(struct rnd *r, struct str *out, const char *name)
{
	str_printf(out, "<%s>", name);
	add_form(r, out, name);
	str_printf(out, "</%s>", name);
}

static void open_stanza(struct rnd *r, struct str *out, const char *name, const char *type)
{
	str_printf(out, "<%s xmlns='jabber:client'", name);
	if (*type)
		xml_attr(out, "type", type);
	xml_attr(out, "from", rnd_word(r, users));
	xml_attr(out, "to", FUZZ_SERVICE);
	if (!one_in(r, 30))
		str_printf(out, " id='q%zu'", rnd_below(r, 1000));
	str_putc(out, '>');
}

static void add_request(struct rnd *r, struct str *out)
{
	const struct op *op = pick_op(r);
	bool wrapped = !strcmp(op->ns, NS_PUBSUB) || !strcmp(op->ns, NS_PUBSUB_OWNER);

	open_stanza(r, out, "iq", one_in(r, 30) ? rnd_word(r, types) : op->type);
	if (wrapped)
		str_printf(out, "<pubsub xmlns='%s'>", op->ns);
	add_element(r, out, op->element, wrapped ? NULL : op->ns);
	if (op->companion && one_in(r, 2))
		add_companion(r, out, op->companion);
	else if (wrapped && one_in(r, 30))
		add_element(r, out, grammar_element(r), NULL);
	if (wrapped && one_in(r, 4))
		add_set(r, out);
	str_puts(out, wrapped ? "</pubsub></iq>" : "</iq>");
}

/* Others */

/* Of a notification: its id tells which node it was about (notify.c). */
static void add_bounce(struct rnd *r, struct str *out)
{
	str_puts(out, "<message xmlns='jabber:client' type='error'");
	xml_attr(out, "from", rnd_word(r, users));
	str_printf(out, " to='" FUZZ_SERVICE "' id='%016x-%zx-%jx'>", 0, 1 + rnd_below(r, 5),
		   ((uintmax_t)FUZZ_TIME << 16) + rnd_below(r, 20));
	str_puts(out,
		 "<error type='cancel'><item-not-found xmlns='" NS_STANZAS "'/></error></message>");
}

static void add_message(struct rnd *r, struct str *out)
{
	open_stanza(r, out, "message", one_in(r, 4) ? "headline" : "");
	if (one_in(r, 4))
		str_puts(out, "<body>hello</body>");
	else
		add_form(r, out, "message");
	str_puts(out, "</message>");
}

static void add_presence(struct rnd *r, struct str *out)
{
	open_stanza(r, out, "presence", rnd_word(r, presences));
	if (one_in(r, 2))
		str_printf(out, "<show>%s</show>", rnd_word(r, show_names));
	if (one_in(r, 4))
		str_puts(out, "<priority>-1</priority>");
	if (one_in(r, 2))
		str_printf(out, "<c xmlns='" NS_CAPS "' hash='sha-1' node='urn:x' ver='%s'/>",
			   rnd_word(r, vers));
	str_puts(out, "</presence>");
}

static void add_answer(struct rnd *r, struct str *out)
{
	bool good = !one_in(r, 4);

	open_stanza(r, out, "iq", good ? "result" : "error");
	if (!good)
		str_puts(out, "<error type='cancel'><service-unavailable xmlns='" NS_STANZAS
			      "'/></error>");
	else
		str_puts(out, rnd_word(r, answers));
	str_puts(out, "</iq>");
}

static void add_step(struct rnd *r, struct str *out)
{
	str_puts(out, rnd_word(r, steps));
}

void grammar_line(struct rnd *r, struct str *out)
{
	size_t start = out->len;

	switch (rnd_below(r, 16)) {
	case 0:
		if (one_in(r, 3))
			add_bounce(r, out);
		else
			add_message(r, out);
		break;
	case 1:
		add_presence(r, out);
		break;
	case 2:
		add_step(r, out);
		break;
	case 3:
		if (one_in(r, 2)) {
			add_answer(r, out);
			break;
		}
		/* fall through */
	default:
		add_request(r, out);
	}
	/* A line is a line. */
	for (char *p = out->p + start; *p; p++)
		if (*p == '\n')
			*p = ' ';
}
