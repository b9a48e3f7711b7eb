/* SPDX-License-Identifier: Apache-2.0 */
/* XML to a small tree of elements and text; no DTD, no entities, no attributes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Elements are found by (namespace, local name), never by prefix: others rewrite these
 * documents with prefixes of their own. A document type declaration is refused where it
 * begins, so neither entities nor external files exist. The bytes are UTF-8, whatever the
 * declaration says; a byte order mark is skipped.
 */
struct xml_node {
	char *ns;   /* namespace URI, "" for none */
	char *name; /* local name */
	char *text; /* its own character data, all pieces together; never NULL */
	size_t text_len;
	bool is_nil; /* xsi:nil="true" or "1" */
	unsigned line, column;
	struct xml_node **children;
	size_t count, capacity;
	size_t text_size_; /* bytes allocated for text */
	size_t at_;	   /* which child of its parent it is */
};

void xml_free(struct xml_node *n); /* NULL is fine */
DEFINE_CLEANUP_PTR(struct xml_node, xml_free);
#define cleanup_xml cleanup_with(xml_free_cleanup_)

/*
 * At most MAX bytes, DW_NODES_MAX elements, DW_DEPTH_MAX levels. DW_MALFORMED and
 * DW_REFUSED (document type) name line and column. *RET is the caller's, xml_free();
 * untouched on failure.
 */
int xml_load(struct slice text, size_t max, struct xml_node **ret, struct dw_err *err)
	must_check;

/* Is N (may be NULL) the element NAME of namespace NS? */
bool xml_is(const struct xml_node *n, const char *ns, const char *name);

/* The first child of that name, or NULL (also when N is NULL). Borrowed. */
const struct xml_node *xml_child(const struct xml_node *n, const char *ns,
				 const char *name);

/* The next one after AFTER, a child of N; AFTER NULL gives the first. */
const struct xml_node *xml_next_child(const struct xml_node *n,
				      const struct xml_node *after, const char *ns,
				      const char *name);

/* Follows "SSH/PublicKeys" through children of one namespace. Borrowed, or NULL. */
const struct xml_node *xml_path(const struct xml_node *n, const char *ns,
				const char *path);

/* Its text without blanks around it; empty for NULL, nil and blank elements. Borrowed. */
struct slice xml_text(const struct xml_node *n);

/*
 * Appends the document to RET with everything inside the elements called one of
 * LOCAL_NAMES (NULL-terminated; any prefix, any namespace, ASCII case ignored) replaced
 * by REDACTED, every other byte unchanged. Empty elements stay as they are. What cannot
 * be parsed is not appended: a document whose secrets cannot be found must not be kept.
 */
int xml_redact(struct slice text, size_t max, const char *const *local_names,
	       struct dw_buf *ret, struct dw_err *err) must_check;
