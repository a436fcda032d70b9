/* SPDX-License-Identifier: MIT */
#include "cmd/sub/monitor_screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/sub/curses.h"
#include "cmd/sub/monitor_keys.h"
#include "cmd/sub/monitor_model.h"
#include "cmd/sub/monitor_term.h"
#include "cmd/sub/monitor_view.h"
#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/xmpp/time.h"

static const struct monitor_limits limits = {
	.events = 10000,
	.bytes = (size_t)16 << 20,
	.payload = (size_t)1 << 20,
};

struct monitor_screen {
	struct ev_loop *loop;
	struct view view;
	struct keys keys;
	void (*quit)(int code, void *data);
	void *data;
	char *failure; /* said last; NULL: nothing has failed */
	ev_io input;
	ev_signal resized, stopped, continued;
	ev_timer draw;	 /* soon, as something has changed */
	ev_timer second; /* rates change by themselves */
	ev_tstamp drawn;
};

static void draw_soon(struct monitor_screen *m)
{
	ev_tstamp pause = m->drawn + 1. / MONITOR_FPS - ev_now(m->loop);

	if (ev_is_active(&m->draw))
		return;
	ev_timer_set(&m->draw, pause > 0 ? pause : 0., 0.);
	ev_timer_start(m->loop, &m->draw);
}

static void on_draw(struct ev_loop *loop, ev_timer *t, int events)
{
	struct monitor_screen *m = t->data;

	(void)events;
	m->drawn = ev_now(loop);
	view_draw(&m->view, time_now());
}

static void on_second(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop;
	(void)events;
	draw_soon(t->data);
}

static bool on_message(enum log_level level, const char *text, void *data)
{
	struct monitor_screen *m = data;

	str_reset(&m->view.message);
	str_puts(&m->view.message, text);
	m->view.failed = level <= LOG_WARN;
	if (level == LOG_ERROR) {
		free(m->failure);
		m->failure = mem_strdup(text);
	}
	draw_soon(m);
	return isatty(STDERR_FILENO);
}

/* The terminal has been closed, or its line: nothing will ever be read from it. */
static bool is_gone(int fd)
{
	struct pollfd pfd = { .fd = fd };

	return poll(&pfd, 1, 0) > 0 && pfd.revents & (POLLHUP | POLLERR | POLLNVAL);
}

static void on_input(struct ev_loop *loop, ev_io *w, int events)
{
	struct monitor_screen *m = w->data;
	wint_t key;
	int r;

	(void)events;
	if (is_gone(w->fd)) {
		ev_io_stop(loop, w);
		m->quit(EX_IOERR, m->data);
		return;
	}
	while (!m->keys.quit && (r = get_wch(&key)) != ERR) {
		if (r == KEY_CODE_YES && key == KEY_RESIZE)
			continue;
		keys_take(&m->keys, key, r == KEY_CODE_YES);
	}
	if (m->keys.quit)
		m->quit(0, m->data);
	draw_soon(m);
}

static void on_signal(struct ev_loop *loop, ev_signal *w, int events)
{
	struct monitor_screen *m = w->data;

	(void)loop;
	(void)events;
	if (w->signum == SIGTSTP)
		term_suspend();
	else if (w->signum == SIGCONT)
		term_continue();
	else
		term_resize();
	draw_soon(m);
}

static void watch(struct monitor_screen *m)
{
	ev_io_init(&m->input, on_input, term_input(), EV_READ);
	ev_signal_init(&m->resized, on_signal, SIGWINCH);
	ev_signal_init(&m->stopped, on_signal, SIGTSTP);
	ev_signal_init(&m->continued, on_signal, SIGCONT);
	ev_timer_init(&m->draw, on_draw, 0., 0.);
	ev_timer_init(&m->second, on_second, 1., 1.);
	m->input.data = m->resized.data = m->stopped.data = m->continued.data = m->draw.data =
		m->second.data = m;
	ev_io_start(m->loop, &m->input);
	ev_signal_start(m->loop, &m->resized);
	ev_signal_start(m->loop, &m->stopped);
	ev_signal_start(m->loop, &m->continued);
	ev_timer_start(m->loop, &m->second);
}

struct monitor_screen *monitor_screen_start(struct ev_loop *loop,
					    const struct monitor_screen_params *p,
					    void (*quit)(int code, void *data), void *data)
{
	int r = term_start(p->colour);
	struct monitor_screen *m;

	if (r) {
		log_warn("%s: lines are printed",
			 r == -EINVAL	 ? "TERM names no terminal with a screen"
			 : r == -ELIBACC ? "there can be no screen"
					 : "there is no terminal to type on");
		return NULL;
	}
	m = mem_zalloc(sizeof(*m));
	m->loop = loop;
	m->quit = quit;
	m->data = data;
	m->view.model = monitor_model_new(&limits, p->nodes, p->count);
	m->view.colour = p->colour && has_colors();
	m->keys.view = &m->view;
	m->keys.namespaces = p->namespaces;
	watch(m);
	log_divert(on_message, m);
	view_draw(&m->view, time_now());
	return m;
}

void monitor_screen_stop(struct monitor_screen *m)
{
	if (!m)
		return;
	ev_io_stop(m->loop, &m->input);
	ev_signal_stop(m->loop, &m->resized);
	ev_signal_stop(m->loop, &m->stopped);
	ev_signal_stop(m->loop, &m->continued);
	ev_timer_stop(m->loop, &m->draw);
	ev_timer_stop(m->loop, &m->second);
	term_stop();
	log_divert(NULL, NULL);
	if (m->failure && isatty(STDERR_FILENO))
		log_error("%s", m->failure);
	free(m->failure);
	keys_release(&m->keys);
	monitor_model_free(m->view.model);
	view_release(&m->view);
	free(m);
}

void monitor_screen_take(struct monitor_screen *m, const struct event *e)
{
	monitor_model_add(m->view.model, e, time_now());
	draw_soon(m);
}

void monitor_screen_tell_link(struct monitor_screen *m, const char *service, bool up)
{
	m->view.service = service;
	m->view.connected = up;
	draw_soon(m);
}
