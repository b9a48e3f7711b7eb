/* SPDX-License-Identifier: Apache-2.0 */
/* Proves from inside what each profile lets through and what it refuses; each probe in
 * its own child. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sandbox.h"

/* A probe returns 0 or the errno with which it was refused. */
typedef int probe_fn(void);

#define DIED	   255
#define NOT_LOCKED 254

static int in_child(enum sandbox_profile profile, probe_fn *probe)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct sandbox_result got;

		if (sandbox_enter(profile, "nobody", &got, NULL) < 0 || !got.seccomp)
			_exit(NOT_LOCKED);
		_exit(probe());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : DIED;
}

static int outcome(long r)
{
	return r < 0 ? errno : 0;
}

static int probe_open_read(void)
{
	return outcome(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int probe_open_write(void)
{
	return outcome(
		open("/tmp/doorward-test-sandbox", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int probe_open_existing_for_write(void)
{
	return outcome(open("/dev/null", O_RDWR | O_CLOEXEC));
}

static int probe_open_elsewhere(void)
{
	return outcome(open("/proc/self/status", O_RDONLY | O_CLOEXEC));
}

static int probe_openat2(void)
{
	uint64_t how[3] = { O_RDONLY, 0, 0 };

	return outcome(syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", how, sizeof(how)));
}

static int probe_execve(void)
{
	char *argv[] = { (char *)(uintptr_t) "/bin/true", NULL };

	return outcome(execve(argv[0], argv, argv + 1));
}

static int probe_fork(void)
{
	return outcome(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static int probe_clone3(void)
{
	return outcome(syscall(SYS_clone3, NULL, 0));
}

static int probe_ptrace(void)
{
	return outcome(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int probe_kill(void)
{
	return outcome(kill(getppid(), 0));
}

static int probe_unlink(void)
{
	return outcome(unlinkat(AT_FDCWD, "/tmp/doorward-test-sandbox", 0));
}

static int probe_mkdir(void)
{
	return outcome(mkdirat(AT_FDCWD, "/tmp/doorward-test-sandbox-dir", 0700));
}

static int probe_chmod_descriptor(void)
{
	return outcome(fchmod(2, 0600));
}

static int probe_socket_inet(void)
{
	return outcome(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int probe_socket_inet6(void)
{
	return outcome(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

static int probe_socket_unix(void)
{
	return outcome(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int probe_socket_netlink(void)
{
	return outcome(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int probe_socket_raw(void)
{
	return outcome(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

static int probe_listen(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return outcome(listen(fd, 1));
}

static int probe_bind_tcp(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return outcome(bind(fd, (const struct sockaddr *)&a, sizeof(a)));
}

static int probe_namespace(void)
{
	return outcome(syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */));
}

static int probe_fstat(void)
{
	struct stat st;

	return outcome(fstat(2, &st));
}

static int probe_stat(void)
{
	struct stat st;

	return outcome(stat("/etc/passwd", &st));
}

static int probe_memory(void)
{
	size_t size = 4u << 20;
	char *p = malloc(size);

	if (p == NULL)
		return ENOMEM;
	memset(p, 1, size);
	free(p);
	return 0;
}

static void *nothing(void *p)
{
	return p;
}

static int probe_thread(void)
{
	pthread_t t;
	int r = pthread_create(&t, NULL, nothing, NULL);

	return r != 0 ? r : pthread_join(t, NULL);
}

static int probe_be_root_again(void)
{
	return outcome(syscall(SYS_setresuid, 0, 0, 0));
}

static int probe_dump(void)
{
	return outcome(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static void pure_lets_computing_through(unused_arg void **state)
{
	assert_int_equal(in_child(SANDBOX_PURE, probe_memory), 0);
	assert_int_equal(in_child(SANDBOX_PURE, probe_fstat), 0);
}

static void pure_sees_no_files(unused_arg void **state)
{
	assert_int_equal(in_child(SANDBOX_PURE, probe_open_read), ENOENT);
	assert_int_equal(in_child(SANDBOX_PURE, probe_openat2), EPERM);
	assert_int_equal(in_child(SANDBOX_PURE, probe_stat), EPERM);
}

static void pure_has_no_network(unused_arg void **state)
{
	assert_int_equal(in_child(SANDBOX_PURE, probe_socket_inet), EPERM);
	assert_int_equal(in_child(SANDBOX_PURE, probe_socket_inet6), EPERM);
	assert_int_equal(in_child(SANDBOX_PURE, probe_socket_unix), EPERM);
}

static void neither_changes_files(unused_arg void **state)
{
	static const enum sandbox_profile both[] = { SANDBOX_PURE, SANDBOX_NETWORK };

	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		int for_writing = both[i] == SANDBOX_PURE ? ENOENT : EPERM;

		assert_int_equal(in_child(both[i], probe_open_write), for_writing);
		assert_int_equal(in_child(both[i], probe_open_existing_for_write),
				 for_writing);
		assert_int_equal(in_child(both[i], probe_unlink), EPERM);
		assert_int_equal(in_child(both[i], probe_mkdir), EPERM);
		assert_int_equal(in_child(both[i], probe_chmod_descriptor), EPERM);
	}
}

static void neither_starts_or_touches_processes(unused_arg void **state)
{
	static const enum sandbox_profile both[] = { SANDBOX_PURE, SANDBOX_NETWORK };

	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		assert_int_equal(in_child(both[i], probe_execve), EPERM);
		assert_int_equal(in_child(both[i], probe_fork), EPERM);
		assert_int_equal(in_child(both[i], probe_clone3), ENOSYS);
		assert_int_equal(in_child(both[i], probe_ptrace), EPERM);
		assert_int_equal(in_child(both[i], probe_kill), EPERM);
		assert_int_equal(in_child(both[i], probe_namespace), EPERM);
		assert_int_equal(in_child(both[i], probe_be_root_again), EPERM);
		assert_int_equal(in_child(both[i], probe_dump), EPERM);
	}
}

static void network_may_connect_out_only(unused_arg void **state)
{
	assert_int_equal(in_child(SANDBOX_NETWORK, probe_socket_inet), 0);
	/* A kernel without IPv6 answers EAFNOSUPPORT, never EPERM. */
	assert_int_not_equal(in_child(SANDBOX_NETWORK, probe_socket_inet6), EPERM);
	assert_int_equal(in_child(SANDBOX_NETWORK, probe_socket_unix), EPERM);
	assert_int_equal(in_child(SANDBOX_NETWORK, probe_socket_netlink), EPERM);
	assert_int_equal(in_child(SANDBOX_NETWORK, probe_socket_raw), EPERM);
	assert_int_equal(in_child(SANDBOX_NETWORK, probe_listen), EPERM);
}

static void network_may_have_threads(unused_arg void **state)
{
	assert_int_equal(in_child(SANDBOX_NETWORK, probe_thread), 0);
	assert_int_not_equal(in_child(SANDBOX_PURE, probe_thread), 0);
}

static int landlock_abi(void)
{
	return (int)syscall(444 /* landlock_create_ruleset */, NULL, 0, 1);
}

static void network_reads_only_what_libraries_need(unused_arg void **state)
{
	assert_int_equal(in_child(SANDBOX_NETWORK, probe_open_read), 0);
	if (landlock_abi() >= 1)
		assert_int_equal(in_child(SANDBOX_NETWORK, probe_open_elsewhere), EACCES);
	if (landlock_abi() >= 4)
		assert_int_equal(in_child(SANDBOX_NETWORK, probe_bind_tcp), EACCES);
}

static void tells_what_is_in_force(unused_arg void **state)
{
	int status, pipe_fds[2];
	struct sandbox_result got = { 0 };
	pid_t pid;

	assert_int_equal(pipe(pipe_fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct sandbox_result r;

		if (sandbox_enter(SANDBOX_PURE, "no-such-user-here", &r, NULL) < 0)
			_exit(1);
		/* Not root, and both walls answer for themselves. */
		if (geteuid() == 0 || getegid() == 0)
			_exit(2);
		_exit(write(pipe_fds[1], &r, sizeof(r)) == (ssize_t)sizeof(r) ? 0 : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(read(pipe_fds[0], &got, sizeof(got)), sizeof(got));
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
	assert_true(got.uid);
	assert_true(got.seccomp);
	assert_int_equal(got.landlock,
			 landlock_abi() < 1 ? 0 : MIN_OF(landlock_abi(), 7));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pure_lets_computing_through),
		cmocka_unit_test(pure_sees_no_files),
		cmocka_unit_test(pure_has_no_network),
		cmocka_unit_test(neither_changes_files),
		cmocka_unit_test(neither_starts_or_touches_processes),
		cmocka_unit_test(network_may_connect_out_only),
		cmocka_unit_test(network_may_have_threads),
		cmocka_unit_test(network_reads_only_what_libraries_need),
		cmocka_unit_test(tells_what_is_in_force),
	};

	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
