/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the walls from system calls alone: uid, no_new_privs, capabilities, Landlock,
 * seccomp. */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/cdrom.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <linux/seccomp.h>

#include "base/fd.h"
#include "base/str.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifndef HAS_ASAN
#define HAS_ASAN 0
#endif

/*
 * The filter is written by hand and not with libseccomp: that library adds 0.5 ms of
 * loading and filter building to programs that live for three, and would become a
 * dependency of the privileged program, which locks itself up too when it converts a key.
 * What it would give, one table for all architectures, <sys/syscall.h> gives as well: a
 * call that an architecture does not have is left out by #ifdef.
 */
#if defined(__x86_64__) && !defined(__ILP32__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define OUR_ARCH AUDIT_ARCH_I386
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OUR_ARCH AUDIT_ARCH_AARCH64
#elif defined(__arm__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OUR_ARCH AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define OUR_ARCH AUDIT_ARCH_RISCV64
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OUR_ARCH AUDIT_ARCH_PPC64LE
#elif defined(__s390x__)
#define OUR_ARCH AUDIT_ARCH_S390X
#endif

#define X32_BIT 0x40000000u

#ifdef __s390x__
#define CLONE_FLAGS_ARG 1
#else
#define CLONE_FLAGS_ARG 0
#endif

/* Flags with which a file would be changed or made. */
#define OPEN_WRITES \
	(O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY))

/* Calls that are harmless whatever their arguments, once nothing can be opened. */
static const uint32_t calls_pure[] = {
	/* Descriptors that are open already. */
	SYS_read,
	SYS_write,
	SYS_readv,
	SYS_writev,
	SYS_pread64,
	SYS_lseek,
	SYS_close,
	SYS_fstat,
	SYS_fcntl,
	SYS_dup,
	SYS_ppoll,
#ifdef SYS_poll
	SYS_poll,
#endif
#ifdef SYS_close_range
	SYS_close_range,
#endif
#ifdef SYS_fadvise64
	SYS_fadvise64,
#endif
	/* Memory, time, chance, locks of threads, our own signals, the end. */
	SYS_munmap,
	SYS_mprotect,
	SYS_mremap,
	SYS_madvise,
	SYS_brk,
	SYS_futex,
	SYS_clock_gettime,
	SYS_clock_nanosleep,
	SYS_nanosleep,
	SYS_gettimeofday,
	SYS_getrandom,
	SYS_sched_yield,
	SYS_sched_getaffinity,
	SYS_getpid,
	SYS_gettid,
	SYS_getuid,
	SYS_geteuid,
	SYS_getgid,
	SYS_getegid,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_sigaltstack,
	SYS_restart_syscall,
	SYS_exit,
	SYS_exit_group,
#ifdef SYS_mmap
	SYS_mmap,
#endif
#ifdef SYS_time
	SYS_time,
#endif
#if __SIZEOF_LONG__ == 4 /* the same again for 32-bit machines */
	SYS__llseek,
	SYS_fstat64,
	SYS_fcntl64,
	SYS_mmap2,
	SYS_getuid32,
	SYS_geteuid32,
	SYS_getgid32,
	SYS_getegid32,
	SYS_clock_gettime64,
	SYS_clock_nanosleep_time64,
	SYS_ppoll_time64,
	SYS_futex_time64,
#endif
};

/* Beside those, for whom the network is open. */
static const uint32_t calls_network[] = {
	/* Looking for libraries, certificates, resolv.conf. */
	SYS_faccessat,
	SYS_readlinkat,
	SYS_statx,
	SYS_getdents64,
	SYS_uname,
	SYS_sysinfo,
#ifdef SYS_newfstatat
	SYS_newfstatat,
#endif
#ifdef SYS_fstatat64
	SYS_fstatat64,
#endif
#ifdef SYS_stat
	SYS_stat,
	SYS_lstat,
	SYS_access,
	SYS_readlink,
#endif
#ifdef SYS_faccessat2
	SYS_faccessat2,
#endif
	/* Outgoing connections, once there is a socket. bind() is for a datagram's
	   source. */
	SYS_connect,
	SYS_bind,
	SYS_sendto,
	SYS_recvfrom,
	SYS_sendmsg,
	SYS_recvmsg,
	SYS_sendmmsg,
	SYS_getsockname,
	SYS_getpeername,
	SYS_getsockopt,
	SYS_setsockopt,
	SYS_shutdown,
	SYS_socketpair,
	SYS_pipe2,
	SYS_eventfd2,
	/* Threads, in which libcurl looks names up. */
	SYS_set_robust_list,
#ifdef SYS_rseq
	SYS_rseq,
#endif
};

