/* SPDX-License-Identifier: MIT */
#ifndef SERVE_BODY_H
#define SERVE_BODY_H

/*
 * The message body that summarises a payload (pubsub#include_body, XEP-0060 section 12.8).
 *
 * Atom entries are understood: title, summary or else content, and link, as plain text. For the
 * payloads of another namespace, or instead of this, the configuration names a stylesheet (XSLT
 * 1.0), whose result is taken as text. All others have no body: "if the service does not understand
 * the semantics for a particular payload type [...] it SHOULD NOT include a <body/>", and where a
 * node has no payloads that it understands it must not offer the option: body_understands().
 *
 * Only stylesheets from the configuration are run. The node's pubsub#body_xslt and
 * pubsub#dataform_xslt are URLs of whoever configures the node: kept and told, never fetched.
 */
#include <stdbool.h>
#include <stddef.h>

struct str;
struct body_style;

/* Of a text, in bytes; what is longer ends with an ellipsis. */
#define BODY_MAX 4096

struct body {
	size_t n_styles;
	struct body_style *styles;
};

void body_init(struct body *b);
void body_release(struct body *b);

/*
 * Payloads whose element is in the namespace @ns ("": in none) are transformed by the stylesheet in
 * @file. It reads nothing but the payload: neither import, include, document() nor external
 * entities, and no extensions. -EEXIST: @ns has one; -EINVAL: this is no stylesheet; or why it
 * cannot be read.
 */
int body_add_stylesheet(struct body *b, const char *ns, const char *file);

/* Are there bodies for payloads in the namespace @ns ("": in none)? */
bool body_understands(const struct body *b, const char *ns);

/*
 * The text for @payload, one element as UTF-8, is added to @out: characters of XML 1.0, no blanks
 * at its ends, up to BODY_MAX bytes. 1; or 0: it has none. -EINVAL: the payload is not well-formed,
 * or the stylesheet fails on it; -E2BIG: this takes too long. Then there is no body either, which
 * is no reason to hold the notification back.
 */
int body_render(const struct body *b, const char *payload, size_t len, struct str *out);

#endif
