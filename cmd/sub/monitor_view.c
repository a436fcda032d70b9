/* SPDX-License-Identifier: MIT */
#include "cmd/sub/monitor_view.h"

#include <limits.h>
#include <string.h>
#include <wchar.h>

#include "cmd/sub/curses.h"
#include "cmd/sub/monitor_keys.h"
#include "cmd/sub/monitor_model.h"
#include "cmd/sub/pretty.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/time.h"

#define LINES_MAX 20000 /* of the chosen event */
#define PRETTY_BYTES                                                                               \
	262144 /* larger payloads are shown as they are: it is done again and again                \
		*/
#define COLUMNS_MIN 20
#define ROWS_MIN 6
#define SEGMENT 256

/* A colour of pretty.h's as an attribute. */
static attr_t attribute(const struct view *v, int hue)
{
	if (hue == 1)
		return A_BOLD;
	if (v->colour && hue >= 30 && hue <= 37)
		return (attr_t)COLOR_PAIR(hue - 30 + 1);
	return A_NORMAL;
}

/*
 * Writes safe text (monitor_text.h) from @column on, as far as before @end. Returns the column
 * behind it.
 */
static int put(const struct view *v, int row, int column, int end, const char *s, size_t len,
	       int hue)
{
	wchar_t segment[SEGMENT];
	const char *stop = s + len;
	int n = 0;

	attron(attribute(v, hue));
	move(row, column);
	while (s < stop) {
		wchar_t c;
		int next;
		size_t size = text_hue(s, &next);

		if (size || n == SEGMENT) {
			addnwstr(segment, n);
			n = 0;
		}
		if (size) {
			attroff(attribute(v, hue));
			attron(attribute(v, next));
			hue = next;
		} else {
			int width;

			size = text_decode(s, &c);
			width = wcwidth(c);
			if (c == '\n' || column + width > end)
				break;
			column += width > 0 ? width : 0;
			segment[n++] = c;
		}
		s += size;
	}
	addnwstr(segment, n);
	attroff(attribute(v, hue));
	return column;
}

/* Foreign text, on one line. */
static int put_text(const struct view *v, int row, int column, int end, const char *s, size_t len)
{
	AUTO_STR safe = { 0 };

	text_add_line(&safe, s, len);
	return put(v, row, column, end, safe.p ? safe.p : "", safe.len, 0);
}

static int put_words(const struct view *v, int row, int column, int end, const char *s)
{
	return put_text(v, row, column, end, s, strlen(s));
}

/* A pane's heading: a bar, with what is @right at its right end if there is room. */
static void put_bar(const struct view *v, int row, bool focused, const char *left,
		    const char *right)
{
	int width = (int)strlen(right), end;

	attron(A_REVERSE | (focused ? A_BOLD : 0));
	mvhline(row, 0, ' ', COLS);
	end = put_words(v, row, 1, COLS - 1, left);
	if (end + width + 2 <= COLS)
		put(v, row, COLS - 1 - width, COLS - 1, right, (size_t)width, 0);
	attroff(A_REVERSE | A_BOLD);
}

/* The title */

static void put_title(const struct view *v, const struct monitor_counts *c)
{
	AUTO_STR left = { 0 }, right = { 0 };

	str_printf(&left, "%s%s", v->service ? v->service : "pubsub",
		   v->connected ? "" : "  not connected");
	if (monitor_model_only(v->model))
		str_printf(&left, "  node: %s", monitor_model_only(v->model));
	if (monitor_model_text(v->model))
		str_printf(&left, "  filter: %s", monitor_model_text(v->model));
	if (v->xpath)
		str_printf(&left, "  xpath: %s", v->xpath);
	if (monitor_model_is_paused(v->model))
		str_printf(&right, "PAUSED, %llu new  ", (unsigned long long)c->waiting);
	str_printf(&right, "%llu events", (unsigned long long)c->events);
	put_bar(v, 0, true, left.p, right.p);
}

/* The nodes */

static void format_age(const struct monitor_node *n, int64_t now, struct str *out)
{
	int64_t s = now > n->last ? (now - n->last) / 1000 : 0;

	if (!n->last)
		str_puts(out, "-");
	else if (s < 60)
		str_printf(out, "%d s ago", (int)s);
	else if (s < 3600)
		str_printf(out, "%d min ago", (int)(s / 60));
	else
		str_printf(out, "%lld h ago", (long long)(s / 3600));
}

