# SPDX-License-Identifier: Apache-2.0
# What "make install" places besides the programs: units, sysusers, tmpfiles, completion.
# Directories known from configure: systemdsystemunitdir sysusersdir tmpfilesdir
# bashcompletiondir. $(do_subst) < x.in > x fills in @bindir@, @pkglibexecdir@, @FETCH_USER@.
