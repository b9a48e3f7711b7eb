/* SPDX-License-Identifier: Apache-2.0 */
/* What firmware, kernel command line and labelled media say about where we are. */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "model/field.h"

/*
 * Facts are collected without a single packet (reach/facts_read.h) and judged by pure
 * functions (datasources/detect.h). DMI values that were never set (all 0xff, "None",
 * "Not Specified") are unset here; in a container every DMI fact is unset, because it is
 * the host's.
 */
enum dmi_field {
	DMI_SYS_VENDOR,
	DMI_PRODUCT_NAME,
	DMI_PRODUCT_VERSION,
	DMI_PRODUCT_SERIAL,
	DMI_PRODUCT_UUID,
	DMI_PRODUCT_FAMILY,
	DMI_BOARD_VENDOR,
	DMI_BOARD_NAME,
	DMI_BOARD_SERIAL,
	DMI_BOARD_ASSET_TAG,
	DMI_CHASSIS_VENDOR,
	DMI_CHASSIS_SERIAL,
	DMI_CHASSIS_ASSET_TAG,
	DMI_BIOS_VENDOR,
	DMI_FIELD_MAX_
};

/* File names in sysfs: "sys_vendor". */
extern const char *const dmi_field_names[DMI_FIELD_MAX_];

/* A block device with something readable on it. */
struct medium {
	char *device; /* "sr0", "vdb1" */
	char *fstype; /* "iso9660", "vfat", "udf" */
	char *label;  /* "" when it has none */
	bool is_optical;
};

struct facts {
	struct field dmi[DMI_FIELD_MAX_];
	char *cmdline; /* /proc/cmdline without its newline; "" when there is none */
	bool is_container;
	bool is_efi; /* /sys/firmware/efi exists: on Azure a generation 2 machine */
	struct medium *media;
	size_t media_count, media_capacity;
	struct string_list seed_dirs; /* those that hold what they must: "nocloud" */
};

void facts_init(struct facts *f);
void facts_done(struct facts *f);
#define cleanup_facts cleanup_with(facts_done)

int facts_add_medium(struct facts *f, const char *device, const char *fstype,
		     const char *label, bool is_optical, struct dw_err *err) must_check;

/*
 * The value of KEY=value or the bare word KEY ("") on the kernel command line, quotes
 * respected as the kernel does; the last one counts. Borrowed from F. False when KEY is
 * not there.
 */
bool facts_cmdline_get(const struct facts *f, const char *key, struct slice *ret);

/*
 * Sets one DMI fact from what firmware says: blanks around it are cut, and a value that
 * was never set (nothing, all 0xff, "None", "Not Specified", ...) or is no line of text
 * leaves it unset.
 */
int facts_set_dmi(struct facts *f, enum dmi_field field, struct slice value,
		  struct dw_err *err) must_check;

/*
 * One text form for fixtures and `detect --json`-like debugging: lines
 * "dmi.sys_vendor=...", "cmdline=...", "container=yes", "efi=yes", "medium=sr0 iso9660
 * optical cidata" (or "disk"; the label is the rest of the line), "seed=nocloud". Empty
 * lines and those beginning with '#' are skipped; anything else is DW_MALFORMED with its
 * line. RET is initialised by this call, and empty on failure.
 */
int facts_read_text(struct slice text, struct facts *ret, struct dw_err *err) must_check;
