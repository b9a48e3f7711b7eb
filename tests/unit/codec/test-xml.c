/* SPDX-License-Identifier: Apache-2.0 */
/* XML: namespaces, not prefixes; no document types; redaction that no prefix escapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "codec/xml.h"

#define WA  "http://schemas.microsoft.com/windowsazure"
#define XSI "http://www.w3.org/2001/XMLSchema-instance"

static struct xml_node *load(const char *text)
{
	struct xml_node *n = NULL;
	struct dw_err err = { 0 };

	if (xml_load(slice_of(text), DW_DOC_MAX, &n, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	return n;
}

static void check_names(const char *text)
{
	cleanup_xml struct xml_node *n = load(text);

	assert_true(xml_is(n, "urn:e", "Environment"));
	assert_true(slice_eq(xml_text(xml_path(n, WA, "Section/Host")), "myvm"));
	assert_null(xml_path(n, "", "Section/Host"));
	assert_null(xml_path(n, WA, "Section/Nothing"));
}

static void test_prefixes_do_not_matter(unused_arg void **state)
{
	check_names("<Environment xmlns='urn:e' xmlns:wa='" WA "'><wa:Section>"
		    "<Host xmlns='" WA "'>myvm</Host></wa:Section></Environment>");
	check_names("<ns0:Environment xmlns:ns0='urn:e' xmlns:ns1='" WA "'><ns1:Section>"
		    "<ns1:Host>\n myvm\t</ns1:Host></ns1:Section></ns0:Environment>");
	check_names("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
		    "<Environment xmlns='urn:e'><Section xmlns='" WA "'><Host>myvm</Host>"
		    "</Section></Environment>\n");
}

static void test_text_is_put_together(unused_arg void **state)
{
	cleanup_xml struct xml_node *n =
		load("<a>x &amp; <b>in</b>&#233;<!-- c --><![CDATA[<y>]]><?p i?></a>");

	assert_string_equal(n->text, "x & \xc3\xa9<y>");
	assert_int_equal(n->text_len, strlen(n->text));
	assert_string_equal(n->ns, "");
	assert_int_equal(n->count, 1);
	assert_string_equal(xml_child(n, "", "b")->text, "in");
}

static void test_nil_and_blank_are_empty(unused_arg void **state)
{
	cleanup_xml struct xml_node *n =
		load("<a xmlns:i='" XSI "'><n i:nil='true'>x</n>"
		     "<m i:nil='false'>x</m><e/><w> \n </w></a>");

	assert_true(xml_child(n, "", "n")->is_nil);
	assert_int_equal(xml_text(xml_child(n, "", "n")).len, 0);
	assert_false(xml_child(n, "", "m")->is_nil);
	assert_true(slice_eq(xml_text(xml_child(n, "", "m")), "x"));
	assert_int_equal(xml_text(xml_child(n, "", "e")).len, 0);
	assert_int_equal(xml_text(xml_child(n, "", "w")).len, 0);
	assert_int_equal(xml_text(NULL).len, 0);
}

static void test_walk_over_siblings(unused_arg void **state)
{
	cleanup_xml struct xml_node *n = load("<a><k>1</k><x/><k>2</k><k>3</k></a>");
	const struct xml_node *k = NULL;
	char seen[4] = "";
	size_t count = 0;

	while ((k = xml_next_child(n, k, "", "k")) != NULL)
		seen[count++] = k->text[0];
	assert_string_equal(seen, "123");
	assert_null(xml_child(NULL, "", "k"));
	assert_null(xml_path(NULL, "", "k"));
	assert_false(xml_is(NULL, "", "a"));
}

static void test_places(unused_arg void **state)
{
	cleanup_xml struct xml_node *n = load("<a>\n  <b/>\n</a>");

	assert_int_equal(n->children[0]->line, 2);
	assert_int_equal(n->children[0]->column, 3);
}

static void test_hostile_documents(unused_arg void **state)
{
	static const struct {
		const char *name, *text;
		int result;
	} rows[] = {
		{ "billion-laughs",
		  "<!DOCTYPE a [<!ENTITY x 'ha'><!ENTITY y '&x;&x;'>]><a>&y;</a>",
		  -DW_REFUSED },
		{ "external-entity",
		  "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
		  -DW_REFUSED },
		{ "external-dtd", "<!DOCTYPE a SYSTEM 'http://example.org/a.dtd'><a/>",
		  -DW_REFUSED },
		{ "parameter-entity",
		  "<!DOCTYPE a [<!ENTITY % p '<!ENTITY x \"y\">'>%p;]><a/>",
		  -DW_REFUSED },
		{ "plain-doctype", "<!DOCTYPE a><a/>", -DW_REFUSED },
		{ "unknown-entity", "<a>&x;</a>", -DW_MALFORMED },
		{ "empty", "", -DW_MALFORMED },
		{ "blank", " \n", -DW_MALFORMED },
		{ "torn", "<a><b>", -DW_MALFORMED },
		{ "crossed", "<a><b></a></b>", -DW_MALFORMED },
		{ "two-roots", "<a/><b/>", -DW_MALFORMED },
		{ "text-behind", "<a/>x", -DW_MALFORMED },
		{ "junk-in-front", "x<a/>", -DW_MALFORMED },
		{ "unbound-prefix", "<p:a/>", -DW_MALFORMED },
		{ "attribute-twice", "<a x='1' x='2'/>", -DW_MALFORMED },
		{ "bad-utf8", "<a>\xff</a>", -DW_MALFORMED },
		{ "latin1-declared",
		  "<?xml version='1.0' encoding='iso-8859-1'?><a>\xe9</a>",
		  -DW_MALFORMED },
		{ "utf-16-mark", "\xff\xfe<", -DW_MALFORMED },
		{ "separator-in-namespace", "<a xmlns='u&#10;x'/>", -DW_MALFORMED },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		static const char *const names[] = { "secret", NULL };
		cleanup_buf struct dw_buf b = BUF_INIT(100);
		struct xml_node *n = NULL;
		struct dw_err err = { 0 };
		int r = xml_load(slice_of(rows[i].text), DW_DOC_MAX, &n, &err);

		if (r != rows[i].result)
			fail_msg("%s gave %d: %s", rows[i].name, r, err.message);
		assert_null(n);
		assert_int_equal(
			xml_redact(slice_of(rows[i].text), DW_DOC_MAX, names, &b, NULL),
			rows[i].result);
		assert_int_equal(b.len, 0);
	}
}

static void test_nul_is_refused(unused_arg void **state)
{
	struct xml_node *n = NULL;

	assert_int_equal(xml_load((struct slice){ "<a>\0</a>", 8 }, 100, &n, NULL),
			 -DW_MALFORMED);
	assert_int_equal(xml_load((struct slice){ NULL, 0 }, 100, &n, NULL),
			 -DW_MALFORMED);
}

static void test_depth_limit(unused_arg void **state)
{
	for (size_t depth = DW_DEPTH_MAX - 1; depth <= DW_DEPTH_MAX + 1; depth++) {
		cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
		cleanup_xml struct xml_node *n = NULL;

		for (size_t i = 0; i < depth; i++)
			assert_int_equal(buf_append_str(&b, "<a>", NULL), 0);
		for (size_t i = 0; i < depth; i++)
			assert_int_equal(buf_append_str(&b, "</a>", NULL), 0);
		assert_int_equal(xml_load(slice_of_buf(&b), DW_DOC_MAX, &n, NULL),
				 depth <= DW_DEPTH_MAX ? 0 : -DW_TOO_BIG);
	}
}

/* COUNT times PIECE; a '#' in it becomes the number of the piece. */
static int load_many(size_t count, const char *front, const char *piece, const char *back)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
	cleanup_xml struct xml_node *n = NULL;

	assert_int_equal(buf_append_str(&b, front, NULL), 0);
	for (size_t i = 0; i < count; i++)
		for (const char *p = piece; *p != '\0'; p++)
			assert_int_equal(*p == '#'
						 ? buf_printf(&b, NULL, "%zu", i)
						 : buf_append_byte(&b, (uint8_t)*p, NULL),
					 0);
	assert_int_equal(buf_append_str(&b, back, NULL), 0);
	return xml_load(slice_of_buf(&b), DW_DOC_MAX, &n, NULL);
}

