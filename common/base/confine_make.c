/* SPDX-License-Identifier: MIT */
/*
 * Makes the filter of confine.h, at build time: prints the instructions as what a table of struct
 * sock_filter holds. An argument names the architecture that it is for, in libseccomp's words.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <asm/termbits.h>

#include <linux/filter.h>
#include <seccomp.h>

#include "common/base/confine_ours.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

/* Those that are let through whatever their arguments; the names that other architectures or older
 * kernels have for the same are among them. */
static const char *const allowed[] = {
	/* Memory. mmap and mprotect are below. */
	"brk", "munmap", "mremap", "madvise", "mlock", "mlock2", "munlock", "membarrier",
	/* Files. */
	"read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "lseek",
	"_llseek", "open", "openat", "close", "close_range", "creat", "stat", "stat64", "fstat",
	"fstat64", "lstat", "lstat64", "newfstatat", "fstatat64", "statx", "statfs", "statfs64",
	"fstatfs", "fstatfs64", "access", "faccessat", "faccessat2", "readlink", "readlinkat",
	"getcwd", "getdents", "getdents64", "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat",
	"rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "truncate",
	"truncate64", "ftruncate", "ftruncate64", "fallocate", "fsync", "fdatasync",
	"sync_file_range", "fadvise64", "fadvise64_64", "flock", "fcntl", "fcntl64", "chmod",
	"fchmod", "fchmodat", "umask", "utime", "utimes", "futimesat", "utimensat",
	"utimensat_time64", "dup", "dup2", "dup3", "pipe", "pipe2", "sendfile", "sendfile64",
	"copy_file_range",
	/* Sockets. socket is below. */
	"connect", "shutdown", "send", "sendto", "sendmsg", "sendmmsg", "recv", "recvfrom",
	"recvmsg", "recvmmsg", "recvmmsg_time64", "getsockopt", "setsockopt", "getsockname",
	"getpeername", "socketpair",
	/* Waiting. */
	"poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6", "pselect6_time64",
	"epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
	"eventfd", "eventfd2", "timerfd_create", "timerfd_settime", "timerfd_settime64",
	"timerfd_gettime", "timerfd_gettime64", "nanosleep", "clock_nanosleep",
	"clock_nanosleep_time64", "pause", "restart_syscall",
	/* Time. */
	"clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64", "gettimeofday",
	"time", "times", "alarm", "setitimer", "getitimer",
	/* Signals. kill and tgkill are below. */
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigsuspend",
	"rt_sigtimedwait", "rt_sigtimedwait_time64", "sigaction", "sigprocmask", "sigreturn",
	"sigsuspend", "sigaltstack", "signalfd", "signalfd4",
	/* Threads. clone is below. */
	"futex", "futex_time64", "futex_waitv", "set_robust_list", "get_robust_list", "rseq",
	"set_tid_address", "set_thread_area", "arch_prctl", "sched_yield", "sched_getaffinity",
	"exit", "exit_group", "wait4", "waitpid", "waitid",
	/* Who we are. */
	"getpid", "gettid", "getppid", "getpgrp", "getpgid", "getsid", "getuid", "getuid32",
	"geteuid", "geteuid32", "getgid", "getgid32", "getegid", "getegid32", "getresuid",
	"getresuid32", "getresgid", "getresgid32", "getgroups", "getgroups32", "getrandom",
	"getcpu", "getrlimit", "ugetrlimit", "getrusage", "uname", "sysinfo",
};

/* Those that kill. */
static const char *const deadly[] = {
	"execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev",
	"process_madvise", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "kcmp", "listen",
	"accept", "accept4", "setuid", "setuid32", "setgid", "setgid32", "setreuid", "setreuid32",
	"setregid", "setregid32", "setresuid", "setresuid32", "setresgid", "setresgid32",
	"setfsuid", "setfsuid32", "setfsgid", "setfsgid32", "setgroups", "setgroups32", "capset",
	"mount", "umount", "umount2", "pivot_root", "chroot", "setns", "unshare", "fsopen",
	"fsconfig", "fsmount", "fspick", "move_mount", "open_tree", "mount_setattr", "mknod",
	"mknodat", "open_by_handle_at", "init_module", "finit_module", "delete_module",
	"kexec_load", "kexec_file_load", "bpf", "perf_event_open", "userfaultfd", "add_key",
	"keyctl", "request_key", "io_uring_setup", "io_uring_enter", "io_uring_register",
	"reboot", "swapon", "swapoff", "acct", "quotactl", "iopl", "ioperm", "modify_ldt",
	"settimeofday", "clock_settime", "clock_settime64", "adjtimex", "clock_adjtime",
	"sethostname", "setdomainname", "memfd_create", "personality", "vhangup",
};

#define LOW 0xffffffffu /* the kernel looks at no more of an int */