static void put_node(const struct view *v, int row, size_t i, int64_t now)
{
	const struct monitor_node *n = monitor_model_node(v->model, i);
	bool cursor = v->focus == PANE_NODES && i == v->node;
	AUTO_STR numbers = { 0 }, age = { 0 };

	format_age(n, now, &age);
	str_printf(&numbers, "%10llu %8llu %9.1f  %-12s", (unsigned long long)n->items,
		   (unsigned long long)n->others, monitor_node_rate(n, now),
		   n->deleted ? "deleted" : age.p);
	if (cursor) {
		attron(A_REVERSE);
		mvhline(row, 0, ' ', COLS);
	}
	put_words(v, row, 1, COLS - (int)numbers.len - 1, n->name);
	if ((int)numbers.len < COLS)
		mvaddnstr(row, COLS - (int)numbers.len, numbers.p, (int)numbers.len);
	attroff(A_REVERSE);
}

static void put_nodes(struct view *v, int row, int rows, int64_t now)
{
	size_t count = monitor_model_nodes(v->model), shown = (size_t)rows;

	put_bar(v, row, v->focus == PANE_NODES, "NODES", "     items   others  per s     last   ");
	if (v->node >= count)
		v->node = count ? count - 1 : 0;
	if (v->first_node > v->node)
		v->first_node = v->node;
	else if (v->node >= v->first_node + shown)
		v->first_node = v->node - shown + 1;
	for (size_t i = 0; i < shown && v->first_node + i < count; i++)
		put_node(v, row + 1 + (int)i, v->first_node + i, now);
}

/* The events */

/* On a wide screen the whole stamp, else the time of day. */
static int put_stamp(int row, int64_t ms)
{
	char text[TIME_TEXT_MAX];
	bool whole = COLS >= 120;

	time_format(ms, text);
	if (whole)
		mvaddnstr(row, 1, text, (int)strlen(text));
	else
		mvaddnstr(row, 1, text + strlen("2030-01-01T"), (int)strlen("00:00:00"));
	return whole ? 27 : 11;
}

static void put_event(const struct view *v, int row, const struct monitor_event *e, bool chosen)
{
	bool many = monitor_model_nodes(v->model) > 1;
	int column, end;

	if (chosen) {
		attron(v->focus == PANE_EVENTS ? A_REVERSE : A_BOLD);
		mvhline(row, 0, ' ', COLS);
	}
	column = put_stamp(row, e->event.stamp);
	put_words(v, row, column, column + 7, event_kind_name(e->event.kind));
	column += 8;
	if (many) {
		end = column + COLS / 6;
		put_words(v, row, column, end, e->event.node);
		column = end + 1;
	}
	end = column + COLS / 5;
	if (e->event.id)
		put_words(v, row, column, end < COLS ? end : COLS, e->event.id);
	column = end + 1;
	if (column < COLS && e->event.payload) {
		size_t most = 4 * (size_t)COLS; /* not all of a large one */

		put_text(v, row, column, COLS, e->event.payload,
			 e->event.payload_len < most ? e->event.payload_len : most);
	}
	attroff(A_REVERSE | A_BOLD);
}

static void put_events(struct view *v, int row, int rows, const struct monitor_counts *c)
{
	AUTO_FREE const struct monitor_event **list =
		mem_alloc((size_t)rows * sizeof(struct monitor_event *));
	const struct monitor_event *chosen = monitor_model_chosen(v->model);
	size_t n = monitor_model_window(v->model, (size_t)rows, list);
	AUTO_STR right = { 0 };

	v->event_rows = (size_t)rows;
	str_printf(&right, "%zu of the last %zu%s", c->shown, c->held,
		   monitor_model_follows(v->model) ? ", following" : "");
	put_bar(v, row, v->focus == PANE_EVENTS, "EVENTS", right.p);
	for (size_t i = 0; i < n; i++)
		put_event(v, row + 1 + (int)i, list[i], list[i] == chosen);
}

/* The chosen event */

static void add_field(struct str *out, const char *name, const char *value)
{
	AUTO_STR safe = { 0 };

	if (!value)
		return;
	text_add_line(&safe, value, strlen(value));
	str_printf(out, "%s %s\n", name, safe.p ? safe.p : "");
}