enum test {
	IF_EQUAL,  /* argument ARG is VALUE */
	IF_CLEAR,  /* argument ARG has no bit of VALUE */
	IF_ANY,	   /* argument ARG has a bit of VALUE */
	IF_SELF,   /* argument ARG is our own process id */
	IF_STREAM, /* socket(): domain VALUE, type stream or datagram */
	ANSWER,	   /* never allowed: fails with errno VALUE instead of EPERM */
};

/* Calls that are judged by an argument. Rows of one call in a row are alternatives. */
struct rule {
	uint32_t nr;
	unsigned profiles; /* bit per enum sandbox_profile */
	enum test test;
	unsigned arg;
	uint32_t value;
};

#define P (1u << SANDBOX_PURE)
#define N (1u << SANDBOX_NETWORK)

static const struct rule rules[] = {
	/*
	 * Files. "Not there" and not "not allowed": libcrypto starts without its
	 * configuration file when there is none, and refuses to start when it may not
	 * read it.
	 */
	{ SYS_openat, P, ANSWER, 0, ENOENT },
	{ SYS_openat, N, IF_CLEAR, 2, OPEN_WRITES },
#ifdef SYS_open
	{ SYS_open, P, ANSWER, 0, ENOENT },
	{ SYS_open, N, IF_CLEAR, 1, OPEN_WRITES },
#endif
/* fstat(), as glibc spells it. */
#ifdef SYS_newfstatat
	{ SYS_newfstatat, P, IF_ANY, 3, AT_EMPTY_PATH },
#endif
#ifdef SYS_fstatat64
	{ SYS_fstatat64, P, IF_ANY, 3, AT_EMPTY_PATH },
#endif
	{ SYS_statx, P, IF_ANY, 2, AT_EMPTY_PATH },

	/* isatty(); and what libblkid asks of a disc. */
	{ SYS_ioctl, P | N, IF_EQUAL, 1, TCGETS },
	{ SYS_ioctl, P | N, IF_EQUAL, 1, FIONREAD },
	{ SYS_ioctl, N, IF_EQUAL, 1, FIONBIO },
	{ SYS_ioctl, P, IF_EQUAL, 1, BLKGETSIZE64 },
	{ SYS_ioctl, P, IF_EQUAL, 1, BLKSSZGET },
	{ SYS_ioctl, P, IF_EQUAL, 1, CDROM_GET_CAPABILITY },
	{ SYS_ioctl, P, IF_EQUAL, 1, CDROM_DRIVE_STATUS },
	{ SYS_ioctl, P, IF_EQUAL, 1, CDROM_LAST_WRITTEN },

	/* No local socket, no netlink, nothing raw. */
	{ SYS_socket, N, IF_STREAM, 0, AF_INET },
	{ SYS_socket, N, IF_STREAM, 0, AF_INET6 },

	/* Threads, never a process. clone3() has its flags in memory; glibc falls back to
	   clone(). */
	{ SYS_clone, N, IF_ANY, CLONE_FLAGS_ARG, CLONE_THREAD },
#ifdef SYS_clone3
	{ SYS_clone3, P | N, ANSWER, 0, ENOSYS },
#endif
	{ SYS_prctl, N, IF_EQUAL, 0, PR_SET_NAME },
	{ SYS_tgkill, P | N, IF_SELF, 0, 0 }, /* abort() */
#ifdef SYS_prlimit64
	{ SYS_prlimit64, N, IF_EQUAL, 0, 0 },
	{ SYS_prlimit64, N, IF_SELF, 0, 0 },
#endif
};

#undef P
#undef N

/* --- seccomp
 * ------------------------------------------------------------------------------ */

