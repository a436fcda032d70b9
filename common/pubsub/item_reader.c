/* SPDX-License-Identifier: MIT */
#include "common/pubsub/item_reader.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/item_payload.h"
#include "common/pubsub/item_role.h"
#include "common/pubsub/item_token.h"

/*
 * One push parser for each top-level element, comment, processing instruction or XML declaration:
 * one after the other they are no document, each alone is (or the beginning of one). The parser
 * gets whole pieces of markup (see item_token.h), so at most one element ends in a piece. The
 * payload is written down as the events come; no tree is built.
 */

/* An open element, from the outermost wrapper to what will be handed out. */
struct level {
	enum item_role role;
	const char *name; /* the parser's */
	char *node;
	size_t ndecls; /* in scope before it */
	struct item_pos pos;
	bool used; /* has had an element in it */
};
#define MAX_LEVELS 3

struct item_reader {
	item_reader_fn *fn;
	void *data;
	struct item_token token;
	struct str held;	/* a piece whose end has not been seen */
	xmlParserCtxtPtr ctxt;	/* NULL between elements */
	struct item_pos origin; /* where @ctxt began */
	struct level levels[MAX_LEVELS];
	int n;
	struct item_scope scope;
	/* What will be handed out next. */
	size_t bytes;	/* of input, so far */
	unsigned depth; /* elements open inside it; a bare payload is inside itself */
	struct str id;
	struct item_payload payload;
	bool ready; /* its end tag has been read */
	bool done;  /* so has that of all around it */
	int ended;  /* an error, for good */
	char *error;
};

static struct level *innermost(struct item_reader *r)
{
	return r->n ? &r->levels[r->n - 1] : NULL;
}

/* What is open that will be handed out; NULL: only wrappers, or nothing. */
static struct level *current(struct item_reader *r)
{
	struct level *l = innermost(r);

	return l && !item_role_wraps(l->role) ? l : NULL;
}

/* Where text was cut off, the last character of UTF-8 may not be whole. */
static void drop_cut_char(char *s)
{
	size_t len = strlen(s);

	while (len && (s[len - 1] & 0xc0) == 0x80)
		len--;
	s[len ? len - 1 : 0] = '\0';
}

/* The first failure counts; what follows may be its consequence. */
static int fail(struct item_reader *r, struct item_pos pos, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int fail(struct item_reader *r, struct item_pos pos, const char *fmt, ...)
{
	char reason[256]; /* what it quotes may be of any length */
	va_list ap;

	if (r->error)
		return r->ended;
	va_start(ap, fmt);
	if (vsnprintf(reason, sizeof(reason), fmt, ap) >= (int)sizeof(reason))
		drop_cut_char(reason);
	va_end(ap);
	r->error = mem_printf("line %lu, column %lu: %s", pos.line, pos.column, reason);
	r->ended = -EBADMSG;
	return r->ended;
}

static bool is_blank(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(" \n\t\r", s[i]) || !s[i])
			return false;
	return true;
}

static void pop(struct item_reader *r)
{
	struct level *l = &r->levels[--r->n];

	r->scope.n = l->ndecls;
	free(l->node);
	*l = (struct level){ 0 };
	r->done = r->n == 0;
}

/* An element of a payload, or of what is passed over. */
static void inner_start(struct item_reader *r, const struct item_element *e)
{
	struct level *l = current(r);

	if (l->role == ROLE_RETRACT || l->role == ROLE_PURGE) {
		fail(r, r->token.tag, "<%s> in a <%s>, which has to be empty", e->name, l->name);
	} else if (!r->depth && l->used && l->role == ROLE_ITEM) {
		fail(r, r->token.tag, "<%s> is a second payload in one <item>", e->name);
	} else if (r->depth == ITEM_READER_MAX_DEPTH) {
		fail(r, r->token.tag, "elements are nested more than %d levels deep",
		     ITEM_READER_MAX_DEPTH);
	} else {
		l->used = true;
		if (l->role != ROLE_SKIPPED)
			item_payload_start(&r->payload, e, r->depth ? NULL : &r->scope);
		r->depth++;
	}
}

