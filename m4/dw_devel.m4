dnl SPDX-License-Identifier: Apache-2.0
dnl Switches for the people who work on doorward: sanitizers, fuzzing, coverage.

AC_DEFUN([DW_DEVEL], [
	AC_ARG_ENABLE([devel],
		[AS_HELP_STRING([--enable-devel], [warnings are errors; ASan and UBSan])],
		[], [enable_devel=no])
	AC_ARG_ENABLE([fuzzing],
		[AS_HELP_STRING([--enable-fuzzing], [fuzz targets as libFuzzer programs (clang)])],
		[], [enable_fuzzing=no])
	AC_ARG_ENABLE([coverage],
		[AS_HELP_STRING([--enable-coverage], [count executed lines (gcov)])],
		[], [enable_coverage=no])

	dnl Fuzzing without sanitizers finds a tenth of what it could.
	AS_IF([test "x$enable_fuzzing" = xyes], [enable_devel=yes])
	AS_IF([test "x$enable_devel" = xyes], [
		AS_IF([test "x$dw_user_cflags" != xgiven], [CFLAGS="-O1 -g"])
		dnl The pattern makes what was never set fail at once instead of being zero by luck.
		DW_ADD_CFLAGS([-Werror -fno-omit-frame-pointer -ftrivial-auto-var-init=pattern])
		DW_ADD_SANITIZER([-fsanitize=address])
		DW_ADD_SANITIZER([-fsanitize=undefined])
		DW_ADD_CFLAGS([-fno-sanitize-recover=all])
	])

	FUZZ_LIBS=
	AS_IF([test "x$enable_fuzzing" = xyes], [
		DW_ADD_SANITIZER([-fsanitize=fuzzer-no-link])
		AS_CASE([$DW_CFLAGS], [*fuzzer-no-link*], [],
			[AC_MSG_ERROR([--enable-fuzzing needs clang with libFuzzer])])
		FUZZ_LIBS=-fsanitize=fuzzer
	])
	AC_SUBST([FUZZ_LIBS])
	AM_CONDITIONAL([FUZZING], [test "x$enable_fuzzing" = xyes])

	AS_IF([test "x$enable_coverage" = xyes], [DW_ADD_SANITIZER([--coverage])])
])
