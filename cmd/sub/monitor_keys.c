/* SPDX-License-Identifier: MIT */
#include "cmd/sub/monitor_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/sub/curses.h"
#include "cmd/sub/monitor_model.h"
#include "cmd/sub/monitor_view.h"
#include "cmd/sub/output.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/out.h"
#include "common/pubsub/xpath.h"

#define INPUT_MAX 1000

enum { KEY_ESC = 27, KEY_CTRL_H = 8, KEY_CTRL_L = 12, KEY_CTRL_U = 21, KEY_DELETE = 127 };

static void say(struct view *v, bool failed, const char *what, const char *why)
{
	str_reset(&v->message);
	str_puts(&v->message, what);
	if (why)
		str_printf(&v->message, ": %s", why);
	v->failed = failed;
}

/* Moving about in the pane that has the focus */

static size_t moved(size_t from, long by, size_t count)
{
	if (by < 0)
		return from > -(size_t)by ? from + (size_t)by : 0;
	return (size_t)by < count && from < count - (size_t)by ? from + (size_t)by
							       : count - (count > 0);
}

static void move_by(struct keys *k, long by)
{
	struct view *v = k->view;

	if (v->focus == PANE_ITEM || v->zoomed)
		v->first_line = moved(v->first_line, by, v->lines.count);
	else if (v->focus == PANE_NODES)
		v->node = moved(v->node, by, monitor_model_nodes(v->model));
	else
		monitor_model_move(v->model, by);
}

static long page(const struct view *v)
{
	size_t rows = v->focus == PANE_ITEM || v->zoomed ? v->item_rows : v->event_rows;

	return rows > 1 ? (long)rows - 1 : 1;
}

static void go_up(struct keys *k)
{
	move_by(k, -1);
}

static void go_down(struct keys *k)
{
	move_by(k, 1);
}

static void page_up(struct keys *k)
{
	move_by(k, -page(k->view));
}

static void page_down(struct keys *k)
{
	move_by(k, page(k->view));
}

static void go_first(struct keys *k)
{
	move_by(k, -LONG_MAX);
}

static void go_last(struct keys *k)
{
	move_by(k, LONG_MAX);
}

static void next_pane(struct keys *k)
{
	struct view *v = k->view;

	v->zoomed = false;
	v->focus = v->focus == PANE_NODES ? PANE_EVENTS : v->focus + 1;
}

static void enter(struct keys *k)
{
	struct view *v = k->view;
	const struct monitor_node *n = monitor_model_node(v->model, v->node);

	if (v->focus != PANE_NODES || v->zoomed)
		v->zoomed = !v->zoomed;
	else if (n)
		monitor_model_set_node(v->model, monitor_model_only(v->model) ? NULL : n->name);
}

static void escape(struct keys *k)
{
	k->view->zoomed = false;
}

/* What is asked for */

static void ask(struct keys *k, const char *prompt, void (*answer)(struct keys *k, const char *))
{
	k->view->prompt = prompt;
	k->answer = answer;
	str_reset(&k->view->input);
}

static void search_on(struct keys *k, bool up)
{
	if (!k->sought)
		say(k->view, true, "nothing has been searched for", NULL);
	else if (!monitor_model_search(k->view->model, k->sought, !up))
		say(k->view, true, up ? "not found further up" : "not found further down",
		    k->sought);
}

static void search_again(struct keys *k)
{
	search_on(k, k->up);
}

static void search_back(struct keys *k)
{
	search_on(k, !k->up);
}

static void start_search(struct keys *k, const char *text)
{
	if (*text) {
		free(k->sought);
		k->sought = mem_strdup(text);
	}
	search_on(k, k->up);
}

static void ask_search(struct keys *k)
{
	k->up = false;
	ask(k, "search down: ", start_search);
}

static void ask_search_up(struct keys *k)
{
	k->up = true;
	ask(k, "search up: ", start_search);
}

static void set_filter(struct keys *k, const char *text)
{
	monitor_model_set_text(k->view->model, text);
}

static void ask_filter(struct keys *k)
{
	ask(k, "only events with (empty: all): ", set_filter);
}

static void set_xpath(struct keys *k, const char *text)
{
	struct xpath *x = NULL;
	AUTO_STR why = { 0 };

	if (*text && xpath_compile(text, k->namespaces, &why, &x)) {
		say(k->view, true, text, why.p);
		return;
	}
	free(k->xpath);
	k->xpath = *text ? mem_strdup(text) : NULL;
	k->view->xpath = k->xpath;
	monitor_model_set_xpath(k->view->model, x);
}

static void ask_xpath(struct keys *k)
{
	ask(k, "only items for which XPath (empty: all): ", set_xpath);
}

/* A file that is there already is left alone. */
static int write_file(const char *name, const char *p, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), r;

	if (fd < 0)
		return -errno;
	r = out_write(fd, p, len, NULL);
	if (close(fd) && !r)
		r = -errno;
	if (r)
		unlink(name);
	return r;
}

static void write_event(struct keys *k, const char *name)
{
	const struct monitor_event *e = monitor_model_chosen(k->view->model);
	struct output o = { .format = OUTPUT_XML };
	AUTO_STR text = { 0 };
	int r;

	if (!*name)
		return;
	if (!e || e->cut) {
		say(k->view, true, e ? "only a part of it has been kept" : "nothing is chosen",
		    NULL);
		return;
	}
	output_render(&o, &e->event, &text);
	r = write_file(name, text.p, text.len);
	str_reset(&k->view->message);
	if (r)
		str_printf(&k->view->message, "cannot write '%s': %s", name, strerror(-r));
	else
		str_printf(&k->view->message, "written to '%s'", name);
	k->view->failed = r;
}