/* An <item>'s id and the like. */
static void read_id(struct item_reader *r, struct level *l, const struct item_element *e)
{
	bool has_id = item_attr(e, "id", &r->id);

	if (has_id && l->role == ROLE_RETRACTS)
		l->role = ROLE_RETRACT;
	if (has_id && !r->id.len)
		fail(r, l->pos, "the id of this <%s> is empty", l->name);
	else if (!has_id && l->role == ROLE_RETRACT)
		fail(r, l->pos, "this <%s> has no id: what is to be retracted?", l->name);
}

static void read_attributes(struct item_reader *r, struct level *l, const struct item_element *e)
{
	struct str node = { 0 };

	if (l->role == ROLE_ITEM || l->role == ROLE_RETRACT || l->role == ROLE_RETRACTS)
		read_id(r, l, e);
	if (item_attr(e, "node", &node) && node.len)
		l->node = str_steal(&node);
	str_release(&node);
	if (!item_scope_add(&r->scope, e))
		fail(r, l->pos, "more than %d namespace declarations around an item",
		     ITEM_SCOPE_MAX);
}

static void outer_start(struct item_reader *r, const struct item_element *e)
{
	struct level *around = innermost(r), *l = &r->levels[r->n];
	enum item_role role = item_role(around ? around->role : ROLE_NONE, (const char *)e->name,
					(const char *)e->uri);

	if (!role) {
		fail(r, r->token.tag, "<%s> in <%s>, where an <item> should be", e->name,
		     around->name);
		return;
	}
	assert(r->n < MAX_LEVELS);
	r->n++;
	*l = (struct level){ role, (const char *)e->name, .ndecls = r->scope.n,
			     .pos = r->token.tag };
	if (around)
		around->used = true;
	str_reset(&r->id);
	item_payload_reset(&r->payload);
	r->depth = 0;
	if (role == ROLE_PAYLOAD)
		inner_start(r, e);
	else
		read_attributes(r, l, e);
}

static void on_start(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int ndecls, const xmlChar **decls, int nattrs, int ndefaulted,
		     const xmlChar **attrs)
{
	struct item_reader *r = data;
	struct item_element e = { name, prefix, uri, (size_t)ndecls, decls, (size_t)nattrs, attrs };

	(void)ndefaulted; /* there is no DTD to default from */
	if (r->error)
		return;
	if (current(r))
		inner_start(r, &e);
	else
		outer_start(r, &e);
}

static void on_end(void *data, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct item_reader *r = data;
	struct level *l = current(r);

	(void)uri;
	if (r->error)
		return;
	if (!l) {
		l = innermost(r);
		if (l->role == ROLE_RETRACTS && !l->used)
			fail(r, l->pos, "this <%s> has no id: what is to be retracted?", l->name);
		pop(r);
		return;
	}
	if (r->depth) {
		if (l->role != ROLE_SKIPPED)
			item_payload_end(&r->payload, prefix, name);
		if (--r->depth || l->role != ROLE_PAYLOAD)
			return;
	}
	assert(!r->ready);
	r->ready = true; /* and popped once it has been handed out */
}

static void on_text(void *data, const xmlChar *text, int len)
{
	struct item_reader *r = data;
	struct level *l = innermost(r);

	if (r->error || !l || l->role == ROLE_SKIPPED)
		return;
	if (r->depth)
		item_payload_text(&r->payload, (const char *)text, (size_t)len);
	else if (!is_blank((const char *)text, (size_t)len))
		fail(r, r->token.text, "text in <%s> beside its elements", l->name);
}

/* Line ends are LF (XML 1.0, section 2.11), which libxml2's push parser forgets here. */
static void on_cdata(void *data, const xmlChar *text, int len)
{
	const xmlChar *end = text + len, *cr;

	while ((cr = memchr(text, '\r', (size_t)(end - text)))) {
		on_text(data, text, (int)(cr - text));
		on_text(data, BAD_CAST "\n", 1);
		text = cr + 1;
		if (text < end && *text == '\n')
			text++;
	}
	on_text(data, text, (int)(end - text));
}

/* Outside of elements these stand for themselves: the next document's declaration may follow. */
static void on_comment(void *data, const xmlChar *text)
{
	struct item_reader *r = data;

	(void)text;
	r->done = r->n == 0;
}

static void on_pi(void *data, const xmlChar *target, const xmlChar *text)
{
	(void)target;
	on_comment(data, text);
}

