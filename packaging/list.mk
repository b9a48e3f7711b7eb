# SPDX-License-Identifier: Apache-2.0
# What "make install" places besides the programs: units, sysusers, tmpfiles, completion.
# Directories known from configure: systemdsystemunitdir sysusersdir tmpfilesdir
# bashcompletiondir. $(do_subst) < x.in > x fills in @bindir@, @pkglibexecdir@, @FETCH_USER@.

packaging_filled = \
	packaging/systemd/doorward-local.service \
	packaging/systemd/doorward.service \
	packaging/sysusers.d/doorward.conf \
	# EOL
CLEANFILES += $(packaging_filled)

nodist_systemdsystemunit_DATA = \
	packaging/systemd/doorward-local.service \
	packaging/systemd/doorward.service \
	# EOL

nodist_sysusers_DATA = packaging/sysusers.d/doorward.conf

dist_tmpfiles_DATA = packaging/tmpfiles.d/doorward.conf

doorwardconfdir = $(sysconfdir)/doorward
dist_doorwardconf_DATA = packaging/doorward.yaml

dist_bashcompletion_DATA = packaging/completion/doorward

# For distributions that make host keys in a unit of their own (Fedora, Debian 13).
sshdkeygendir = $(systemdsystemunitdir)/sshd-keygen.service.d
sshdkeygentemplatedir = $(systemdsystemunitdir)/sshd-keygen@.service.d
install-data-local:
	$(MKDIR_P) "$(DESTDIR)$(sshdkeygendir)" "$(DESTDIR)$(sshdkeygentemplatedir)"
	$(INSTALL_DATA) "$(srcdir)/packaging/systemd/sshd-keygen-doorward.conf" \
		"$(DESTDIR)$(sshdkeygendir)/doorward.conf"
	$(INSTALL_DATA) "$(srcdir)/packaging/systemd/sshd-keygen-doorward.conf" \
		"$(DESTDIR)$(sshdkeygentemplatedir)/doorward.conf"
uninstall-local:
	rm -f "$(DESTDIR)$(sshdkeygendir)/doorward.conf" \
		"$(DESTDIR)$(sshdkeygentemplatedir)/doorward.conf"
	-rmdir "$(DESTDIR)$(sshdkeygendir)" "$(DESTDIR)$(sshdkeygentemplatedir)" 2>/dev/null

$(packaging_filled): Makefile
	$(AM_V_GEN)$(MKDIR_P) "$(@D)" && $(do_subst) "$(srcdir)/$@.in" >"$@.new" && mv "$@.new" "$@"
packaging/systemd/doorward-local.service: $(srcdir)/packaging/systemd/doorward-local.service.in
packaging/systemd/doorward.service: $(srcdir)/packaging/systemd/doorward.service.in
packaging/sysusers.d/doorward.conf: $(srcdir)/packaging/sysusers.d/doorward.conf.in
