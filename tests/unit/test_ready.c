/* SPDX-License-Identifier: MIT */
/* What the service manager is told, and what it asks for. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cmd/serve/ready.h"
#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/base/str.h"

static void watchdog__environment__seconds_or_none(void **state)
{
	AUTO_FREE char *own = mem_printf("%d", (int)getpid());
	const struct {
		const char *usec, *pid;
		double seconds;
	} rows[] = {
		{ NULL, NULL, 0. },	{ "2500000", NULL, 2.5 }, { "2500000", own, 2.5 },
		{ "0", NULL, 0. },	{ "x", NULL, 0. },	  { "-1", NULL, 0. },
		{ "2500000", "x", 0. }, { "2500000", "1", 0. },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsetenv("WATCHDOG_USEC");
		unsetenv("WATCHDOG_PID");
		if (rows[i].usec)
			setenv("WATCHDOG_USEC", rows[i].usec, 1);
		if (rows[i].pid)
			setenv("WATCHDOG_PID", rows[i].pid, 1);
		assert_true(ready_watchdog() == rows[i].seconds);
	}
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void reloading__service_manager__told_when(void **state)
{
	/* An abstract address: the kernel picks one. */
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(a);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	AUTO_STR path = { 0 };
	char buf[128];
	unsigned long long usec = 0;
	ssize_t n;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a.sun_family)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	str_putc(&path, '@');
	str_add(&path, a.sun_path + 1, len - offsetof(struct sockaddr_un, sun_path) - 1);
	setenv("NOTIFY_SOCKET", path.p, 1);
	ready_reloading();
	unsetenv("NOTIFY_SOCKET");
	n = recv(fd, buf, sizeof(buf) - 1, MSG_DONTWAIT);
	assert_true(n > 0);
	buf[n] = '\0';
	assert_int_equal(sscanf(buf, "RELOADING=1\nMONOTONIC_USEC=%llu", &usec), 1);
	assert_true(usec > 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(watchdog__environment__seconds_or_none),
		cmocka_unit_test(reloading__service_manager__told_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
