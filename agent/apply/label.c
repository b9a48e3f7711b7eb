/* SPDX-License-Identifier: Apache-2.0 */
/* The only user of libselinux, by dlopen(3): a package must not depend on it for the
 * hosts without. */
#include "apply/label.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/macros.h"

#define BACKEND_FILE_CONTEXTS 0 /* SELABEL_CTX_FILE of selinux/label.h */

struct labeller {
	void *handle; /* struct selabel_handle, NULL: no labels here */
	int (*lookup)(void *handle, char **ret, const char *path, int mode);
	int (*set_create)(const char *context);
	void (*free_context)(char *context);
};

/* Read once per process: the policy's file contexts take tens of milliseconds to load. */
static struct labeller labeller_;
static pthread_once_t labeller_once = PTHREAD_ONCE_INIT;

static void *symbol(void *library, const char *name)
{
	void *p = dlsym(library, name);

	if (p == NULL)
		log_debug("libselinux lacks %s: files keep the kernel's label", name);
	return p;
}

/* ISO C has no cast from an object to a function pointer; POSIX makes this one work. */
#define BIND(function, library, name)                 \
	({                                            \
		void *p_ = symbol((library), (name)); \
		memcpy(&(function), &p_, sizeof(p_)); \
		p_ != NULL;                           \
	})

static void labeller_load(void)
{
	int (*is_enabled)(void) = NULL;
	void *(*open_handle)(unsigned backend, const void *options, unsigned count) =
		NULL;
	struct labeller l = { 0 };
	void *library;

	if (access("/sys/fs/selinux/enforce", F_OK) < 0)
		return;
	library = dlopen("libselinux.so.1", RTLD_NOW | RTLD_LOCAL);
	if (library == NULL) {
		log_debug(
			"SELinux is there but not libselinux: files keep the kernel's label");
		return;
	}
	if (!BIND(is_enabled, library, "is_selinux_enabled") ||
	    !BIND(open_handle, library, "selabel_open") ||
	    !BIND(l.lookup, library, "selabel_lookup_raw") ||
	    !BIND(l.set_create, library, "setfscreatecon_raw") ||
	    !BIND(l.free_context, library, "freecon") || is_enabled() <= 0) {
		(void)dlclose(library);
		return;
	}
	l.handle = open_handle(BACKEND_FILE_CONTEXTS, NULL, 0);
	labeller_ = l;
}

void label_prepare(void)
{
	(void)pthread_once(&labeller_once, labeller_load);
}

void label_begin(int dir_fd, const char *name, mode_t mode)
{
	char link[64], dir[PATH_MAX], path[PATH_MAX + 256];
	char *context = NULL;
	ssize_t n;

	label_prepare();
	if (labeller_.handle == NULL)
		return;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", dir_fd);
	n = readlink(link, dir, sizeof(dir) - 1);
	if (n <= 0)
		return;
	dir[n] = '\0';
	(void)snprintf(path, sizeof(path), "%s/%s", n > 1 ? dir : "", name);
	if (labeller_.lookup(labeller_.handle, &context, path, (int)mode) < 0) {
		log_debug("no SELinux label for %s", path);
		return;
	}
	if (labeller_.set_create(context) < 0)
		log_debug("cannot set the SELinux label of %s: %m", path);
	labeller_.free_context(context);
}

void label_end(void)
{
	if (labeller_.handle != NULL)
		(void)labeller_.set_create(NULL);
}
