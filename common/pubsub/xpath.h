/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_XPATH_H
#define PUBSUB_XPATH_H

/*
 * XPath 1.0 over a payload, at a cost that is bounded.
 *
 * The payload's element is the root of the document and the context node: "/a:entry/a:title",
 * "a:title" and "//a:title" all find the title of an Atom entry. As XPath has it, a name without a
 * prefix means no namespace. Comments and processing instructions are not there.
 *
 * Left out: variables, document(), extension functions, id() (nothing declares what an ID is), and
 * the namespace axis, whose cost cannot be bounded.
 *
 * Expressions are compiled once and documents made once; any expression may be evaluated on any
 * document. Not for several threads at a time.
 */
#include <stdbool.h>
#include <stddef.h>

struct str;
struct xpath;
struct xpath_doc;

/* Of an expression, in bytes. */
#define XPATH_MAX_LEN 1024
/* Of namespaces bound for an expression. */
#define XPATH_MAX_NS 32
/* Of a document: elements, attributes and texts. */
#define XPATH_MAX_NODES 1500

/*
 * @ns: "PREFIX=URI" each, NULL at the end; or NULL. "PREFIX=" binds the namespace of the payload's
 * element, whichever that is, to a prefix; where it has none, nothing has the prefix.
 * 0, or -EINVAL with a sentence for the user in @why, without a full stop.
 */
int xpath_compile(const char *expr, const char *const *ns, struct str *why,
		  struct xpath **ret_xpath);
void xpath_free(struct xpath *x);

/*
 * @payload: one element as UTF-8; its size is the caller's to bound, at some 100 KB. 0, -EINVAL
 * (not well-formed) or -E2BIG (more nodes than XPATH_MAX_NODES, or too many attributes in a tag:
 * to be treated like an expression that costs too much).
 */
int xpath_doc_new(const char *payload, size_t len, struct xpath_doc **ret_doc);
void xpath_doc_free(struct xpath_doc *doc);

/*
 * The expression as a boolean: a node-set is true if it has a node, a string if it is not empty, a
 * number if it is neither 0 nor NaN. 1, 0, -E2BIG (it costs too much on this document) or -EINVAL
 * (a type that does not fit, which xpath_compile() did not see).
 */
int xpath_test(const struct xpath *x, struct xpath_doc *doc);

/* Its string value, added to @out; of a node-set that of the first node. 0 or as xpath_test(). */
int xpath_string(const struct xpath *x, struct xpath_doc *doc, struct str *out);

#endif
