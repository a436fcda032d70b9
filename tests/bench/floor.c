/* SPDX-License-Identifier: MIT */
/*
 * The least that a publish can cost: floor [--lean] component|account PORT NAME SECRET
 * SUBSCRIBERS-DOMAIN [MULTICAST]. With the address of a multicast service (XEP-0033) one message
 * goes to many.
 *
 * It takes every request for a good one and keeps nothing. Of a publish it sends notifications that
 * were rendered when the node was first published to, whatever has been published: how many and how
 * large, the node's name tells, "NAME-SUBSCRIBERS-BYTES". In a notification stands what pubsub-serve
 * says in one, as the server that passes it on pays for each element; with --lean, no more than
 * XEP-0060 demands. Answers and notifications go out in as few writes as the socket allows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/mem.h"
#include "tests/bench/wire.h"

#define PIECES 64
#define RECORD (16 * 1024)
#define HOUR 3600
#define AT_ONCE 1000 /* recipients of a message to many */

/* Of one node: what each publish sends. */
struct rendered {
	struct rendered *next;
	char *node;
	struct str text;
};

/* What waits to be sent, in this order; the answers have their text in @answers. */
struct piece {
	const char *p; /* NULL: an answer's, at @at */
	size_t at, len;
};

static const char *name, *readers, *multicast; /* NULL: a message to each */
static bool lean;
static struct rendered *nodes;
static struct piece *queue;
static size_t head, tail, room, sent; /* of the piece at the head */
static struct str answers;

static void push(const char *p, size_t at, size_t len)
{
	if (tail == room) {
		room = room ? room * 2 : 256;
		queue = mem_realloc(queue, room * sizeof(*queue));
	}
	queue[tail++] = (struct piece){ .p = p, .at = at, .len = len };
}

static const char *text_of(const struct piece *p)
{
	return p->p ? p->p : answers.p + p->at;
}

static void render_addresses(struct str *out, long first, long last)
{
	str_printf(out, " to='%s'><addresses xmlns='http://jabber.org/protocol/address'>", multicast);
	for (long i = first; i <= last; i++)
		str_printf(out, "<address type='bcc' jid='u%ld@%s'/>", i, readers);
	str_puts(out, "</addresses>");
}

static void render(struct rendered *r)
{
	const char *bytes = strrchr(r->node, '-'), *count = bytes;
	AUTO_FREE char *filling = NULL;
	long size, n;

	while (count && count > r->node && *--count != '-')
		;
	if (!bytes || *count != '-')
		return;
	n = atol(count + 1);
	size = atol(bytes + 1) - (long)strlen("<x xmlns='urn:x'></x>");
	filling = mem_alloc((size_t)size + 1);
	memset(filling, 'a', (size_t)size);
	filling[size] = '\0';
	for (long i = 1; i <= n; i += multicast ? AT_ONCE : 1) {
		str_printf(&r->text, "<message from='%s'", name);
		if (!lean)
			str_printf(&r->text, " id='1a2b3c4d-1-1000-%016lx'",
				   0x9e3779b97f4a7c15 * (unsigned long)i);
		if (multicast)
			render_addresses(&r->text, i, n < i + AT_ONCE ? n : i + AT_ONCE - 1);
		else
			str_printf(&r->text, " to='u%ld@%s'>", i, readers);
		str_printf(
			&r->text,
			"<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='%s'>"
			"<item id='p1234567890'%s><x "
			"xmlns='urn:x'>%s</x></item></items></event>",
			r->node, lean ? "" : " publisher='load@localhost'", filling);
		if (!lean)
			str_printf(&r->text,
				   "<stanza-id xmlns='urn:xmpp:sid:0' by='%s' "
				   "id='0123456789abcdef0123456789abcdef'/>"
				   "<headers xmlns='http://jabber.org/protocol/shim'>"
				   "<header name='Pubsub-Sequence'>1234</header></headers>",
				   name);
		str_puts(&r->text, "</message>");
	}
}

static struct rendered *find(const char *node)
{
	struct rendered *r;

	for (r = nodes; r; r = r->next)
		if (!strcmp(r->node, node))
			return r;
	r = mem_zalloc(sizeof(*r));
	r->node = mem_strdup(node);
	r->next = nodes;
	nodes = r;
	render(r);
	return r;
}

static void answer(const char *id, const char *to)
{
	size_t at = answers.len;

	str_puts(&answers, "<iq type='result' id='");
	str_puts(&answers, id);
	str_puts(&answers, "' from='");
	str_puts(&answers, name);
	str_puts(&answers, "' to='");
	str_puts(&answers, to);
	str_puts(&answers, "'/>");
	push(NULL, at, answers.len - at);
}

static void take(const char *stanza, size_t len)
{
	static struct str id, type, from, node;
	const char *publish;

	if (!wire_is(stanza, "iq") || !wire_attr(stanza, len, "type", &type) ||
	    !strcmp(type.p, "result") || !strcmp(type.p, "error"))
		return;
	if (!wire_attr(stanza, len, "id", &id) || !wire_attr(stanza, len, "from", &from))
		return;
	answer(id.p, from.p);
	publish = memmem(stanza, len, "<publish ", strlen("<publish "));
	if (publish && wire_attr(publish, len - (size_t)(publish - stanza), "node", &node)) {
		const struct rendered *r = find(node.p);

		if (r->text.len)
			push(r->text.p, 0, r->text.len);
	}
}

static void drop(size_t n)
{
	for (sent += n; head < tail && sent >= queue[head].len; head++)
		sent -= queue[head].len;
	if (head < tail)
		return;
	head = tail = 0;
	str_reset(&answers);
}

/* One write; false: there was no room for it. */
static bool write_pieces(struct wire *w)
{
	struct iovec v[PIECES];
	size_t off = sent, n;
	int count = 0;

	for (size_t i = head; i < tail && count < PIECES; i++, off = 0)
		v[count++] = (struct iovec){ .iov_base = (char *)text_of(&queue[i]) + off,
					     .iov_len = queue[i].len - off };
	n = wire_send_all(w, v, count);
	drop(n);
	return n;
}

/* One record, of as many pieces as it takes. */
static bool write_record(struct wire *w)
{
	static char record[RECORD];
	size_t len = 0, off = sent, n;

	for (size_t i = head; i < tail && len < RECORD; i++, off = 0) {
		n = queue[i].len - off < RECORD - len ? queue[i].len - off : RECORD - len;
		memcpy(record + len, text_of(&queue[i]) + off, n);
		len += n;
	}
	n = wire_send(w, record, len);
	drop(n);
	return n;
}

int main(int argc, char **argv)
{
	struct wire_to to;
	struct wire *w;

	if (argc > 1 && !strcmp(argv[1], "--lean")) {
		lean = true;
		argv++;
		argc--;
	}
	if (argc != 6 && argc != 7) {
		fputs("usage: floor [--lean] component|account PORT NAME SECRET DOMAIN [MULTICAST]\n",
		      stderr);
		return EX_USAGE;
	}
	to = (struct wire_to){ .port = argv[2],
			       .name = argv[3],
			       .secret = argv[4],
			       .account = !strcmp(argv[1], "account") };
	name = argv[3];
	readers = argv[5];
	multicast = argv[6];
	w = wire_open(&to);
	for (;;) {
		const char *stanza;
		size_t len;

		while ((stanza = wire_next(w, &len)))
			take(stanza, len);
		while (head < tail && (wire_is_secured(w) ? write_record(w) : write_pieces(w)))
			;
		wire_wait(w, head < tail, HOUR);
	}
}
