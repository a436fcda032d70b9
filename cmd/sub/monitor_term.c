/* SPDX-License-Identifier: MIT */
#include "cmd/sub/monitor_term.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "cmd/sub/curses.h"
#include "common/base/mem.h"
#include "common/xmpp/signals.h"

/* After what is no request for an end that we could carry out: not our ways, but the screen's. */
static const int deadly[] = { SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
#define DEADLY (sizeof(deadly) / sizeof(deadly[0]))

static struct {
	SCREEN *screen; /* NULL: not started */
	FILE *in;	/* our own; NULL: it is standard input */
	struct termios before;
	char leave[256]; /* what is written to leave the screen in a hurry */
	size_t leave_len;
	struct sigaction old[DEADLY];
} term;

/* Async-signal-safe. */
static void leave_in_a_hurry(void)
{
	if (!term.screen || isendwin())
		return;
	if (write(STDOUT_FILENO, term.leave, term.leave_len) < 0)
		return; /* then it has gone */
	tcsetattr(STDOUT_FILENO, TCSANOW, &term.before);
}

static void on_deadly(int signo)
{
	leave_in_a_hurry();
	for (size_t i = 0; i < DEADLY; i++)
		if (deadly[i] == signo)
			sigaction(signo, &term.old[i], NULL);
	raise(signo);
}

/* A capability without its padding, as in "\E[?1049l$<5/>". */
static void note(const char *name)
{
	const char *s = tigetstr(name);

	if (!s || s == (char *)-1)
		return;
	while (*s && term.leave_len < sizeof(term.leave)) {
		if (s[0] == '$' && s[1] == '<' && strchr(s, '>'))
			s = strchr(s, '>') + 1;
		else
			term.leave[term.leave_len++] = *s++;
	}
}

static void guard(void)
{
	struct sigaction sa = { .sa_handler = on_deadly };
	static const char *const names[] = { "sgr0", "rmkx", "cnorm", "rmcup" };

	term.leave_len = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		note(names[i]);
	for (size_t i = 0; i < DEADLY; i++)
		sigaction(deadly[i], &sa, &term.old[i]);
	signals_at_exit(leave_in_a_hurry);
	atexit(term_stop);
}

static void unguard(void)
{
	signals_at_exit(NULL);
	for (size_t i = 0; i < DEADLY; i++)
		sigaction(deadly[i], &term.old[i], NULL);
}

static void start_colours(void)
{
	start_color();
	use_default_colors();
	for (short colour = COLOR_BLACK; colour <= COLOR_WHITE; colour++)
		init_pair((short)(colour + 1), colour, -1);
}

static FILE *open_input(void)
{
	if (isatty(STDIN_FILENO))
		return stdin;
	term.in = fopen("/dev/tty", "re");
	return term.in;
}

static void close_input(void)
{
	if (term.in)
		fclose(term.in);
	term.in = NULL;
}

int term_start(bool colour)
{
	const char *kind = getenv("TERM");
	FILE *in;

	if (!isatty(STDOUT_FILENO) || tcgetattr(STDOUT_FILENO, &term.before))
		return -ENOTTY;
	if (!kind || !*kind || !strcmp(kind, "dumb"))
		return -EINVAL;
	if (curses_load())
		return -ELIBACC;
	in = open_input();
	if (!in)
		return -ENOTTY;
	setlocale(LC_CTYPE, "");
	use_tioctl(TRUE); /* LINES and COLUMNS in the environment do not change with the window */
	term.screen = newterm(NULL, stdout, in);
	if (!term.screen || !tigetstr("cup")) {
		if (term.screen) {
			endwin();
			delscreen(term.screen);
			term.screen = NULL;
		}
		close_input();
		return -EINVAL;
	}
	guard();
	if (colour && has_colors())
		start_colours();
	set_escdelay(25);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	return 0;
}

void term_stop(void)
{
	if (!term.screen)
		return;
	if (!isendwin())
		endwin();
	unguard();
	delscreen(term.screen);
	term.screen = NULL;
	close_input();
}

int term_input(void)
{
	return term.in ? fileno(term.in) : STDIN_FILENO;
}

void term_resize(void)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
	clearok(curscr, TRUE);
}

void term_suspend(void)
{
	struct sigaction stop = { .sa_handler = SIG_DFL }, old;
	sigset_t mask, old_mask;

	endwin();
	sigaction(SIGTSTP, &stop, &old);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &mask, &old_mask);
	raise(SIGTSTP);
	/* Here it goes on. */
	sigprocmask(SIG_SETMASK, &old_mask, NULL);
	sigaction(SIGTSTP, &old, NULL);
	term_continue();
}

void term_continue(void)
{
	reset_prog_mode();
	term_resize();
	refresh();
}
