/* SPDX-License-Identifier: MIT */
#include "cmd/serve/notify/recipients.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/serve/notify/audience.h"
#include "cmd/serve/notify/available.h"
#include "cmd/serve/notify/event.h"
#include "cmd/serve/notify/interest.h"
#include "cmd/serve/store/store.h"
#include "common/base/mem.h"

#define ROWS_AT_ONCE 128

/* Rows */

/* Room for a copy; most texts are empty, or missing, and take none. */
static size_t measure(const char *text)
{
	return text && *text ? strlen(text) + 1 : 0;
}

static const char *put(char **place, const char *text, size_t size)
{
	const char *copy = size ? memcpy(*place, text, size) : "";

	*place += size;
	return copy;
}

static struct sub_row *row_new(const struct subscription *sub, const struct event_source *source)
{
	size_t jid = measure(sub->jid), subid = measure(sub->subid);
	size_t options = measure(sub->options), collection = measure(source->name);
	struct sub_row *row = mem_alloc(sizeof(*row) + jid + subid + options + collection);
	char *p = (char *)(row + 1); /* the texts stand behind it */

	*row = (struct sub_row){
		.key = sub->key,
		.node = sub->node,
		.state = sub->state,
		.depth = source->depth,
	};
	row->jid = put(&p, sub->jid, jid);
	row->subid = put(&p, sub->subid, subid);
	row->options = put(&p, sub->options, options);
	row->collection = put(&p, source->name, collection);
	return row;
}

/* @source says how far away it is, unless it is the node of the event itself. */
static struct sub_row *row_copy(const struct sub_row *row, const struct event_source *source)
{
	struct sub_row *copy;
	const struct subscription sub = { .key = row->key,
					  .node = row->node,
					  .state = row->state,
					  .jid = row->jid,
					  .subid = row->subid,
					  .options = row->options };

	copy = row_new(&sub, source);
	copy->checked = row->checked;
	return copy;
}

static size_t row_size(const struct sub_row *row)
{
	return sizeof(row) + sizeof(*row) + strlen(row->jid) + strlen(row->subid) +
	       strlen(row->options) + strlen(row->collection) + 4;
}

static void free_rows(struct sub_row **rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(rows[i]);
}

static void push(struct sub_row ***rows, size_t *n, size_t *cap, struct sub_row *row)
{
	if (*n == *cap) {
		*cap = *cap ? *cap * 2 : 4;
		*rows = mem_realloc(*rows, *cap * sizeof(**rows));
	}
	(*rows)[(*n)++] = row;
}

/* Written down */

struct written *written_new(size_t *total)
{
	struct written *w = mem_zalloc(sizeof(*w));

	w->refs = 1;
	w->total = total;
	return w;
}

void written_add(struct written *w, const struct sub_row *row)
{
	const struct event_source source = { .depth = row->depth,
					     .name = (char *)row->collection };

	push(&w->rows, &w->n, &w->cap, row_copy(row, &source));
	w->rows[w->n - 1]->checked = row->depth || row->node == NODE_PRESENT;
	w->bytes += row_size(row);
	*w->total += row_size(row);
}

struct written *written_ref(struct written *w)
{
	w->refs++;
	return w;
}

void written_unref(struct written *w)
{
	if (!w || --w->refs)
		return;
	*w->total -= w->bytes;
	free_rows(w->rows, w->n);
	free(w->rows);
	free(w);
}

/* Walking */

struct stream {
	const struct event_source *source;
	struct sub_row *rows[ROWS_AT_ONCE];
	size_t n, next;
	struct sub_place place;	/* behind what has been read; its jid is a row's, or @held */
	char *held;
	bool ended;
	size_t taken; /* of what has been written down */
	struct audience *audience; /* where the rows come from; NULL: from elsewhere, or not yet */
	size_t at;		   /* the next of its members */
};