/* Those that are let through where an argument, but for the bits that @mask lacks, is @value. */
static const struct {
	const char *name;
	unsigned argument;
	uint32_t mask, value;
} conditional[] = {
	/* Modules of the C library are loaded, never what we have written. */
	{ "mmap", 2, PROT_WRITE | PROT_EXEC, 0 },
	{ "mmap", 2, PROT_WRITE | PROT_EXEC, PROT_WRITE },
	{ "mmap", 2, PROT_WRITE | PROT_EXEC, PROT_EXEC },
	{ "mmap2", 2, PROT_WRITE | PROT_EXEC, 0 },
	{ "mmap2", 2, PROT_WRITE | PROT_EXEC, PROT_WRITE },
	{ "mmap2", 2, PROT_WRITE | PROT_EXEC, PROT_EXEC },
	{ "mprotect", 2, PROT_EXEC, 0 },
	{ "socket", 0, LOW, AF_UNIX },
	{ "socket", 0, LOW, AF_INET },
	{ "socket", 0, LOW, AF_INET6 },
	{ "socket", 0, LOW, AF_NETLINK }, /* a look-up asks which addresses we have */
	/* A thread, no process. clone3 hides the flags: without it the C library takes clone. */
	{ "clone", 0, CLONE_THREAD, CLONE_THREAD },
	/* To ourselves. */
	{ "kill", 0, LOW, CONFINE_OURS },
	{ "tgkill", 0, LOW, CONFINE_OURS },
	/* The terminal, but for TIOCSTI, which types on it. */
	{ "ioctl", 1, LOW, TCGETS },
	{ "ioctl", 1, LOW, TCSETS },
	{ "ioctl", 1, LOW, TCSETSW },
	{ "ioctl", 1, LOW, TCSETSF },
#ifdef TCGETS2 /* which C libraries of 2025 have begun to take */
	{ "ioctl", 1, LOW, TCGETS2 },
	{ "ioctl", 1, LOW, TCSETS2 },
	{ "ioctl", 1, LOW, TCSETSW2 },
	{ "ioctl", 1, LOW, TCSETSF2 },
#endif
	{ "ioctl", 1, LOW, TCFLSH },
	{ "ioctl", 1, LOW, TCXONC },
	{ "ioctl", 1, LOW, TIOCGWINSZ },
	{ "ioctl", 1, LOW, TIOCGPGRP },
	{ "ioctl", 1, LOW, FIONREAD },
	{ "ioctl", 1, LOW, FIONBIO },
	{ "prctl", 0, LOW, PR_SET_NAME },
	{ "prctl", 0, LOW, PR_SET_VMA }, /* the C library names its memory */
	{ "prlimit64", 2, LOW, 0 },	 /* asks */
};

static void die(const char *what, int r)
{
	fprintf(stderr, "confine_make: %s: %s\n", what, strerror(-r));
	exit(1);
}

/* A name that this libseccomp does not know, or that the architecture lacks, is passed over. */
static void add(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned count,
		const struct scmp_arg_cmp *condition)
{
	int number = seccomp_syscall_resolve_name(name);
	int r = number == __NR_SCMP_ERROR ?
			0 :
			seccomp_rule_add_array(filter, action, number, count, condition);

	if (r && r != -EDOM)
		die(name, r);
}

static void add_all(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add(filter, action, names[i], 0, NULL);
}

static void add_conditional(scmp_filter_ctx filter, bool clone_swapped)
{
	for (size_t i = 0; i < sizeof(conditional) / sizeof(conditional[0]); i++) {
		bool swapped = clone_swapped && !strcmp(conditional[i].name, "clone");
		struct scmp_arg_cmp c = {
			.arg = conditional[i].argument + swapped,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = conditional[i].mask,
			.datum_b = conditional[i].value,
		};

		add(filter, SCMP_ACT_ALLOW, conditional[i].name, 1, &c);
	}
}

static scmp_filter_ctx make(uint32_t arch)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int r = filter ? 0 : -ENOMEM;

	if (!r && arch != seccomp_arch_native()) {
		r = seccomp_arch_add(filter, arch);
		if (!r)
			r = seccomp_arch_remove(filter, SCMP_ARCH_NATIVE);
	}
	if (!r)
		r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (!r) /* a search, not a walk */
		r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r)
		die("no filter", r);
	add_all(filter, SCMP_ACT_ALLOW, allowed, sizeof(allowed) / sizeof(allowed[0]));
	add_all(filter, SCMP_ACT_KILL_PROCESS, deadly, sizeof(deadly) / sizeof(deadly[0]));
	add(filter, SCMP_ACT_ERRNO(EPERM), "bind", 0, NULL); /* a look-up does without */
	add_conditional(filter, arch == SCMP_ARCH_S390 || arch == SCMP_ARCH_S390X);
	return filter;
}

int main(int argc, char **argv)
{
	uint32_t arch = argc > 1 ? seccomp_arch_resolve_name(argv[1]) : seccomp_arch_native();
	scmp_filter_ctx filter = arch ? make(arch) : NULL;
	FILE *f = tmpfile();
	struct sock_filter in;
	int r;

	if (!filter)
		die(argc > 1 ? argv[1] : "this architecture", -EINVAL);
	r = f ? seccomp_export_bpf(filter, fileno(f)) : -errno;
	if (r)
		die("cannot export it", r);
	rewind(f);
	while (fread(&in, sizeof(in), 1, f) == 1)
		printf("{ 0x%02x, %u, %u, 0x%08x },\n", in.code, in.jt, in.jf, in.k);
	fclose(f);
	seccomp_release(filter);
	return fflush(stdout) ? 1 : 0;
}