static void test_element_limit(unused_arg void **state)
{
	assert_int_equal(load_many(DW_NODES_MAX - 2, "<a>", "<b/>", "</a>"), 0);
	assert_int_equal(load_many(DW_NODES_MAX - 1, "<a>", "<b/>", "</a>"), 0);
	assert_int_equal(load_many(DW_NODES_MAX, "<a>", "<b/>", "</a>"), -DW_TOO_BIG);
}

static void test_attribute_limit(unused_arg void **state)
{
	assert_int_equal(load_many(DW_NODES_MAX - 1, "<a ", "a#='' ", "/>"), 0);
	assert_int_equal(load_many(DW_NODES_MAX, "<a ", "a# = \"\" ", "/>"), 0);
	assert_int_equal(load_many(DW_NODES_MAX + 1, "<a ", "a#='' ", "/>"), -DW_TOO_BIG);
	assert_int_equal(load_many(DW_NODES_MAX + 1, "<a ", "xmlns:a#='u' ", "/>"),
			 -DW_TOO_BIG);
}

static void test_size_limit(unused_arg void **state)
{
	cleanup_xml struct xml_node *n = NULL;

	assert_int_equal(xml_load(SLICE("<a/>"), 3, &n, NULL), -DW_TOO_BIG);
	assert_int_equal(xml_load(SLICE("<a/>"), 4, &n, NULL), 0);
}

