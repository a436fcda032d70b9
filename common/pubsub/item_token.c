/* SPDX-License-Identifier: MIT */
#include "common/pubsub/item_token.h"

#include "common/pubsub/item_reader.h"

/* Text is handed on at a blank once there is so much of it: endless blank space takes no memory. */
#define TEXT_ENOUGH 4096

enum state { TEXT, OPENED, TAG, IN_APOS, IN_QUOT, COMMENT, CDATA, PI };

void item_token_init(struct item_token *t)
{
	*t = (struct item_token){ .pos = { 1, 1 }, .whole = true, .state = TEXT };
}

static bool is_blank(unsigned char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static void advance(struct item_token *t, unsigned char c)
{
	if (c == '\n') {
		t->pos.line++;
		t->pos.column = 1;
	} else if ((c & 0xc0) != 0x80) { /* not within a character of UTF-8 */
		t->pos.column++;
	}
}

size_t item_token_skip(struct item_token *t, const char *p, size_t len)
{
	static const unsigned char bom[] = { 0xef, 0xbb, 0xbf };
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == bom[t->bom])
			t->bom = (t->bom + 1) % 3;
		else if (t->bom || !is_blank(c))
			break;
		else
			advance(t, c);
	}
	return i;
}

static void refuse(struct item_token *t, struct item_pos pos, const char *why)
{
	t->error = why;
	t->error_pos = pos;
}

static void begin(struct item_token *t)
{
	t->whole = t->has_text = false;
	t->len = t->markup = 0;
	t->state = TEXT;
}

static void in_text(struct item_token *t, unsigned char c)
{
	if (c == '<') {
		t->state = OPENED;
		t->tag = t->pos;
		t->attributes = 0;
	} else if (is_blank(c)) {
		t->whole = t->len >= TEXT_ENOUGH && c != '\r'; /* CR LF stay together */
	} else if (!t->has_text) {
		t->has_text = true;
		t->text = t->pos;
	}
}

static void in_tag(struct item_token *t, unsigned char c)
{
	t->state = TAG;
	switch (c) {
	case '>':
		t->whole = true;
		break;
	case '\'':
		t->state = IN_APOS;
		break;
	case '"':
		t->state = IN_QUOT;
		break;
	case '<':
		refuse(t, t->pos, "'<' inside a tag");
		break;
	case '=':
		if (++t->attributes > ITEM_READER_MAX_ATTRIBUTES)
			refuse(t, t->tag, "too many attributes in one tag");
		break;
	}
}

static void in_value(struct item_token *t, unsigned char c)
{
	if (c == (t->state == IN_APOS ? '\'' : '"'))
		t->state = TAG;
	else if (c == '<')
		refuse(t, t->pos, "'<' in an attribute's value (a quote may be missing)");
}

/* The second to fourth byte of markup tell what it is. */
static void in_opened(struct item_token *t, unsigned char c)
{
	if (t->markup == 2 && c == '?')
		t->state = PI;
	else if (t->markup == 2 && c != '!')
		in_tag(t, c);
	else if (t->markup == 3 && c == '[')
		t->state = CDATA;
	else if (t->markup == 3 && c == 'D')
		refuse(t, t->tag, "a document type declaration (DOCTYPE) is not accepted");
	else if (t->markup > 2 && c != '-')
		refuse(t, t->tag, "'<!' begins neither a comment nor a CDATA section");
	else if (t->markup == 4)
		t->state = COMMENT;
}

/* The end of @state's markup: its last bytes, and the least length, as '<!-->' is not a comment. */
static bool at_end(const struct item_token *t, uint32_t mask, uint32_t end, size_t least)
{
	return t->markup >= least && (t->tail & mask) == end;
}

static void step(struct item_token *t, unsigned char c)
{
	t->len++;
	t->markup += t->state != TEXT || c == '<';
	t->tail = t->tail << 8 | c;
	switch (t->state) {
	case TEXT:
		in_text(t, c);
		break;
	case OPENED:
		in_opened(t, c);
		break;
	case TAG:
		in_tag(t, c);
		break;
	case IN_APOS:
	case IN_QUOT:
		in_value(t, c);
		break;
	case COMMENT:
		t->whole = at_end(t, 0xffffff, '-' << 16 | '-' << 8 | '>', sizeof("<!---->") - 1);
		break;
	case CDATA:
		t->whole =
			at_end(t, 0xffffff, ']' << 16 | ']' << 8 | '>', sizeof("<![CDATA[]]>") - 1);
		break;
	case PI:
		t->whole = at_end(t, 0xffff, '?' << 8 | '>',
				  sizeof("<?"
					 "?>") -
					  1);
		break;
	}
}

static void limit(struct item_token *t)
{
	if (t->inside)
		t->too_large = t->len > t->room;
	else if (t->state == COMMENT || t->state == PI)
		t->too_large = t->markup > ITEM_READER_MAX_COMMENT;
	else
		t->too_large = t->markup > ITEM_READER_MAX_SIZE ||
			       t->len - t->markup > ITEM_READER_MAX_SIZE;
	if (t->too_large)
		refuse(t, t->markup ? t->tag : t->text, "too large");
}

size_t item_token_scan(struct item_token *t, const char *p, size_t len, bool *ret_whole)
{
	size_t i = 0;

	if (t->whole)
		begin(t);
	while (i < len && !t->whole) {
		unsigned char c = (unsigned char)p[i];

		if (c < 0x20 && !is_blank(c))
			refuse(t, t->pos, "a control character, which XML does not allow");
		else
			step(t, c);
		if (!t->error)
			limit(t);
		if (t->error)
			break;
		advance(t, c);
		i++;
	}
	*ret_whole = t->whole;
	return i;
}