struct walk {
	struct store *store;
	struct audiences *audiences;
	int64_t upto;
	bool items; /* are what the event is about */
	bool digested; /* it has been noted for digests */
	struct group group;
	const char *last; /* the JID of the last entity; NULL: there is none */
	size_t n;
	struct stream streams[];
};

static void start_behind(struct stream *s, const char *jid)
{
	s->held = mem_strdup(jid);
	s->place = (struct sub_place){ .jid = s->held, .key = INT64_MAX };
}

struct walk *walk_new(struct store *store, struct audiences *audiences, const struct event *e)
{
	struct walk *w = mem_zalloc(sizeof(*w) + e->n_sources * sizeof(w->streams[0]));

	w->store = store;
	w->audiences = audiences;
	w->upto = e->upto;
	w->items = event_is_of_items(e);
	w->digested = e->digested;
	w->n = e->n_sources;
	for (size_t i = 0; i < w->n; i++) {
		w->streams[i].source = &e->sources[i];
		if (e->told)
			start_behind(&w->streams[i], e->told);
	}
	return w;
}

void walk_free(struct walk *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++) {
		struct stream *s = &w->streams[i];

		free_rows(s->rows + s->next, s->n - s->next);
		free(s->held);
		audience_unref(s->audience);
	}
	free_rows(w->group.rows, w->group.n);
	free(w->group.rows);
	free(w);
}

static int add_row(const struct subscription *sub, void *data)
{
	struct stream *s = data;

	s->rows[s->n++] = row_new(sub, s->source);
	return 0;
}

static void set_place(struct stream *s, const char *jid, int64_t key)
{
	free(s->held);
	s->held = mem_strdup(jid);
	s->place = (struct sub_place){ .jid = s->held, .key = key };
}

static void hold_place(struct stream *s)
{
	if (s->n)
		set_place(s, s->rows[s->n - 1]->jid, s->rows[s->n - 1]->key);
}

static void leave_audience(struct stream *s)
{
	const struct audience *a = s->audience;

	if (a && s->at)
		set_place(s, member_text(a, a->members[s->at - 1].jid), a->members[s->at - 1].key);
	audience_unref(s->audience);
	s->audience = NULL;
}

/* What has what comes next; NULL: it is to be had from elsewhere. */
static const struct audience *find_audience(struct walk *w, struct stream *s)
{
	const struct event_source *source = s->source;

	if (s->audience && s->audience->current && !source->written)
		return s->audience;
	leave_audience(s);
	if (source->written || source->present || source->depth)
		return NULL;
	s->audience = audience_get(w->audiences, source->node);
	if (s->audience)
		s->at = audience_behind(s->audience, &s->place);
	return s->audience;
}

/* Those who come later, and to whom it comes later, need not be asked (OPT-22). */
static bool is_passed_over(const struct walk *w, const struct member *m)
{
	return m->key > w->upto || (w->digested && m->digest);
}

/* Of one source, those are left that walk_next_plain() may be asked for. */
static void read_audience(struct walk *w, struct stream *s, const struct audience *a)
{
	for (; s->at < a->n && s->n < ROWS_AT_ONCE; s->at++) {
		const struct member *m = &a->members[s->at];
		const struct subscription sub = { .key = m->key,
						  .node = a->node,
						  .jid = member_text(a, m->jid),
						  .subid = member_text(a, m->subid),
						  .state = m->state,
						  .options = member_text(a, m->options) };

		if (is_passed_over(w, m))
			continue;
		if (w->n == 1 && s->n && m->plain)
			break;
		s->rows[s->n++] = row_new(&sub, s->source);
	}
	s->ended = s->at == a->n;
}

/*
 * Of items below a collection, its subscribers hear only where they have asked for it (X0248-26).
 * Most have not: at the root, all would be read with each item that is published anywhere.
 */
static int read_store(struct walk *w, struct stream *s)
{
	bool few = w->items && s->source->depth;
	store_sub_page_fn *page = few ? store_sub_page_set : store_sub_page;
	int e = page(w->store, s->source->node, &s->place, w->upto, ROWS_AT_ONCE, add_row, s);

	if (e)
		return e;
	s->ended = s->n < ROWS_AT_ONCE;
	hold_place(s);
	return 0;
}