static void describe(struct view *v, const struct monitor_event *e)
{
	AUTO_STR pretty = { 0 };
	char stamp[TIME_TEXT_MAX];

	str_reset(&v->text);
	time_format(e->event.stamp, stamp);
	str_printf(&v->text, "%s  %s\n", stamp, event_kind_name(e->event.kind));
	add_field(&v->text, "node", e->event.node);
	add_field(&v->text, "id", e->event.id);
	add_field(&v->text, "publisher", e->event.publisher);
	add_field(&v->text, "jid", e->event.jid);
	add_field(&v->text, "state", e->event.state);
	if (!e->event.payload)
		return;
	if (e->cut)
		str_printf(&v->text, "the first %zu bytes of a larger payload:\n",
			   e->event.payload_len);
	if (e->event.payload_len > PRETTY_BYTES)
		text_add_line(&v->text, e->event.payload, e->event.payload_len);
	else
		pretty_payload(&pretty, e->event.payload, e->event.payload_len, true);
	if (pretty.p)
		text_add_pretty(&v->text, pretty.p);
}

static void put_item(struct view *v, int row, int rows)
{
	const struct monitor_event *e = monitor_model_chosen(v->model);
	AUTO_STR right = { 0 };
	size_t most;

	v->item_rows = (size_t)rows;
	if (!e)
		v->seq = v->lines.count = 0;
	else if (e->seq != v->seq)
		v->first_line = 0;
	if (e && (e->seq != v->seq || v->width != COLS)) {
		describe(v, e);
		text_wrap(v->text.p, COLS, LINES_MAX, &v->lines);
		v->seq = e->seq;
		v->width = COLS;
	}
	most = v->lines.count > v->item_rows ? v->lines.count - v->item_rows : 0;
	if (v->first_line > most)
		v->first_line = most;
	if (v->lines.count > v->item_rows)
		str_printf(&right, "lines %zu to %zu of %zu", v->first_line + 1,
			   v->first_line + v->item_rows, v->lines.count);
	put_bar(v, row, v->focus == PANE_ITEM || v->zoomed, "EVENT", right.p ? right.p : "");
	for (size_t i = 0; i < v->item_rows && v->first_line + i < v->lines.count; i++) {
		const struct text_line *l = &v->lines.v[v->first_line + i];

		put(v, row + 1 + (int)i, 0, COLS, l->p, l->len, l->hue);
	}
}

/* The last line, and the help */

static void put_status(const struct view *v, int row)
{
	int column;

	curs_set(v->prompt ? 1 : 0);
	if (v->prompt) {
		attron(A_BOLD);
		column = put_words(v, row, 0, COLS, v->prompt);
		attroff(A_BOLD);
		column = put_words(v, row, column, COLS - 1, v->input.p ? v->input.p : "");
		move(row, column);
	} else if (v->message.len) {
		attron(v->failed ? A_BOLD | attribute(v, 31) : A_NORMAL);
		put_text(v, row, 0, COLS, v->message.p, v->message.len);
		attroff(A_BOLD | attribute(v, 31));
	} else {
		put_words(v, row, 0, COLS,
			  "? help  q quit  space pause  / search  f filter  w write  Tab pane");
	}
}

static void put_help(const struct view *v)
{
	const char *keys, *what;

	put_bar(v, 0, true, "KEYS", "any key: back");
	for (size_t i = 0; keys_help(i, &keys, &what); i++) {
		put_words(v, 1 + (int)i, 1, COLS, keys);
		put_words(v, 1 + (int)i, 18, COLS, what);
	}
}

static void put_panes(struct view *v, int64_t now)
{
	struct monitor_counts c = monitor_model_counts(v->model);
	int nodes = (int)monitor_model_nodes(v->model), body = LINES - 2, events;

	put_title(v, &c);
	if (v->zoomed) {
		put_item(v, 1, body - 1);
		return;
	}
	if (nodes > body / 4)
		nodes = body / 4 ? body / 4 : 1;
	body -= nodes + 1;
	if (body < 6) { /* there is no room for all */
		put_events(v, 1, LINES - 3, &c);
		return;
	}
	put_nodes(v, 1, nodes, now);
	events = (body - 2) / 2;
	put_events(v, nodes + 2, events, &c);
	put_item(v, nodes + 2 + events + 1, body - 2 - events);
}

void view_draw(struct view *v, int64_t now)
{
	erase();
	if (COLS < COLUMNS_MIN || LINES < ROWS_MIN) {
		mvaddnstr(0, 0, "too small", COLS);
	} else if (v->help) {
		put_help(v);
	} else {
		put_panes(v, now);
		put_status(v, LINES - 1);
	}
	refresh();
}

void view_release(struct view *v)
{
	str_release(&v->input);
	str_release(&v->message);
	str_release(&v->text);
	text_lines_release(&v->lines);
}
