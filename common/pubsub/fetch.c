/* SPDX-License-Identifier: MIT */
#include "common/pubsub/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/pubsub/errors.h"
#include "common/pubsub/held.h"
#include "common/pubsub/request.h"
#include "common/xmpp/ns.h"
#include "common/xmpp/stanza.h"
#include "common/xmpp/xml.h"

#define PAGE 100
#define MARKS 16
#define HELD_MAX (512 * 1024) /* bytes */

struct fetch {
	struct session *session;
	const struct fetch_handler *handler;
	void *data;
	enum fetch_what what;
	char *service, *node, *subid;
	unsigned max;			/* items in a page; less once pages turned out too large */

	/*
	 * Forwards: behind which marks pages began, the newest last; where the next one must begin
	 * at the latest.
	 */
	char *marks[MARKS];
	unsigned nmarks;
	bool expects;
	uint64_t expected;
	void (*held_back)(struct fetch *f); /* waits for fetch_go_on(); NULL: it does not */
	bool again;			/* some have been handed out: leave out what is known */

	/* Backwards */
	char *before;
	bool any_known, passed;		/* known items: in the whole; before the one at hand */
	size_t page_known;		/* in this page */
	struct held_list held;
	unsigned long last, handed, want; /* FETCH_LAST: in all; of them; still to be found */
	bool seeking; /* no more are held: where the first is, is looked for, to go forwards from */
	uint64_t jump;			/* where the item before it should be */

	/* One by one, where the service has no pages and its answer was too large */
	char *first_id;
	char **ids;
	size_t nids, next;
};

static void marks_clear(struct fetch *f)
{
	while (f->nmarks)
		free(f->marks[--f->nmarks]);
}

void fetch_free(struct fetch *f)
{
	if (!f)
		return;
	marks_clear(f);
	held_release(&f->held);
	for (size_t i = 0; i < f->nids; i++)
		free(f->ids[i]);
	free(f->ids);
	free(f->first_id);
	free(f->before);
	free(f->service);
	free(f->node);
	free(f->subid);
	free(f);
}

static void done(struct fetch *f)
{
	f->handler->done(SESSION_RESULT, NULL, f->data);
}

static bool is_missed(const struct fetch *f)
{
	return f->what == FETCH_MISSED || f->what == FETCH_MISSED_LIVE;
}

/* True: @step must wait. */
static bool must_wait(struct fetch *f, void (*step)(struct fetch *f))
{
	if (!f->handler->ready || f->handler->ready(f->data))
		return false;
	f->held_back = step;
	return true;
}

void fetch_go_on(struct fetch *f)
{
	void (*step)(struct fetch *) = f->held_back;

	f->held_back = NULL;
	if (step)
		step(f);
}

static void emit(const struct event *e, void *data)
{
	struct fetch *f = data;

	if ((is_missed(f) || f->again) && f->handler->known(e, f->data)) {
		f->passed = true;
		return;
	}
	if (f->what == FETCH_MISSED_LIVE && f->any_known && !f->passed)
		return; /* older than all that this reader has seen */
	f->handed++;
	f->handler->item(e, f->data);
}

static void ask(struct fetch *f, const struct items_query *q, session_reply_fn *reply)
{
	AUTO_STR xml = { 0 };

	request_items(&xml, q);
	session_request(f->session, "get", f->service, xml.p, xml.len, reply, f);
}

/* True: there is a result to read. */
static bool is_result(struct fetch *f, enum session_outcome outcome, xmpp_stanza_t *reply)
{
	if (outcome == SESSION_RESULT)
		return true;
	f->handler->done(outcome, reply, f->data);
	return false;
}

/* One by one */

static void ids_next(struct fetch *f);

static void on_id(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply, void *data)
{
	struct fetch *f = data;
	struct items_page page;

	(void)s;
	if (outcome == SESSION_LOST || outcome == SESSION_TIMEOUT) {
		is_result(f, outcome, reply);
		return;
	}
	if (outcome == SESSION_RESULT) { /* an error: it has been retracted since */
		items_parse(reply, f->node, emit, f, &page);
		if (page.cut)
			log_warn("item '%s' of '%s' is larger than can be taken: left out",
				 f->ids[f->next - 1], f->node);
	}
	ids_next(f);
}

