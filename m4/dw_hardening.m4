dnl SPDX-License-Identifier: Apache-2.0
dnl The hardening group: each flag probed alone, all of them off with --disable-hardening.

AC_DEFUN([DW_HARDENING], [
	AC_ARG_ENABLE([hardening],
		[AS_HELP_STRING([--disable-hardening], [leave the hardening flags out])],
		[], [enable_hardening=yes])
	AS_IF([test "x$enable_hardening" = xyes], [
		DW_ADD_CFLAGS([-fPIE])
		DW_ADD_LDFLAGS([-pie])
		DW_ADD_CFLAGS([
			-fstack-protector-strong
			-fstack-clash-protection
			-fstrict-flex-arrays=3
		])
		AS_CASE([$host_cpu],
			[x86_64|i?86], [DW_ADD_CFLAGS([-fcf-protection=full])],
			[aarch64*], [DW_ADD_CFLAGS([-mbranch-protection=standard])])
		DW_ADD_LDFLAGS([-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack])
		dnl These hide what the sanitizers look for, so devel goes without.
		AS_IF([test "x$enable_devel" != xyes], [
			DW_ADD_CFLAGS([
				-ftrivial-auto-var-init=zero
				-fzero-call-used-regs=used-gpr
			])
			DW_FORTIFY
		])
	])
])

dnl DW_FORTIFY: only with an optimising build, and never against the packager's own level.
AC_DEFUN([DW_FORTIFY], [
	AS_CASE([" $CPPFLAGS $CFLAGS "],
		[*_FORTIFY_SOURCE*], [],
		[*" -O0 "*], [],
		[*" -O"*], [DW_ADD_CFLAGS([-D_FORTIFY_SOURCE=3])])
])
