/* SPDX-License-Identifier: MIT */
#include "common/base/confine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#ifdef WITH_SECCOMP
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/confine_ours.h"

static struct sock_filter instructions[] = {
#include "confine_filter.h"
};

/* Signals go to us alone. */
static void name_ourselves(void)
{
	for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++)
		if (instructions[i].k == CONFINE_OURS)
			instructions[i].k = (unsigned)getpid();
}

static int install(void)
{
	struct sock_fprog program = {
		.len = sizeof(instructions) / sizeof(instructions[0]),
		.filter = instructions,
	};
	/* Without the second, older kernels slow down all that the process computes. */
	unsigned flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	long r;

	name_ourselves();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) /* the kernel's condition */
		return -errno;
	r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	return r < 0 ? -errno : r ? -EBUSY : 0; /* a thread that has another filter */
}
#else
static int install(void)
{
	return -ENOSYS;
}
#endif

int confine(void)
{
	static bool done;
	const char *wanted = getenv("PUBSUB_CONFINE");
	int r;

	if (done)
		return 0;
	if (wanted && !strcmp(wanted, "no"))
		return -ECANCELED;
	r = install();
	done = !r;
	return r;
}