static void ids_next(struct fetch *f)
{
	if (f->next == f->nids) {
		done(f);
		return;
	}
	if (must_wait(f, ids_next))
		return;
	ask(f, &(struct items_query){ .node = f->node, .subid = f->subid, .id = f->ids[f->next++] },
	    on_id);
}

/*
 * XEP-0060 section 5.5 gives ids without an order: the first item of the answer that was cut short
 * tells.
 */
static void ids_sort(struct fetch *f)
{
	if (f->nids < 2 || !f->first_id || strcmp(f->first_id, f->ids[f->nids - 1]))
		return;
	for (size_t i = 0; i < f->nids / 2; i++) {
		char *id = f->ids[i];

		f->ids[i] = f->ids[f->nids - 1 - i];
		f->ids[f->nids - 1 - i] = id;
	}
}

static void on_ids(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		   void *data)
{
	struct fetch *f = data;
	xmpp_stanza_t *item;

	(void)s;
	if (!is_result(f, outcome, reply))
		return;
	item = stanza_child(stanza_child(reply, "query", NS_DISCO_ITEMS), "item", NS_DISCO_ITEMS);
	for (; item; item = stanza_next_like(item, "item", NS_DISCO_ITEMS)) {
		if (!stanza_attr(item, "name"))
			continue;
		f->ids = mem_realloc(f->ids, (f->nids + 1) * sizeof(*f->ids));
		f->ids[f->nids++] = mem_strdup(stanza_attr(item, "name"));
	}
	ids_sort(f);
	if (f->what == FETCH_LAST && f->want < f->nids)
		f->next = f->nids - f->want;
	f->any_known = true; /* as far as we know: what lies before the first one is left out */
	ids_next(f);
}

static void note_first(const struct event *e, void *data)
{
	struct fetch *f = data;

	if (!f->first_id)
		f->first_id = mem_strdup(e->id);
}

static void one_by_one(struct fetch *f, xmpp_stanza_t *reply)
{
	AUTO_STR xml = { 0 };
	struct items_page page;

	items_parse(reply, f->node, note_first, f, &page);
	str_puts(&xml, "<query xmlns='" NS_DISCO_ITEMS "'");
	xml_attr(&xml, "node", f->node);
	str_puts(&xml, "/>");
	session_request(f->session, "get", f->service, xml.p, xml.len, on_ids, f);
}

/* Pages */

static void on_page(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		    void *data);

static void forwards(struct fetch *f)
{
	if (must_wait(f, forwards))
		return;
	ask(f,
	    &(struct items_query){ .node = f->node,
				   .subid = f->subid,
				   .max = f->max,
				   .after = f->nmarks ? f->marks[f->nmarks - 1] : NULL },
	    on_page);
}

static void on_back(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		    void *data);
static void begin_anew(struct fetch *f);

static void backwards(struct fetch *f)
{
	bool last = f->what == FETCH_LAST;
	unsigned want = !f->want ? 1 : f->want < f->max ? (unsigned)f->want : f->max;

	ask(f,
	    &(struct items_query){
		    .node = f->node,
		    .subid = f->subid,
		    .max_items = last && !f->before ? f->want : 0, /* for services without pages */
		    .max = last ? want : f->max,
		    .before = f->before ? f->before : "" },
	    on_back);
}

/*
 * The answer was larger than we take. Smaller pages then; a service without any can only be asked
 * item by item. Cut short, an answer may lack its <set/>: whether there are pages shows in the
 * next, of one item.
 */
static void shrink(struct fetch *f, xmpp_stanza_t *reply, void (*again)(struct fetch *))
{
	struct items_page page;

	items_parse(reply, f->node, NULL, NULL, &page);
	if (page.items > f->max || (f->max == 1 && page.items > 1)) {
		one_by_one(f, reply);
	} else if (f->max == 1) {
		f->handler->done(SESSION_ERROR, NULL, f->data);
	} else {
		f->max = f->max > 8 ? f->max / 8 : 1;
		again(f);
	}
}

