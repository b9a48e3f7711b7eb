dnl SPDX-License-Identifier: Apache-2.0
dnl Libraries with the oldest versions we accept, kernel headers, installation paths.

AC_DEFUN([DW_LIBS], [
	PKG_PROG_PKG_CONFIG([0.29])

	dnl Both programs.
	PKG_CHECK_MODULES([CRYPTO], [libcrypto >= 3.0])
	PKG_CHECK_MODULES([YAML], [yaml-0.1 >= 0.2.2])

	dnl The fetcher alone.
	PKG_CHECK_MODULES([JSON], [json-c >= 0.15])
	PKG_CHECK_MODULES([EXPAT], [expat >= 2.4])
	PKG_CHECK_MODULES([ZLIB], [zlib >= 1.2.11])
	PKG_CHECK_MODULES([BLKID], [blkid >= 2.36])

	dnl Headers only: reach/http.c loads libcurl.so.4 when a request must be made.
	PKG_CHECK_MODULES([CURL], [libcurl >= 7.74])
	AC_SEARCH_LIBS([dlopen], [dl], [], [AC_MSG_ERROR([dlopen is missing])])
	AC_SEARCH_LIBS([pthread_create], [pthread])

	dnl Unit tests are left out of "make check" without cmocka.
	PKG_CHECK_MODULES([CMOCKA], [cmocka >= 1.1.3],
		[dw_have_cmocka=yes], [dw_have_cmocka=no])
	AM_CONDITIONAL([HAVE_CMOCKA], [test "x$dw_have_cmocka" = xyes])
	AC_PATH_PROG([PYTHON3], [python3], [python3])
])

dnl DW_KERNEL: what the build machine's kernel headers know; the running kernel is asked
dnl again at run time, so a missing header costs no wall.
AC_DEFUN([DW_KERNEL], [
	AC_CHECK_HEADERS([linux/landlock.h linux/openat2.h sys/random.h])
	AC_CHECK_FUNCS([close_range memfd_create explicit_bzero])
	AC_CHECK_DECLS([LANDLOCK_ACCESS_FS_REFER, LANDLOCK_ACCESS_FS_TRUNCATE,
	                LANDLOCK_ACCESS_NET_CONNECT_TCP, LANDLOCK_SCOPE_SIGNAL],
		[], [], [[
#ifdef HAVE_LINUX_LANDLOCK_H
#include <linux/landlock.h>
#endif
]])
])

dnl DW_PATHS: everything below the prefix unless the packager says otherwise.
AC_DEFUN([DW_PATHS], [
	AC_ARG_WITH([fetch-user],
		[AS_HELP_STRING([--with-fetch-user=NAME], [unprivileged user of doorward-fetch])],
		[DW_FETCH_USER=$withval], [DW_FETCH_USER=doorward-fetch])
	AC_SUBST([DW_FETCH_USER])
	AC_DEFINE_UNQUOTED([DW_FETCH_USER], ["$DW_FETCH_USER"],
		[The account doorward-fetch drops to.])

	AC_ARG_WITH([systemdsystemunitdir],
		[AS_HELP_STRING([--with-systemdsystemunitdir=DIR], [systemd units])],
		[systemdsystemunitdir=$withval],
		[systemdsystemunitdir='${prefix}/lib/systemd/system'])
	AC_SUBST([systemdsystemunitdir])
	AC_ARG_WITH([sysusersdir],
		[AS_HELP_STRING([--with-sysusersdir=DIR], [sysusers.d snippets])],
		[sysusersdir=$withval], [sysusersdir='${prefix}/lib/sysusers.d'])
	AC_SUBST([sysusersdir])
	AC_ARG_WITH([tmpfilesdir],
		[AS_HELP_STRING([--with-tmpfilesdir=DIR], [tmpfiles.d snippets])],
		[tmpfilesdir=$withval], [tmpfilesdir='${prefix}/lib/tmpfiles.d'])
	AC_SUBST([tmpfilesdir])
	AC_ARG_WITH([bashcompletiondir],
		[AS_HELP_STRING([--with-bashcompletiondir=DIR], [bash completions])],
		[bashcompletiondir=$withval],
		[bashcompletiondir='${datadir}/bash-completion/completions'])
	AC_SUBST([bashcompletiondir])
])
