/* SPDX-License-Identifier: MIT */
#include "common/xmpp/signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "common/xmpp/link.h"

static volatile sig_atomic_t seen[NSIG];
static volatile sig_atomic_t interruptions;
static volatile sig_atomic_t hup_interrupts;
static struct ev_loop *the_loop;
static ev_async *volatile the_wake;
static void (*volatile the_leave)(void);

static void on_signal(int signo)
{
	int saved = errno;
	ev_async *wake = the_wake;

	if ((signo == SIGINT || signo == SIGTERM) && interruptions++) {
		void (*leave)(void) = the_leave;

		if (leave)
			leave();
		_exit(128 + signo); /* the user insists */
	}
	if (signo != SIGUSR1 && (signo != SIGHUP || hup_interrupts))
		link_abort_from_signal();
	seen[signo] = 1;
	if (wake)
		ev_async_send(the_loop, wake);
	errno = saved;
}

static void take_over(int signo)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART }, old;

	if (!sigaction(signo, NULL, &old) && old.sa_handler == SIG_IGN && signo != SIGALRM)
		return;
	sigaction(signo, &sa, NULL);
}

void signals_catch(struct ev_loop *loop, ev_async *wake, bool hup_ends)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGALRM };

	the_loop = loop;
	the_wake = wake;
	hup_interrupts = hup_ends;
	signal(SIGPIPE, SIG_IGN); /* libstrophe writes without MSG_NOSIGNAL */
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		take_over(caught[i]);
}

void signals_forget(void)
{
	the_wake = NULL;
}

int signals_take(void)
{
	for (int signo = 1; signo < NSIG; signo++)
		if (seen[signo]) {
			seen[signo] = 0;
			return signo;
		}
	return 0;
}

bool signals_interrupted(void)
{
	return interruptions > 0;
}

void signals_at_exit(void (*leave)(void))
{
	the_leave = leave;
}