static bool is_utf8(const xmlChar *encoding)
{
	static const char *const names[] = { "UTF-8", "UTF8", "US-ASCII", "ASCII" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (xmlStrcasecmp(encoding, BAD_CAST names[i]) == 0)
			return true;
	return false;
}

/*
 * Comes behind the XML declaration, or at the first markup where there is none. The declaration
 * stands for itself like a comment: so no converter for its encoding outlives it, and the rest is
 * read as UTF-8.
 */
static void on_document(void *data)
{
	struct item_reader *r = data;
	const xmlChar *encoding = r->ctxt->encoding ? r->ctxt->encoding : r->ctxt->input->encoding;

	if (encoding && !is_utf8(encoding))
		fail(r, r->token.tag, "the encoding is %s, but only UTF-8 is read", encoding);
	r->done = xmlByteConsumed(r->ctxt) > 0;
}

/* libxml2 counts from where the parser began. */
static struct item_pos true_pos(const struct item_reader *r, int line, int column)
{
	struct item_pos pos = { r->origin.line, column > 0 ? (unsigned long)column : 1 };

	if (line > 1)
		pos.line += (unsigned long)line - 1;
	else
		pos.column += r->origin.column - 1;
	return pos;
}

/* Namespace errors are fatal to us alone, but that a name is no URI is none. */
static bool is_failure(const xmlError *e)
{
	if (e->domain == XML_FROM_NAMESPACE)
		return e->level >= XML_ERR_ERROR && e->code != XML_WAR_NS_URI;
	return e->level >= XML_ERR_FATAL;
}

#if LIBXML_VERSION >= 21200
static void on_error(void *data, const xmlError *e)
#else
static void on_error(void *data, xmlErrorPtr e)
#endif
{
	struct item_reader *r = data;
	struct item_pos pos = true_pos(r, e->line, e->int2);
	char *reason;

	if (!is_failure(e) || r->error)
		return;
	if (e->code == XML_ERR_TAG_NAME_MISMATCH && e->str1 && e->str2) {
		/* Its own text has line numbers in it, which are not those of the input. */
		fail(r, pos, "<%s> of line %lu does not end with </%s>", e->str1,
		     true_pos(r, e->int1, 0).line, e->str2);
		return;
	}
	if (e->code == XML_ERR_NO_MEMORY) {
		fail(r, pos, "too many different names in one element, or out of memory");
		return;
	}
	reason = mem_strdup(e->message ? e->message : "not well-formed");
	reason[strcspn(reason, "\n")] = '\0';
	fail(r, pos, "%s", reason);
	free(reason);
}

static int parser_open(struct item_reader *r)
{
	/* What is not named is not done: nothing is declared or fetched, should a DTD get here. */
	static xmlSAXHandler sax = {
		.initialized = XML_SAX2_MAGIC,
		.startDocument = on_document,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_cdata,
		.comment = on_comment,
		.processingInstruction = on_pi,
		.serror = on_error,
	};

	r->ctxt = xmlCreatePushParserCtxt(&sax, r, NULL, 0, NULL);
	if (!r->ctxt)
		return -ENOMEM;
	xmlCtxtUseOptions(r->ctxt, XML_PARSE_NONET);
	xmlSwitchEncoding(r->ctxt, XML_CHAR_ENCODING_UTF8); /* do not guess */
	r->origin = r->token.pos;
	r->done = false;
	return 0;
}

static void parser_close(struct item_reader *r)
{
	xmlFreeParserCtxt(r->ctxt);
	r->ctxt = NULL;
	r->done = false;
}

struct item_reader *item_reader_new(item_reader_fn *fn, void *data)
{
	struct item_reader *r = mem_zalloc(sizeof(*r));

	xmlInitParser();
	r->fn = fn;
	r->data = data;
	item_token_init(&r->token);
	return r;
}

void item_reader_free(struct item_reader *r)
{
	if (!r)
		return;
	while (r->n)
		pop(r);
	parser_close(r);
	item_payload_release(&r->payload);
	str_release(&r->held);
	str_release(&r->id);
	free(r->error);
	free(r);
}

static const char *nearest_node(const struct item_reader *r)
{
	const char *node = NULL;

	for (int i = r->n; i > 0 && !node; i--)
		node = r->levels[i - 1].node;
	return node;
}

static int hand_out(struct item_reader *r)
{
	static const enum in_kind kinds[] = {
		[ROLE_ITEM] = IN_ITEM,	     [ROLE_RETRACT] = IN_RETRACT, [ROLE_PURGE] = IN_PURGE,
		[ROLE_SKIPPED] = IN_SKIPPED, [ROLE_PAYLOAD] = IN_ITEM,
	};
	const struct level *l = &r->levels[r->n - 1];
	const struct in_item item = {
		.kind = kinds[l->role],
		.node = nearest_node(r),
		.id = r->id.len ? r->id.p : NULL,
		.payload = r->payload.xml.len ? r->payload.xml.p : NULL,
		.payload_len = r->payload.xml.len,
		.name = l->role == ROLE_SKIPPED ? l->name : NULL,
		.line = l->pos.line,
	};
	int ret = r->fn(&item, r->data);

	r->ready = false;
	pop(r);
	return ret;
}

/* A whole piece. */
static int parse(struct item_reader *r, const char *p, size_t len)
{
	bool inside = current(r) != NULL;

	xmlParseChunk(r->ctxt, p, (int)len, 0);
	if (r->error)
		return r->ended;
	if (!r->ctxt->wellFormed)
		return fail(r, r->token.tag, "not well-formed");
	r->bytes = inside ? r->bytes + r->token.len : r->token.markup;
	if (r->ready)
		r->ended = hand_out(r);
	if (r->done)
		parser_close(r);
	return r->ended;
}

static int refuse(struct item_reader *r)
{
	const struct item_token *t = &r->token;
	const struct level *l = t->inside ? current(r) : NULL;

	if (!t->too_large)
		return fail(r, t->error_pos, "%s", t->error);
	if (l)
		return fail(r, l->pos, "the element is larger than %d bytes",
			    ITEM_READER_MAX_SIZE);
	return fail(r, t->error_pos, "this is larger than %zu bytes",
		    (t->markup ? t->markup : t->len) - 1);
}

/* Takes what @p has of the current piece, and parses that once it is complete. */
static int feed_piece(struct item_reader *r, const char *p, size_t len, size_t *ret_used)
{
	bool whole;
	int ret = 0;

	r->token.inside = current(r) != NULL;
	r->token.room = r->token.inside ? ITEM_READER_MAX_SIZE - r->bytes : 0;
	*ret_used = item_token_scan(&r->token, p, len, &whole);
	if (r->token.error)
		return refuse(r);
	if (whole && !r->held.len)
		return parse(r, p, *ret_used);
	str_add(&r->held, p, *ret_used);
	if (whole) {
		ret = parse(r, r->held.p, r->held.len);
		str_reset(&r->held);
	}
	return ret;
}

static int feed_between(struct item_reader *r, const char *p, size_t len, size_t *ret_used)
{
	*ret_used = item_token_skip(&r->token, p, len);
	if (*ret_used == len)
		return 0;
	if (p[*ret_used] != '<' || r->token.bom)
		return fail(r, r->token.pos, "text outside of any element (--lines publishes text)");
	return parser_open(r);
}

int item_reader_feed(struct item_reader *r, const char *buf, size_t len, size_t *ret_used)
{
	size_t used;

	for (*ret_used = 0; !r->ended && *ret_used < len; *ret_used += used) {
		if (r->ctxt)
			r->ended = feed_piece(r, buf + *ret_used, len - *ret_used, &used);
		else
			r->ended = feed_between(r, buf + *ret_used, len - *ret_used, &used);
	}
	if (r->ended <= 0)
		return r->ended;
	r->ended = 0; /* not an end, only a stop */
	return 1;
}

int item_reader_end(struct item_reader *r)
{
	const struct level *l = innermost(r);

	if (r->ended)
		return r->ended;
	if (l)
		return fail(r, l->pos, "the input ends before the element that begins here");
	if (r->ctxt)
		return fail(r, r->origin, "the input ends before the markup that begins here");
	if (r->token.bom)
		return fail(r, r->token.pos, "the input ends inside a byte order mark");
	return 0;
}

const char *item_reader_error(const struct item_reader *r)
{
	return r->error;
}
