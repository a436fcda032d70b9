/* SPDX-License-Identifier: MIT */
#include "common/xmpp/writer.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

#define PIECE_SIZE ((size_t)16384) /* the largest TLS record */
#define PAD_BEHIND ((size_t)64)
/* Where the socket takes it directly: what it has room for, mostly. */
#define DIRECT_SIZE ((size_t)64 * 1024)
/*
 * A socket that is writable has room for this much, at least: Linux calls it writable when a third
 * of its buffer is free, and makes none smaller than 45 KB. Each write costs more of it than its
 * length.
 */
#define ROOM (12 * 1024)
#define WRITE_COST 2048

static const char blanks[] = "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
			     "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n";
_Static_assert(sizeof(blanks) > PAD_BEHIND, "as many as are ever asked for");

void writer_init(struct writer *w, xmpp_conn_t *conn, bool tls)
{
	*w = (struct writer){ .conn = conn, .fd = -1, .tls = tls };
}

void writer_release(struct writer *w)
{
	free(w->sizes);
	str_release(&w->gathered);
	outlet_release(&w->outlet);
}

void writer_begin(struct writer *w, int fd)
{
	w->fd = fd;
	w->pad = (struct pad){ 0 };
	w->unproved = ROOM + 1; /* who knows what the login has left behind */
}

/* The queue's bytes */

static void sizes_push(struct writer *w, size_t len)
{
	if (w->count == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 64;
		size_t *sizes = mem_alloc(cap * sizeof(*sizes));

		for (size_t i = 0; i < w->count; i++)
			sizes[i] = w->sizes[(w->head + i) % w->cap];
		free(w->sizes);
		w->sizes = sizes;
		w->head = 0;
		w->cap = cap;
	}
	w->sizes[(w->head + w->count++) % w->cap] = len;
	w->queued += len;
}

static void sizes_keep(struct writer *w, size_t count)
{
	while (w->count > count) {
		w->queued -= w->sizes[w->head];
		w->unproved += w->sizes[w->head] + WRITE_COST;
		w->proofs = 0;
		w->head = (w->head + 1) % w->cap;
		w->count--;
	}
}

void writer_end(struct writer *w)
{
	w->fd = -1;
	w->direct = w->news = w->blocked = w->held = false;
	str_reset(&w->gathered);
	outlet_reset(&w->outlet);
	sizes_keep(w, 0);
}

/* Sending */

/* From when on nothing can be waiting in libstrophe. */
static bool is_direct(struct writer *w)
{
	if (!w->direct)
		w->direct = !w->tls && w->fd >= 0 && !writer_queued(w) && w->unproved <= ROOM;
	return w->direct;
}

static void send_piece(struct writer *w, const char *text, size_t len)
{
	xmpp_send_raw(w->conn, text, len);
	sizes_push(w, len);
}

/* Whole records go, and what does not fill one stays. */
static void gather(struct writer *w, const char *xml, size_t len)
{
	size_t more = len < PIECE_SIZE - w->gathered.len ? len : PIECE_SIZE - w->gathered.len;

	w->news = true;
	str_add(&w->gathered, xml, more);
	if (w->gathered.len < PIECE_SIZE)
		return;
	send_piece(w, w->gathered.p, w->gathered.len);
	str_reset(&w->gathered);
	for (xml += more, len -= more; len >= PIECE_SIZE; xml += PIECE_SIZE, len -= PIECE_SIZE)
		send_piece(w, xml, PIECE_SIZE);
	str_add(&w->gathered, xml, len);
}

void writer_hand_over(struct writer *w)
{
	size_t room = PIECE_SIZE - w->gathered.len;

	if (!w->gathered.len)
		return;
	str_add(&w->gathered, blanks, pad_take(&w->pad, room < PAD_BEHIND ? room : PAD_BEHIND));
	send_piece(w, w->gathered.p, w->gathered.len);
	str_reset(&w->gathered);
}

static void send_text(struct writer *w, const char *xml, size_t len)
{
	if (is_direct(w))
		outlet_send(&w->outlet, w->fd, xml, len, blanks, pad_take(&w->pad, PAD_BEHIND));
	else
		gather(w, xml, len);
}

void writer_send(struct writer *w, const char *xml, size_t len)
{
	pad_sent(&w->pad, xml, len);
	send_text(w, xml, len);
}

void writer_fall_silent(struct writer *w)
{
	while (w->fd >= 0 && w->pad.need)
		send_text(w, blanks, pad_take(&w->pad, PAD_BEHIND));
}

/* Turns */

void writer_hold(struct writer *w, bool held)
{
	w->news = w->news || (w->held && !held && w->gathered.len);
	w->held = held;
}

void writer_before_turn(struct writer *w)
{
	if (!w->held)
		writer_hand_over(w);
	w->news = false;
	outlet_flush(&w->outlet, w->fd);
}

void writer_after_turn(struct writer *w)
{
	if (w->fd >= 0)
		sizes_keep(w, (size_t)xmpp_conn_send_queue_len(w->conn));
}

bool writer_is_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, 0) > 0;
}

/* What the socket cannot have refused is not worth a look. */
bool writer_must_prove(struct writer *w)
{
	w->blocked = false;
	if (w->fd < 0 || w->queued || (w->gathered.len && !w->held) || w->unproved <= ROOM)
		return false;
	w->blocked = !writer_is_writable(w->fd);
	if (w->blocked)
		return false;
	/* The first takes most of a piece that has begun, the second the rest of it. */
	if (w->proofs++ < 2)
		return true;
	w->unproved = w->proofs = 0;
	return false;
}

size_t writer_queued(const struct writer *w)
{
	return w->queued + w->gathered.len + outlet_waiting(&w->outlet);
}

bool writer_is_waiting(const struct writer *w)
{
	return writer_queued(w) > (w->held ? w->gathered.len : 0) || w->blocked;
}

bool writer_is_drained(const struct writer *w)
{
	return !writer_queued(w) && !w->blocked;
}

size_t writer_piece(const struct writer *w)
{
	return w->tls ? PIECE_SIZE : DIRECT_SIZE;
}