static void check_redaction(const char *text, const char *expected)
{
	static const char *const names[] = { "UserPassword", "AdminPassword",
					     "CustomData", NULL };
	cleanup_buf struct dw_buf b = BUF_INIT(4096);
	struct dw_err err = { 0 };

	if (xml_redact(slice_of(text), DW_DOC_MAX, names, &b, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	assert_string_equal(b.data, expected);
}

static void test_redaction(unused_arg void **state)
{
	check_redaction("<a/>", "<a/>");
	check_redaction("<a><UserPassword>x&amp;y</UserPassword> <b/></a>\n",
			"<a><UserPassword>REDACTED</UserPassword> <b/></a>\n");
	check_redaction(
		"<a xmlns:wa='u'><wa:UserPassword i='1' >x</wa:UserPassword ></a>",
		"<a xmlns:wa='u'><wa:UserPassword i='1' >REDACTED</wa:UserPassword ></a>");
	check_redaction("<a xmlns='u'><adminpassword>x</adminpassword></a>",
			"<a xmlns='u'><adminpassword>REDACTED</adminpassword></a>");
	check_redaction("<a><CustomData><![CDATA[<x>]]><!-- y --></CustomData></a>",
			"<a><CustomData>REDACTED</CustomData></a>");
	check_redaction("<a><CustomData><UserPassword>x</UserPassword></CustomData>t</a>",
			"<a><CustomData>REDACTED</CustomData>t</a>");
	check_redaction("<a><CustomData><CustomData/>x</CustomData></a>",
			"<a><CustomData>REDACTED</CustomData></a>");
	check_redaction("<a><UserPassword/><UserPassword></UserPassword></a>",
			"<a><UserPassword/><UserPassword></UserPassword></a>");
	check_redaction(
		"\xef\xbb\xbf<?xml version='1.0'?>\r\n<CustomData>\r\nQQ==\r\n</CustomData>\r\n",
		"\xef\xbb\xbf<?xml version='1.0'?>\r\n<CustomData>REDACTED</CustomData>\r\n");
	check_redaction(
		"<a><UserPasswordHint>x</UserPasswordHint><Password>y</Password></a>",
		"<a><UserPasswordHint>x</UserPasswordHint><Password>y</Password></a>");
	check_redaction(
		"<a><UserPassword>1</UserPassword><AdminPassword>2</AdminPassword></a>",
		"<a><UserPassword>REDACTED</UserPassword>"
		"<AdminPassword>REDACTED</AdminPassword></a>");
}

static void test_redaction_appends_and_respects_its_ceiling(unused_arg void **state)
{
	static const char *const names[] = { "p", NULL };
	cleanup_buf struct dw_buf b = BUF_INIT(16);

	assert_int_equal(buf_append_str(&b, ">", NULL), 0);
	assert_int_equal(xml_redact(SLICE("<p>x</p>"), 100, names, &b, NULL), 0);
	assert_string_equal(b.data, "><p>REDACTED</p>");
	assert_int_equal(xml_redact(SLICE("<p>x</p>"), 100, names, &b, NULL),
			 -DW_TOO_BIG);
	assert_int_equal(b.len, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefixes_do_not_matter),
		cmocka_unit_test(test_text_is_put_together),
		cmocka_unit_test(test_nil_and_blank_are_empty),
		cmocka_unit_test(test_walk_over_siblings),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_hostile_documents),
		cmocka_unit_test(test_nul_is_refused),
		cmocka_unit_test(test_depth_limit),
		cmocka_unit_test(test_element_limit),
		cmocka_unit_test(test_attribute_limit),
		cmocka_unit_test(test_size_limit),
		cmocka_unit_test(test_redaction),
		cmocka_unit_test(test_redaction_appends_and_respects_its_ceiling),
	};

	return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}
