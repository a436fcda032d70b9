/* SPDX-License-Identifier: MIT */
#include "cmd/sub/monitor_model.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/pubsub/xpath.h"

#define WORD_MAX 4096	   /* bytes kept of an id and the like */
#define XPATH_BYTES 100000 /* of a payload that an expression is tried on */

AUTO_DEFINE(struct xpath_doc *, xpath_doc_free);

struct monitor_model {
	struct monitor_limits limits;
	struct monitor_node *nodes;
	size_t node_count, node_room;
	TAILQ_HEAD(monitor_list, monitor_event) events; /* in the order of their arrival */
	uint64_t come;
	size_t held, bytes, shown;
	char *text, *node;
	struct xpath *xpath;
	bool paused, follows;
	uint64_t frontier;		    /* seq: later ones are not visible while paused */
	size_t waiting;			    /* paused: how many are held behind it */
	struct monitor_event *chosen, *top; /* top: the list's first row; both NULL: none */
};

struct monitor_model *monitor_model_new(const struct monitor_limits *limits,
					const char *const *nodes, size_t count)
{
	struct monitor_model *m = mem_zalloc(sizeof(*m));

	m->limits = *limits;
	TAILQ_INIT(&m->events);
	m->follows = true;
	m->node_room = count;
	m->nodes = mem_zalloc(count * sizeof(struct monitor_node));
	for (; m->node_count < count; m->node_count++)
		m->nodes[m->node_count].name = mem_strdup(nodes[m->node_count]);
	return m;
}

void monitor_model_free(struct monitor_model *m)
{
	struct monitor_event *e;

	if (!m)
		return;
	while ((e = TAILQ_FIRST(&m->events))) {
		TAILQ_REMOVE(&m->events, e, link);
		free(e);
	}
	for (size_t i = 0; i < m->node_count; i++)
		free(m->nodes[i].name);
	xpath_free(m->xpath);
	free(m->nodes);
	free(m->text);
	free(m->node);
	free(m);
}

/* Nodes */

static struct monitor_node *node_of(struct monitor_model *m, const char *name)
{
	for (size_t i = 0; i < m->node_count; i++)
		if (!strcmp(m->nodes[i].name, name))
			return &m->nodes[i];
	if (m->node_count >= MONITOR_NODES_MAX)
		return NULL;
	if (m->node_count == m->node_room) {
		m->node_room = m->node_room ? 2 * m->node_room : 8;
		m->nodes = mem_realloc(m->nodes, m->node_room * sizeof(struct monitor_node));
	}
	m->nodes[m->node_count] = (struct monitor_node){ .name = mem_strdup(name) };
	return &m->nodes[m->node_count++];
}

/* How many seconds of @n's have passed out of the span at @now are forgotten. */
static void turn_seconds(struct monitor_node *n, int64_t now)
{
	int64_t second = now / 1000;

	if (second - n->second >= MONITOR_RATE_SPAN || second < n->second) {
		memset(n->seconds, 0, sizeof(n->seconds)); /* or the clock was set back */
		n->second = second;
	}
	while (n->second < second)
		n->seconds[++n->second % MONITOR_RATE_SPAN] = 0;
}

static void count(struct monitor_node *n, const struct event *e, int64_t now)
{
	turn_seconds(n, now);
	n->seconds[n->second % MONITOR_RATE_SPAN]++;
	n->last = now;
	n->deleted = e->kind == EVENT_DELETE;
	if (e->kind == EVENT_ITEM)
		n->items++;
	else
		n->others++;
}

size_t monitor_model_nodes(const struct monitor_model *m)
{
	return m->node_count;
}

const struct monitor_node *monitor_model_node(const struct monitor_model *m, size_t i)
{
	return i < m->node_count ? &m->nodes[i] : NULL;
}

double monitor_node_rate(const struct monitor_node *n, int64_t now)
{
	struct monitor_node copy = *n;
	unsigned sum = 0;

	if (!n->last)
		return 0;
	turn_seconds(&copy, now);
	for (size_t i = 0; i < MONITOR_RATE_SPAN; i++)
		sum += copy.seconds[i];
	/* The newest second is not over: the span is its fraction and those before it. */
	return sum / (MONITOR_RATE_SPAN - 1 + (double)(now % 1000) / 1000.);
}

/* What is kept */

static size_t word_len(const char *s)
{
	return s ? strnlen(s, WORD_MAX) : 0;
}