static void mark_push(struct fetch *f, const char *mark)
{
	if (f->nmarks == MARKS) {
		free(f->marks[0]);
		memmove(f->marks, f->marks + 1, (MARKS - 1) * sizeof(f->marks[0]));
		f->nmarks--;
	}
	f->marks[f->nmarks++] = mem_strdup(mark);
}

/*
 * The item that marked the end of the last page is gone, or has been published anew and is now the
 * newest: go on behind the mark before it, or from the beginning, and leave out what has been
 * handed out.
 */
static void mark_lost(struct fetch *f)
{
	if (f->nmarks)
		free(f->marks[--f->nmarks]);
	f->again = true;
	f->expects = false;
	if (f->what == FETCH_LAST && !f->nmarks)
		begin_anew(f);
	else
		forwards(f);
}

static bool is_missing(enum session_outcome outcome, xmpp_stanza_t *reply)
{
	struct stanza_error e;
	bool missing;

	if (outcome != SESSION_ERROR)
		return false;
	stanza_error_parse(reply, &e);
	missing = !strcmp(e.condition, "item-not-found");
	stanza_error_release(&e);
	return missing;
}

/* Does the page begin further on than where the last one ended? */
static bool has_jumped(const struct fetch *f, const struct items_page *p)
{
	if (!f->expects || !f->nmarks)
		return false;
	return p->items ? p->has_index && p->index > f->expected
			: p->has_count && p->count > f->expected;
}

static void on_page(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		    void *data)
{
	struct fetch *f = data;
	struct items_page p;

	(void)s;
	if (f->nmarks && is_missing(outcome, reply)) {
		mark_lost(f);
		return;
	}
	if (!is_result(f, outcome, reply))
		return;
	items_parse(reply, f->node, NULL, NULL, &p);
	if (p.cut) {
		shrink(f, reply, forwards);
		return;
	}
	if (has_jumped(f, &p)) {
		mark_lost(f);
		return;
	}
	items_parse(reply, f->node, emit, f, &p);
	f->expects = p.has_index;
	f->expected = p.index + p.items;
	/* A service that gives the same mark again does not page. */
	if (!p.paged || !p.items || !p.last ||
	    (f->nmarks && !strcmp(f->marks[f->nmarks - 1], p.last)) ||
	    (p.has_index && p.has_count && p.index + p.items >= p.count)) {
		done(f);
		return;
	}
	mark_push(f, p.last);
	forwards(f);
}

/* From the end, backwards */

static void hold(const struct event *e, void *data)
{
	held_add(data, e);
}

static void go_back(struct fetch *f, const char *before)
{
	char *copy = mem_strdup(before);

	free(f->before);
	f->before = copy;
	backwards(f);
}

/* From the end, as what was held is not what it was. */
static void begin_anew(struct fetch *f)
{
	held_release(&f->held);
	f->seeking = f->any_known = false;
	if (f->what == FETCH_LAST) {
		if (f->handed >= f->last) {
			done(f);
			return;
		}
		f->want = f->last - f->handed;
	}
	go_back(f, NULL);
}

static void on_jump(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		    void *data)
{
	struct fetch *f = data;
	struct items_page p = { 0 };

	(void)s;
	if (outcome != SESSION_RESULT && outcome != SESSION_ERROR) {
		is_result(f, outcome, reply);
		return;
	}
	if (outcome == SESSION_RESULT)
		items_parse(reply, f->node, NULL, NULL, &p);
	if (p.cut || p.items != 1 || !p.last || !p.has_index || p.index != f->jump) {
		backwards(f); /* it cannot jump */
		return;
	}
	mark_push(f, p.last);
	f->expects = true;
	f->expected = f->jump + 1;
	forwards(f);
}

/*
 * They are too many to be held: it is enough to know behind which item they begin. @p is the page
 * before what has been found, and a service that counts may know it at once.
 */
