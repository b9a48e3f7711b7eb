# SPDX-License-Identifier: Apache-2.0
# datasources/list.mk to the C table of rows: "datasources/x.c" becomes &ds_x, in order.

/^DATASOURCES[ \t]*=/ { is_inside = 1; next }
is_inside && /^[ \t]*#/ { is_inside = 0 }
is_inside {
	name = $1
	if (name !~ /^datasources\/[a-z0-9_]+\.c$/) {
		print FILENAME ":" FNR ": not a datasource: " name > "/dev/stderr"
		failed = 1
		exit 1
	}
	sub(/^datasources\//, "", name)
	sub(/\.c$/, "", name)
	names[++count] = name
	if ($2 != "\\")
		is_inside = 0
}
END {
	if (failed || !count)
		exit 1
	print "/* SPDX-License-Identifier: Apache-2.0 */"
	print "/* Made from datasources/list.mk by datasources/table.awk: change that list instead. */"
	print "#include \"datasources/datasource.h\"\n"
	for (i = 1; i <= count; i++)
		print "extern const struct datasource ds_" names[i] ";"
	print "\nconst struct datasource *const datasources[] = {"
	for (i = 1; i <= count; i++)
		print "\t&ds_" names[i] ","
	print "\tNULL,\n};"
}