/* Cut before a character, not within one. */
static size_t cut_len(const char *s, size_t len, size_t max)
{
	if (!s || len <= max)
		return len;
	while (max && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

static const char *put(char **p, const char *s, size_t len)
{
	char *start = *p;

	if (!s)
		return NULL;
	memcpy(start, s, len);
	start[len] = '\0';
	*p += len + 1;
	return start;
}

static struct monitor_event *copy_of(const struct monitor_model *m, const struct event *e,
				     int64_t now)
{
	const char *words[] = { e->node, e->id, e->publisher, e->jid, e->state };
	size_t len = e->payload ? cut_len(e->payload, e->payload_len, m->limits.payload) : 0;
	size_t size = sizeof(struct monitor_event) + len + 1;
	struct monitor_event *copy;
	char *p;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		size += cut_len(words[i], word_len(words[i]), WORD_MAX - 1) + 1;
	copy = mem_zalloc(size);
	copy->size = size;
	copy->event.kind = e->kind;
	copy->event.stamp = e->stamp ? e->stamp : now;
	copy->cut = e->payload && len < e->payload_len;
	p = (char *)(copy + 1);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		words[i] = put(&p, words[i], cut_len(words[i], word_len(words[i]), WORD_MAX - 1));
	copy->event.node = words[0];
	copy->event.id = words[1];
	copy->event.publisher = words[2];
	copy->event.jid = words[3];
	copy->event.state = words[4];
	copy->event.payload = put(&p, e->payload, len);
	copy->event.payload_len = len;
	return copy;
}

static bool is_visible(const struct monitor_model *m, const struct monitor_event *e)
{
	return e->shown && (!m->paused || e->seq <= m->frontier);
}

/* @e or the nearest behind it; NULL: there is none. */
static struct monitor_event *visible_from(const struct monitor_model *m, struct monitor_event *e)
{
	while (e && !is_visible(m, e))
		e = TAILQ_NEXT(e, link);
	return e;
}

static struct monitor_event *visible_to(const struct monitor_model *m, struct monitor_event *e)
{
	while (e && !is_visible(m, e))
		e = TAILQ_PREV(e, monitor_list, link);
	return e;
}

static struct monitor_event *below(const struct monitor_model *m, struct monitor_event *e)
{
	return visible_from(m, TAILQ_NEXT(e, link));
}

static struct monitor_event *above(const struct monitor_model *m, struct monitor_event *e)
{
	return visible_to(m, TAILQ_PREV(e, monitor_list, link));
}

static struct monitor_event *newest(const struct monitor_model *m)
{
	return visible_to(m, TAILQ_LAST(&m->events, monitor_list));
}

/* The choice is one that is visible, if there is one. */
static void settle(struct monitor_model *m)
{
	if (m->chosen)
		m->chosen = visible_from(m, m->chosen);
	if (!m->chosen || m->follows)
		m->chosen = newest(m);
	if (m->top)
		m->top = visible_from(m, m->top);
}

static void drop(struct monitor_model *m, struct monitor_event *e)
{
	if (m->chosen == e)
		m->chosen = below(m, e);
	if (m->top == e)
		m->top = below(m, e);
	TAILQ_REMOVE(&m->events, e, link);
	m->held--;
	m->bytes -= e->size;
	m->shown -= e->shown;
	m->waiting -= m->paused && e->seq > m->frontier;
	free(e);
}

/* The oldest; but not of the half that may stay while paused, if others wait. */
static struct monitor_event *victim(const struct monitor_model *m)
{
	struct monitor_event *e = TAILQ_FIRST(&m->events);

	if (m->waiting && m->held - m->waiting <= m->limits.events / 2)
		while (e->seq <= m->frontier)
			e = TAILQ_NEXT(e, link);
	return e;
}

static bool passes(const struct monitor_model *m, const struct monitor_event *e)
{
	AUTO(xpath_doc_free) struct xpath_doc *doc = NULL;

	if (m->node && strcmp(m->node, e->event.node))
		return false;
	if (m->text && !monitor_matches(e, m->text))
		return false;
	if (!m->xpath)
		return true;
	return e->event.payload && e->event.payload_len <= XPATH_BYTES && !e->cut &&
	       !xpath_doc_new(e->event.payload, e->event.payload_len, &doc) &&
	       xpath_test(m->xpath, doc) == 1;
}

void monitor_model_add(struct monitor_model *m, const struct event *e, int64_t now)
{
	struct monitor_event *copy = copy_of(m, e, now);
	struct monitor_node *n = node_of(m, e->node);

	if (n)
		count(n, e, now);
	while (m->held && (m->held == m->limits.events || m->bytes + copy->size > m->limits.bytes))
		drop(m, victim(m));
	copy->seq = ++m->come;
	copy->shown = passes(m, copy);
	TAILQ_INSERT_TAIL(&m->events, copy, link);
	m->held++;
	m->bytes += copy->size;
	m->shown += copy->shown;
	m->waiting += m->paused;
	if (is_visible(m, copy) && (m->follows || !m->chosen))
		m->chosen = copy;
}

struct monitor_counts monitor_model_counts(const struct monitor_model *m)
{
	struct monitor_counts c = {
		.events = m->come,
		.held = m->held,
		.bytes = m->bytes,
		.shown = m->shown,
		.waiting = m->paused ? m->come - m->frontier : 0,
	};

	return c;
}

/* The filter */

static bool has_capital(const char *s)
{
	while (*s && !isupper((unsigned char)*s))
		s++;
	return *s;
}

bool monitor_matches(const struct monitor_event *e, const char *text)
{
	char *(*find)(const char *, const char *) = has_capital(text) ? strstr : strcasestr;
	const char *const where[] = { event_kind_name(e->event.kind), e->event.node, e->event.id,
				      e->event.publisher, e->event.payload };

	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++)
		if (where[i] && find(where[i], text))
			return true;
	return false;
}

static void filter_anew(struct monitor_model *m)
{
	struct monitor_event *e;

	m->shown = 0;
	TAILQ_FOREACH(e, &m->events, link)
	{
		e->shown = passes(m, e);
		m->shown += e->shown;
	}
	settle(m);
}

static char *copy_unless_empty(const char *s)
{
	return s && *s ? mem_strdup(s) : NULL;
}

void monitor_model_set_text(struct monitor_model *m, const char *text)
{
	free(m->text);
	m->text = copy_unless_empty(text);
	filter_anew(m);
}

void monitor_model_set_node(struct monitor_model *m, const char *node)
{
	char *copy = mem_strdup(node);

	free(m->node);
	m->node = copy;
	filter_anew(m);
}

void monitor_model_set_xpath(struct monitor_model *m, struct xpath *xpath)
{
	xpath_free(m->xpath);
	m->xpath = xpath;
	filter_anew(m);
}

const char *monitor_model_text(const struct monitor_model *m)
{
	return m->text;
}

const char *monitor_model_only(const struct monitor_model *m)
{
	return m->node;
}

/* The choice */

void monitor_model_pause(struct monitor_model *m, bool paused)
{
	m->paused = paused;
	m->frontier = m->come;
	m->waiting = 0;
	settle(m);
}

bool monitor_model_is_paused(const struct monitor_model *m)
{
	return m->paused;
}

const struct monitor_event *monitor_model_chosen(const struct monitor_model *m)
{
	return m->chosen;
}

bool monitor_model_follows(const struct monitor_model *m)
{
	return m->follows;
}

static void choose(struct monitor_model *m, struct monitor_event *e)
{
	m->chosen = e;
	m->follows = !below(m, e);
}

void monitor_model_move(struct monitor_model *m, long by)
{
	struct monitor_event *e = m->chosen, *to;

	if (!e)
		return;
	for (; by > 0 && (to = below(m, e)); by--)
		e = to;
	for (; by < 0 && (to = above(m, e)); by++)
		e = to;
	choose(m, e);
}

bool monitor_model_search(struct monitor_model *m, const char *text, bool down)
{
	struct monitor_event *e = m->chosen;

	while (e && (e = down ? below(m, e) : above(m, e)))
		if (monitor_matches(e, text)) {
			choose(m, e);
			return true;
		}
	return false;
}

/* The first of @rows that end with @e. */
static struct monitor_event *top_over(const struct monitor_model *m, struct monitor_event *e,
				      size_t rows)
{
	for (struct monitor_event *up; rows > 1 && (up = above(m, e)); rows--)
		e = up;
	return e;
}

size_t monitor_model_window(struct monitor_model *m, size_t rows,
			    const struct monitor_event **ret_rows)
{
	struct monitor_event *lowest = newest(m), *highest;
	size_t n = 0;

	if (!m->chosen || !lowest || !rows)
		return 0;
	lowest = top_over(m, lowest, rows);
	highest = top_over(m, m->chosen, rows);
	if (m->follows || !m->top || m->top->seq > lowest->seq)
		m->top = lowest;
	if (m->top->seq > m->chosen->seq)
		m->top = m->chosen;
	else if (m->top->seq < highest->seq)
		m->top = highest;
	for (struct monitor_event *e = m->top; e && n < rows; e = below(m, e))
		ret_rows[n++] = e;
	return n;
}