#ifdef OUR_ARCH

#define FILTER_MAX 700 /* instructions; the table above makes some 300 */

struct filter {
	struct sock_filter code[FILTER_MAX];
	unsigned short len;
	bool is_full;
};

static void put(struct filter *f, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	if (f->len >= FILTER_MAX) {
		f->is_full = true;
		return;
	}
	f->code[f->len++] = (struct sock_filter){ code, jt, jf, k };
}

static void put_load(struct filter *f, size_t offset)
{
	put(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The low half of a 64-bit argument: every argument we judge is an int to the kernel. */
static void put_load_arg(struct filter *f, unsigned arg)
{
	size_t at = offsetof(struct seccomp_data, args) + arg * sizeof(uint64_t);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	at += sizeof(uint32_t);
#endif
	put_load(f, at);
}

static void put_return(struct filter *f, uint32_t action)
{
	put(f, BPF_RET | BPF_K, action, 0, 0);
}

/* Ends in "allowed" if the test holds and goes on behind itself if not. */
static void put_test(struct filter *f, const struct rule *r)
{
	switch (r->test) {
	case IF_EQUAL:
		put_load_arg(f, r->arg);
		put(f, BPF_JMP | BPF_JEQ | BPF_K, r->value, 0, 1);
		break;
	case IF_SELF:
		put_load_arg(f, r->arg);
		put(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 0, 1);
		break;
	case IF_CLEAR:
		put_load_arg(f, r->arg);
		put(f, BPF_JMP | BPF_JSET | BPF_K, r->value, 1, 0);
		break;
	case IF_ANY:
		put_load_arg(f, r->arg);
		put(f, BPF_JMP | BPF_JSET | BPF_K, r->value, 0, 1);
		break;
	case IF_STREAM:
		put_load_arg(f, 0);
		put(f, BPF_JMP | BPF_JEQ | BPF_K, r->value, 0, 5);
		put_load_arg(f, 1);
		put(f, BPF_ALU | BPF_AND | BPF_K, 0xf, 0, 0);
		put(f, BPF_JMP | BPF_JEQ | BPF_K, SOCK_STREAM, 1, 0);
		put(f, BPF_JMP | BPF_JEQ | BPF_K, SOCK_DGRAM, 0, 1);
		break;
	case ANSWER:
		put_return(f, SECCOMP_RET_ERRNO | (r->value & SECCOMP_RET_DATA));
		return;
	}
	put_return(f, SECCOMP_RET_ALLOW);
}

static void put_calls(struct filter *f, const uint32_t *nrs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		put(f, BPF_JMP | BPF_JEQ | BPF_K, nrs[i], 0, 1);
		put_return(f, SECCOMP_RET_ALLOW);
	}
}

/* All rules for one call, from rules[I] on; returns the first index behind them. */
static size_t put_call(struct filter *f, size_t i, unsigned profile)
{
	uint32_t nr = rules[i].nr;
	unsigned short jump = f->len;
	bool is_any = false;

	put(f, BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 0);
	for (; i < ARRAY_LEN(rules) && rules[i].nr == nr; i++) {
		if ((rules[i].profiles & 1u << profile) == 0)
			continue;
		put_test(f, &rules[i]);
		is_any = true;
	}
	if (!is_any) {
		f->len = jump;
		return i;
	}
	put_return(f, SECCOMP_RET_ERRNO | EPERM);
	if (f->len - jump - 1 > UINT8_MAX)
		f->is_full = true;
	else if (!f->is_full)
		f->code[jump].jf = (uint8_t)(f->len - jump - 1);
	return i;
}

/*
 * Everything that is not named fails with EPERM and does not kill: libraries try things
 * (a netlink socket, a local cache daemon) and have a second way when they are refused. A
 * call in another architecture's numbering has no such excuse.
 */
static bool lock_calls(enum sandbox_profile profile)
{
	struct filter f = { .len = 0 };
	struct sock_fprog program;

	put_load(&f, offsetof(struct seccomp_data, arch));
	put(&f, BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0);
	put_return(&f, SECCOMP_RET_KILL_PROCESS);
	put_load(&f, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
	put(&f, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
	put_return(&f, SECCOMP_RET_KILL_PROCESS);
#endif
	put_calls(&f, calls_pure, ARRAY_LEN(calls_pure));
	if (profile == SANDBOX_NETWORK)
		put_calls(&f, calls_network, ARRAY_LEN(calls_network));
	for (size_t i = 0; i < ARRAY_LEN(rules);)
		i = put_call(&f, i, (unsigned)profile);
	put_return(&f, SECCOMP_RET_ERRNO | EPERM);
	if (f.is_full)
		return false;

	program = (struct sock_fprog){ .len = f.len, .filter = f.code };
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

#else

static bool lock_calls(unused_arg enum sandbox_profile profile)
{
	return false; /* an architecture whose numbers nobody has checked yet */
}

#endif

/* --- Landlock
 * ----------------------------------------------------------------------------- */

/* Our own copies: the headers of the build machine may be older than the kernel that
 * runs. */
struct landlock_ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

struct landlock_beneath {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((__packed__));

#define LL_VERSION_FLAG		 1u
#define LL_RULE_PATH_BENEATH	 1
#define LL_FS_READ_FILE		 (UINT64_C(1) << 2)
#define LL_FS_READ_DIR		 (UINT64_C(1) << 3)
#define LL_NET_BIND_TCP		 (UINT64_C(1) << 0)
#define LL_SCOPE_ABSTRACT_SOCKET (UINT64_C(1) << 0)
#define LL_SCOPE_SIGNAL		 (UINT64_C(1) << 1)
#define LL_ABI_KNOWN		 7

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset \
	444 /* the same number on every architecture since 5.13 */
#define SYS_landlock_add_rule	   445
#define SYS_landlock_restrict_self 446
#endif

/* All rights of the file system that an ABI knows: 13 at first, then refer, truncate,
 * ioctl. */
static uint64_t landlock_all_fs(int abi)
{
	unsigned count = 13;

	if (abi >= 2)
		count++;
	if (abi >= 3)
		count++;
	if (abi >= 5)
		count++;
	return (UINT64_C(1) << count) - 1;
}

static const char *const readable_dirs[] = {
	"/usr",
	"/lib",
	"/lib64",
	"/etc",
	/* resolv.conf is a link into one of these */
	"/run/systemd/resolve",
	"/run/NetworkManager",
	"/run/resolvconf",
};

static bool landlock_allow_reading(int ruleset, const char *path)
{
	struct landlock_beneath rule = { .allowed = LL_FS_READ_FILE | LL_FS_READ_DIR };
	cleanup_fd int dir = -1;

	if (fd_open_root(path, &dir, NULL) < 0)
		return true; /* nothing there to be allowed */
	rule.parent_fd = dir;
	return syscall(SYS_landlock_add_rule, ruleset, LL_RULE_PATH_BENEATH, &rule, 0) ==
	       0;
}

/* Returns the ABI in force or 0. */
static unsigned lock_files(enum sandbox_profile profile)
{
	struct landlock_ruleset attr = { 0 };
	cleanup_fd int ruleset = -1;
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LL_VERSION_FLAG);

	if (abi < 1)
		return 0;
	abi = MIN_OF(abi, LL_ABI_KNOWN);
	attr.fs = landlock_all_fs(abi);
	if (abi >= 4)
		attr.net = LL_NET_BIND_TCP;
	if (abi >= 6)
		attr.scoped = LL_SCOPE_ABSTRACT_SOCKET | LL_SCOPE_SIGNAL;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return 0;
	if (profile == SANDBOX_NETWORK)
		for (size_t i = 0; i < ARRAY_LEN(readable_dirs); i++)
			if (!landlock_allow_reading(ruleset, readable_dirs[i]))
				return 0;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return 0;
	return (unsigned)abi;
}

/* --- user
 * --------------------------------------------------------------------------------- */

#define NOBODY 65534 /* where even the name is missing */

struct ids {
	uid_t uid;
	gid_t gid;
};

/* "name:x:65534:65534:..." for NAME, and never root. */
static bool take_passwd_line(struct slice line, const char *name, struct ids *ret)
{
	struct slice parts[4];
	uint64_t uid, gid;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const char *colon = memchr(line.data, ':', line.len);

		if (colon == NULL)
			return false;
		parts[i] = (struct slice){ line.data, (size_t)(colon - line.data) };
		line.len -= parts[i].len + 1;
		line.data = colon + 1;
	}
	if (!slice_eq(parts[0], name) ||
	    str_to_u64(parts[2], UINT32_MAX - 1, &uid, NULL) < 0 ||
	    str_to_u64(parts[3], UINT32_MAX - 1, &gid, NULL) < 0 || uid == 0 || gid == 0)
		return false;
	*ret = (struct ids){ (uid_t)uid, (gid_t)gid };
	return true;
}

/*
 * Read from the file and not through the name service switch: that would load modules,
 * ask daemons and perhaps the network, as root, before any wall is up. Stops at the first
 * line for USER.
 */
static struct ids find_user(const char *user)
{
	struct ids found = { NOBODY, NOBODY };
	cleanup_fd int root = -1, fd = -1;
	cleanup_free char *line = NULL;
	size_t size = 0;
	ssize_t n;
	FILE *stream;

	if (fd_open_root("/", &root, NULL) < 0 ||
	    fd_open_at(root, "etc/passwd", O_RDONLY, &fd, NULL) < 0)
		return found;
	stream = fdopen(fd, "r");
	if (stream == NULL)
		return found;
	(void)TAKE_FD(fd); /* the stream has it now */
	while ((n = getline(&line, &size, stream)) > 0) {
		if (take_passwd_line((struct slice){ line, (size_t)n }, user, &found))
			break;
		(void)take_passwd_line((struct slice){ line, (size_t)n }, "nobody",
				       &found);
	}
	(void)fclose(stream); /* was only read */
	return found;
}

/* Also as a plain user: a program may have been given capabilities by its file or its
 * unit. */
static bool drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version =
							   _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0,
		    0); /* none before Linux 4.3 */
	return syscall(SYS_capset, &header, none) == 0;
}

static bool change_user(const char *user)
{
	struct ids to = find_user(user);
	uid_t is_r, is_e, is_s;

	/* All three of each: in a user namespace without these ids they fail, which is
	 * told. */
	if (setgroups(0, NULL) < 0 || setresgid(to.gid, to.gid, to.gid) < 0 ||
	    setresuid(to.uid, to.uid, to.uid) < 0)
		return false;
	return getresuid(&is_r, &is_e, &is_s) == 0 && is_r == to.uid && is_e == to.uid &&
	       is_s == to.uid && setuid(0) < 0;
}

static bool lock_user(const char *user)
{
	bool is_plain = geteuid() != 0 && getuid() != 0;
	bool is_fine = is_plain || change_user(user);

	if (!drop_capabilities())
		is_fine = false;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		is_fine = false;
	return is_fine;
}

/* --- sanitizers
 * --------------------------------------------------------------------------- */

#if HAS_ASAN
/* The leak detector starts a process that attaches to this one, which the walls rightly
 * refuse. */
int __lsan_is_turned_off(void);

static int *is_locked(void)
{
	static int locked;

	return &locked;
}

int __lsan_is_turned_off(void)
{
	return *is_locked();
}
#endif

int sandbox_enter(enum sandbox_profile profile, const char *user,
		  struct sandbox_result *ret, struct dw_err *err)
{
	struct sandbox_result got = { 0 };

#if HAS_ASAN
	*is_locked() = 1;
#else
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return dw_fail_errno(err, errno, "cannot forbid core dumps");
#endif
	got.uid = lock_user(user);
	got.landlock = lock_files(profile);
	got.seccomp = lock_calls(profile);
#ifdef DW_REQUIRED_WALLS
	if (!got.uid || got.landlock == 0 || !got.seccomp)
		return dw_fail(
			err, DW_REFUSED,
			"a wall is missing (user %s, Landlock %u, seccomp %s) and this build "
			"requires all of them",
			got.uid ? "yes" : "no", got.landlock, got.seccomp ? "yes" : "no");
#else
	(void)err; /* nothing else can go wrong here: what is missing is told in the
		      result */
#endif
	*ret = got;
	return 0;
}
