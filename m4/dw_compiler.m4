dnl SPDX-License-Identifier: Apache-2.0
dnl The per-flag probe, and the groups every build gets: dialect, warnings, sections.

dnl DW_REMEMBER_FLAGS: was CFLAGS given by the person who runs configure?
AC_DEFUN([DW_REMEMBER_FLAGS], [
	dw_user_cflags=${CFLAGS+given}
	DW_CFLAGS=
	DW_LDFLAGS=
	AC_SUBST([DW_CFLAGS])
	AC_SUBST([DW_LDFLAGS])
])

dnl DW_ADD_CFLAGS(FLAG...): each flag is tried alone and added to DW_CFLAGS when it works.
AC_DEFUN([DW_ADD_CFLAGS], [
	for dw_flag in m4_normalize([$1]); do
		AS_VAR_PUSHDEF([dw_cv], [dw_cv_cflag_$dw_flag])
		AC_CACHE_CHECK([whether $CC takes $dw_flag], [dw_cv], [
			dw_save_cflags=$CFLAGS
			CFLAGS="$CFLAGS -Werror $dw_flag"
			AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
				[AS_VAR_SET([dw_cv], [yes])], [AS_VAR_SET([dw_cv], [no])])
			CFLAGS=$dw_save_cflags
		])
		AS_VAR_IF([dw_cv], [yes], [DW_CFLAGS="$DW_CFLAGS $dw_flag"])
		AS_VAR_POPDEF([dw_cv])
	done
])

dnl DW_ADD_LDFLAGS(FLAG...): the same with a link step, into DW_LDFLAGS.
AC_DEFUN([DW_ADD_LDFLAGS], [
	for dw_flag in m4_normalize([$1]); do
		AS_VAR_PUSHDEF([dw_cv], [dw_cv_ldflag_$dw_flag])
		AC_CACHE_CHECK([whether $CC links with $dw_flag], [dw_cv], [
			dw_save_ldflags=$LDFLAGS
			LDFLAGS="$LDFLAGS -Werror $dw_flag"
			AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
				[AS_VAR_SET([dw_cv], [yes])], [AS_VAR_SET([dw_cv], [no])])
			LDFLAGS=$dw_save_ldflags
		])
		AS_VAR_IF([dw_cv], [yes], [DW_LDFLAGS="$DW_LDFLAGS $dw_flag"])
		AS_VAR_POPDEF([dw_cv])
	done
])

dnl DW_ADD_SANITIZER(FLAG): one flag that both the compiler and the linker must see.
AC_DEFUN([DW_ADD_SANITIZER], [
	AS_VAR_PUSHDEF([dw_cv], [dw_cv_sanitize_$1])
	AC_CACHE_CHECK([whether $CC builds with $1], [dw_cv], [
		dw_save_cflags=$CFLAGS
		CFLAGS="$CFLAGS -Werror $1"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
			[AS_VAR_SET([dw_cv], [yes])], [AS_VAR_SET([dw_cv], [no])])
		CFLAGS=$dw_save_cflags
	])
	AS_VAR_IF([dw_cv], [yes], [
		DW_CFLAGS="$DW_CFLAGS $1"
		DW_LDFLAGS="$DW_LDFLAGS $1"
	])
	AS_VAR_POPDEF([dw_cv])
])

dnl DW_DIALECT: the language we write in; a compiler without it cannot build us.
AC_DEFUN([DW_DIALECT], [
	DW_ADD_CFLAGS([-std=gnu17])
	AS_CASE([$DW_CFLAGS], [*-std=gnu17*], [],
		[AC_MSG_ERROR([$CC does not take -std=gnu17])])
	DW_ADD_CFLAGS([-fno-common -fno-strict-aliasing])
])

dnl DW_WARNINGS: told always, fatal only with --enable-devel.
AC_DEFUN([DW_WARNINGS], [
	DW_ADD_CFLAGS([
		-Wall
		-Wextra
		-Wformat=2
		-Wshadow
		-Wstrict-prototypes
		-Wmissing-prototypes
		-Wmissing-declarations
		-Wold-style-definition
		-Wpointer-arith
		-Wwrite-strings
		-Wcast-qual
		-Wundef
		-Wvla
		-Walloca
		-Wnull-dereference
		-Wimplicit-fallthrough
		-Wswitch-enum
		-Wdate-time
		-Wduplicated-cond
		-Wduplicated-branches
		-Wlogical-op
	])
])

dnl DW_SECTIONS: let the linker drop what a program does not call.
AC_DEFUN([DW_SECTIONS], [
	DW_ADD_CFLAGS([-ffunction-sections -fdata-sections])
	DW_ADD_LDFLAGS([-Wl,--gc-sections -Wl,--as-needed])
])

dnl DW_LTO: --enable-lto; the archiver must then understand the compiler's objects.
AC_DEFUN([DW_LTO], [
	AC_ARG_ENABLE([lto],
		[AS_HELP_STRING([--enable-lto], [optimise across files at link time])],
		[], [enable_lto=no])
	AS_IF([test "x$enable_lto" = xyes], [
		AS_CASE([$CC], [*clang*], [
			AC_CHECK_TOOLS([AR], [llvm-ar llvm-ar-14 ar])
			AC_CHECK_TOOLS([RANLIB], [llvm-ranlib llvm-ranlib-14 ranlib])
			DW_ADD_SANITIZER([-flto])
		], [
			AC_CHECK_TOOLS([AR], [gcc-ar ar])
			AC_CHECK_TOOLS([RANLIB], [gcc-ranlib ranlib])
			DW_ADD_SANITIZER([-flto=auto])
		])
	])
])