/* They may come and go between two reads. */
static void read_present(struct stream *s)
{
	const struct available *a = s->source->present;
	size_t at = available_behind(a, s->place.jid);

	for (; at < available_count(a) && s->n < ROWS_AT_ONCE; at++) {
		const struct resource *res = available_at(a, at);
		const struct subscription sub = { .node = NODE_PRESENT,
						  .jid = res->jid,
						  .subid = "",
						  .state = SUB_SUBSCRIBED,
						  .options = "" };

		if (interest_has(res->interest, s->source->name))
			s->rows[s->n++] = row_new(&sub, s->source);
	}
	s->ended = at == available_count(a);
	hold_place(s);
}

/* Some of it may have been read from the store before. */
static void read_written(struct walk *w, struct stream *s)
{
	const struct written *from = s->source->written;

	while (s->n < ROWS_AT_ONCE && s->taken < from->n) {
		struct sub_row *row = from->rows[s->taken++];

		if (row->node == s->source->node && row->key <= w->upto &&
		    store_sub_is_behind(row->jid, row->key, &s->place))
			s->rows[s->n++] = row_copy(row, s->source);
	}
	s->ended = s->taken == from->n;
}

/* The row that comes next; NULL: none. */
static int peek(struct walk *w, struct stream *s, struct sub_row **ret)
{
	int e = 0;

	while (s->next == s->n && !s->ended && !e) {
		const struct audience *a = find_audience(w, s);

		s->n = s->next = 0;
		if (a)
			read_audience(w, s, a);
		else if (s->source->written)
			read_written(w, s);
		else if (s->source->present)
			read_present(s);
		else
			e = read_store(w, s);
	}
	*ret = s->next < s->n ? s->rows[s->next] : NULL;
	return e;
}

/* The JID that comes first, of all that come next. */
static int first_jid(struct walk *w, const char **ret_jid)
{
	*ret_jid = NULL;
	for (size_t i = 0; i < w->n; i++) {
		struct sub_row *row;
		int e = peek(w, &w->streams[i], &row);

		if (e)
			return e;
		if (row && (!*ret_jid || strcmp(row->jid, *ret_jid) < 0))
			*ret_jid = row->jid;
	}
	return 0;
}

static int take_all(struct walk *w, struct stream *s, const char *jid)
{
	struct sub_row *row;
	int e;

	while (!(e = peek(w, s, &row)) && row && !strcmp(row->jid, jid)) {
		push(&w->group.rows, &w->group.n, &w->group.cap, row);
		s->next++;
	}
	return e;
}

const char *walk_place(const struct walk *w)
{
	return w->last;
}

int walk_next(struct walk *w, const struct group **ret_group)
{
	const char *jid;
	int e;

	free_rows(w->group.rows, w->group.n);
	w->group.n = 0;
	w->last = NULL;
	e = first_jid(w, &jid);
	if (e || !jid)
		return e;
	/* @jid is in a row that goes to the group, and stays there. */
	for (size_t i = 0; i < w->n && !e; i++)
		e = take_all(w, &w->streams[i], jid);
	w->last = jid;
	*ret_group = &w->group;
	return e ? e : 1;
}

const struct member *walk_next_plain(struct walk *w, const struct audience **ret_audience)
{
	struct stream *s = w->streams;
	const struct audience *a;
	const struct member *m;

	if (w->n != 1 || s->next < s->n)
		return NULL;
	w->last = NULL;
	a = find_audience(w, s);
	while (a && s->at < a->n && is_passed_over(w, &a->members[s->at]))
		s->at++;
	if (!a || s->at == a->n || !a->members[s->at].plain)
		return NULL;
	m = &a->members[s->at++];
	w->last = member_text(a, m->jid);
	*ret_audience = a;
	return m;
}
