/* SPDX-License-Identifier: MIT */
/* Each in a child of its own, as what is taken from a process never comes back. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "common/base/confine.h"

#define CANNOT 99

/* What @act returns, confined; minus the signal that ended it. CANNOT: it could not be. */
static int confined(int (*act)(void))
{
	pid_t pid;
	int status;

	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_DUMPABLE, 0); /* no core */
		_exit(confine() ? CANNOT : act());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* errno of a call that should fail; 0: it did not. */
static int error_of(long r)
{
	return r == -1 ? errno : 0;
}

static int run_program(void)
{
	return error_of(execl("/bin/true", "true", (char *)NULL));
}

static int trace(void)
{
	return error_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int listen_there(void)
{
	return error_of(listen(socket(AF_INET, SOCK_STREAM, 0), 1));
}

static int be_another(void)
{
	return error_of(setresuid((uid_t)-1, (uid_t)-1, (uid_t)-1));
}

static int leave(void)
{
	return error_of(unshare(CLONE_NEWUSER));
}

static int load_bpf(void)
{
	return error_of(syscall(SYS_bpf, 0, NULL, 0));
}

static void confine__what_only_intruders_do__killed(void **state)
{
	static const struct {
		const char *name;
		int (*act)(void);
	} rows[] = {
		{ "execve", run_program }, { "ptrace", trace },	 { "listen", listen_there },
		{ "setresuid", be_another }, { "unshare", leave }, { "bpf", load_bpf },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int r = confined(rows[i].act);

		if (r != -SIGSYS)
			fail_msg("%s: %d", rows[i].name, r);
	}
}

static int make_process(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return error_of(pid);
}

static int write_and_run(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return error_of((long)p);
}

static int run_written(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return error_of(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int make_raw_socket(void)
{
	return error_of(socket(AF_PACKET, SOCK_RAW, 0));
}

static int type_on_terminal(void)
{
	return error_of(ioctl(STDIN_FILENO, TIOCSTI, "x"));
}

static int kill_somebody(void)
{
	return error_of(kill(getppid(), SIGUSR2));
}

static int kill_its_thread(void)
{
	return error_of(syscall(SYS_tgkill, getppid(), getppid(), SIGUSR2));
}

static int set_limit(void)
{
	const struct rlimit none = { 1, 1 };

	return error_of(setrlimit(RLIMIT_CORE, &none));
}

/* A call of another year. */
static int call_unknown(void)
{
	return error_of(syscall(1000));
}

static void confine__what_is_not_needed__no_such_call(void **state)
{
	static const struct {
		const char *name;
		int (*act)(void);
	} rows[] = {
		{ "fork", make_process },	    { "mmap", write_and_run },
		{ "mprotect", run_written },	    { "socket", make_raw_socket },
		{ "TIOCSTI", type_on_terminal },    { "kill", kill_somebody },
		{ "tgkill", kill_its_thread },
		{ "setrlimit", set_limit },	    { "1000", call_unknown },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int r = confined(rows[i].act);

		if (r != ENOSYS)
			fail_msg("%s: %d", rows[i].name, r);
	}
}

static int bind_there(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };

	return error_of(bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&any, sizeof(any)));
}

static void confine__bind__not_permitted(void **state)
{
	(void)state;
	assert_int_equal(confined(bind_there), EPERM);
}

static void *look_up(void *data)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *found;

	if (getaddrinfo("localhost", "5222", &hints, &found))
		return data;
	freeaddrinfo(found);
	return NULL;
}

/* As a further connection does, and as a file of ours is replaced. */
static int go_on(void)
{
	char path[] = "/tmp/pubsub-confine.XXXXXX";
	char other[sizeof(path) + 4];
	pthread_t thread;
	void *failed = path;
	int fd;

	if (pthread_create(&thread, NULL, look_up, path) || pthread_join(thread, &failed) || failed)
		return 1;
	fd = mkstemp(path);
	snprintf(other, sizeof(other), "%s.new", path);
	if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) || close(fd) || rename(path, other) ||
	    unlink(other))
		return 2;
	if (raise(SIGCONT) || kill(getpid(), 0))
		return 3;
	return confine() ? 4 : 0; /* once more: nothing to do */
}

/* By both families of numbers that C libraries take, whichever it is here. */
static int look_at_terminal(void)
{
	static const unsigned long get[] = { 0x5401, 0x802c542a }; /* TCGETS, TCGETS2 */
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char room[128];

	for (size_t i = 0; i < sizeof(get) / sizeof(get[0]); i++)
		if (syscall(SYS_ioctl, fd, get[i], room) != -1 || errno != ENOTTY)
			return 1;
	return 0;
}

static void confine__what_is_needed__goes_on(void **state)
{
	(void)state;
	assert_int_equal(confined(go_on), 0);
#ifdef __x86_64__
	assert_int_equal(confined(look_at_terminal), 0);
#else
	(void)look_at_terminal; /* its numbers are of this architecture */
#endif
}

static void confine__forbidden__nothing_changes(void **state)
{
	int before = prctl(PR_GET_SECCOMP), privileges = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);

	(void)state;
	setenv("PUBSUB_CONFINE", "no", 1);
	assert_int_equal(confine(), -ECANCELED);
	unsetenv("PUBSUB_CONFINE");
	assert_int_equal(prctl(PR_GET_SECCOMP), before);
	assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), privileges);
}

int main(void)
{
	/* Without a filter the first alone: not skip(), which cmocka calls "not ok". */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(confine__forbidden__nothing_changes),
		cmocka_unit_test(confine__what_only_intruders_do__killed),
		cmocka_unit_test(confine__what_is_not_needed__no_such_call),
		cmocka_unit_test(confine__bind__not_permitted),
		cmocka_unit_test(confine__what_is_needed__goes_on),
	};
#ifdef WITH_SECCOMP
	const size_t n = sizeof(tests) / sizeof(tests[0]);
#else
	const size_t n = 1;
#endif

	return _cmocka_run_group_tests("tests", tests, n, NULL, NULL);
}