static void ask_file(struct keys *k)
{
	ask(k, "write the event to file: ", write_event);
}

/* Others */

static void pause_or_go_on(struct keys *k)
{
	monitor_model_pause(k->view->model, !monitor_model_is_paused(k->view->model));
}

static void help(struct keys *k)
{
	k->view->help = true;
}

static void redraw(struct keys *k)
{
	(void)k;
	clearok(curscr, TRUE);
}

static void quit(struct keys *k)
{
	k->quit = true;
}

/* What to do, its keys, and, in its first row, how the help says it. */
static const struct binding {
	void (*act)(struct keys *k);
	wint_t key[3], special[2];
	const char *keys, *what;
} bindings[] = {
	{ go_up, { 'k' }, { KEY_UP }, "up k", "one up" },
	{ go_down, { 'j' }, { KEY_DOWN }, "down j", "one down" },
	{ page_up, { 'b' }, { KEY_PPAGE }, "PgUp b", "a page up" },
	{ page_down, { 'd' }, { KEY_NPAGE }, "PgDn d", "a page down" },
	{ go_first, { 'g' }, { KEY_HOME }, "Home g", "the first" },
	{ go_last, { 'G' }, { KEY_END }, "End G", "the last; the newest event is followed" },
	{ next_pane, { '\t' }, { 0 }, "Tab", "to the next pane: events, event, nodes" },
	{ enter,
	  { '\r', '\n' },
	  { KEY_ENTER },
	  "Enter",
	  "the event on the whole screen; in nodes: its events alone" },
	{ escape, { KEY_ESC }, { 0 }, "Esc", "back from the whole screen; leaves a question" },
	{ pause_or_go_on, { ' ', 'p' }, { 0 }, "space p", "stops the list, or lets it go on" },
	{ ask_search, { '/' }, { 0 }, "/", "searches a text further down" },
	{ ask_search_up, { '\\' }, { 0 }, "\\", "searches a text further up" },
	{ search_again, { 'n' }, { 0 }, "n", "searches on" },
	{ search_back, { 'N' }, { 0 }, "N", "searches on, the other way" },
	{ ask_filter, { 'f' }, { 0 }, "f", "only events that have a text in them" },
	{ ask_xpath, { 'x' }, { 0 }, "x", "only items for which an XPath expression is true" },
	{ ask_file, { 'w' }, { 0 }, "w", "writes the event to a file" },
	{ redraw, { KEY_CTRL_L }, { 0 }, "^L", "draws the screen anew" },
	{ help, { '?', 'h' }, { KEY_F(1) }, "? h", "this help" },
	{ quit, { 'q' }, { 0 }, "q ^C", "quits" },
};
#define BINDINGS (sizeof(bindings) / sizeof(bindings[0]))

bool keys_help(size_t i, const char **ret_keys, const char **ret_what)
{
	if (i >= BINDINGS)
		return false;
	*ret_keys = bindings[i].keys;
	*ret_what = bindings[i].what;
	return true;
}

static bool is_bound(const struct binding *b, wint_t key, bool special)
{
	const wint_t *of = special ? b->special : b->key;
	size_t n = special ? sizeof(b->special) / sizeof(*of) : sizeof(b->key) / sizeof(*of);

	for (size_t i = 0; i < n; i++)
		if (of[i] && of[i] == key)
			return true;
	return false;
}

/* A character that is typed, as UTF-8. */
static void add_char(struct str *out, wint_t c)
{
	char utf8[4] = { (char)c };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; n > 1 && i; i--, c >>= 6)
		utf8[i] = (char)(0x80 | (c & 0x3f));
	if (n > 1)
		utf8[0] = (char)(0xf0U << (4 - n) | c);
	if (out->len + n <= INPUT_MAX)
		str_add(out, utf8, n);
}

static void rub_out(struct str *s)
{
	while (s->len && ((unsigned char)s->p[--s->len] & 0xc0) == 0x80)
		;
	if (s->p)
		s->p[s->len] = '\0';
}

static void type(struct keys *k, wint_t key, bool special)
{
	struct view *v = k->view;
	bool done = special ? key == KEY_ENTER : key == '\r' || key == '\n';

	if (done || (!special && key == KEY_ESC)) {
		AUTO_FREE char *text = str_steal(&v->input);

		v->prompt = NULL;
		if (done)
			k->answer(k, text);
	} else if (special ? key == KEY_BACKSPACE : key == KEY_DELETE || key == KEY_CTRL_H) {
		rub_out(&v->input);
	} else if (!special && key == KEY_CTRL_U) {
		str_reset(&v->input);
	} else if (!special && key >= ' ') {
		add_char(&v->input, key);
	}
}

void keys_take(struct keys *k, wint_t key, bool special)
{
	struct view *v = k->view;

	if (v->help) {
		v->help = false;
		return;
	}
	if (v->prompt) {
		type(k, key, special);
		return;
	}
	str_reset(&v->message);
	for (size_t i = 0; i < BINDINGS; i++)
		if (is_bound(&bindings[i], key, special)) {
			bindings[i].act(k);
			return;
		}
}

void keys_release(struct keys *k)
{
	free(k->sought);
	free(k->xpath);
}