static void seek(struct fetch *f, const struct items_page *p)
{
	held_release(&f->held);
	f->seeking = true;
	if (!p->has_index) {
		go_back(f, p->first);
	} else if (p->index <= f->want) {
		forwards(f); /* all of them */
	} else {
		free(f->before);
		f->before = mem_strdup(p->first);
		f->jump = p->index - f->want - 1;
		ask(f,
		    &(struct items_query){
			    .node = f->node, .subid = f->subid, .max = 1, .index = &f->jump },
		    on_jump);
	}
}

static void seek_page(struct fetch *f, const struct items_page *p)
{
	bool found = !f->want; /* this is the item before them */

	f->want -= p->items < f->want ? p->items : f->want;
	if (found && p->items && p->last)
		mark_push(f, p->last);
	if (found || !p->items || !p->first || (p->has_index && !p->index))
		forwards(f);
	else
		go_back(f, p->first);
}

/* The page goes in front of what is held. */
static void last_page(struct fetch *f, xmpp_stanza_t *reply, const struct items_page *p)
{
	struct held_list page = { 0 };
	struct items_page again;

	items_parse(reply, f->node, hold, &page, &again);
	if (page.count > f->want)
		held_drop_first(&page, page.count - f->want);
	f->want -= page.count;
	held_prepend(&f->held, &page);
	if (f->want && p->paged && p->items && p->first && !(p->has_index && !p->index)) {
		/* Of the first page, the index may be one among the newest alone. */
		if (f->before && f->held.bytes > HELD_MAX)
			seek(f, p);
		else
			go_back(f, p->first);
		return;
	}
	for (size_t i = 0; i < f->held.count; i++) {
		struct event e = held_event(f->held.items[i]);

		emit(&e, f);
	}
	done(f);
}

static void tally(const struct event *e, void *data)
{
	struct fetch *f = data;

	if (f->handler->known(e, f->data))
		f->page_known++;
}

static void missed_page(struct fetch *f, xmpp_stanza_t *reply, const struct items_page *p)
{
	struct items_page again;
	bool first = !f->before, had_known = f->any_known, all;

	f->page_known = 0;
	items_parse(reply, f->node, tally, f, &again);
	f->any_known |= f->page_known > 0;
	all = f->page_known == p->items;
	if (!p->paged || (all && first)) {
		items_parse(reply, f->node, emit, f, &again);
		done(f);
		return;
	}
	if (p->items && (all || (f->what == FETCH_MISSED_LIVE && had_known && !f->page_known))) {
		/*
		 * All behind it is missed (or, where none of it is known, begins before what is):
		 * forwards from here.
		 */
		f->passed = all;
		if (p->last)
			mark_push(f, p->last);
		f->expects = p->has_index;
		f->expected = p->index + p->items;
		forwards(f);
	} else if (!p->items || !p->first || (p->has_index && !p->index)) {
		forwards(f);
	} else {
		go_back(f, p->first);
	}
}

static void on_back(struct session *s, enum session_outcome outcome, xmpp_stanza_t *reply,
		    void *data)
{
	struct fetch *f = data;
	struct items_page p;

	(void)s;
	if (f->before && is_missing(outcome, reply)) { /* retracted meanwhile: begin anew */
		begin_anew(f);
		return;
	}
	if (!is_result(f, outcome, reply))
		return;
	items_parse(reply, f->node, NULL, NULL, &p);
	if (p.cut)
		shrink(f, reply, backwards);
	else if (f->seeking)
		seek_page(f, &p);
	else if (f->what == FETCH_LAST)
		last_page(f, reply, &p);
	else
		missed_page(f, reply, &p);
}

struct fetch *fetch_start(struct session *s, const struct fetch_params *p,
			  const struct fetch_handler *handler, void *data)
{
	struct fetch *f = mem_zalloc(sizeof(*f));

	f->session = s;
	f->handler = handler;
	f->data = data;
	f->what = p->what;
	f->last = f->want = p->last;
	f->service = mem_strdup(p->service);
	f->node = mem_strdup(p->node);
	f->subid = mem_strdup(p->subid);
	f->max = PAGE;
	if (f->what == FETCH_ALL)
		forwards(f);
	else
		backwards(f);
	return f;
}
