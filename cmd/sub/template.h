/* SPDX-License-Identifier: MIT */
#ifndef SUB_TEMPLATE_H
#define SUB_TEMPLATE_H

/*
 * An event as text of the user's making.
 *
 * %n node, %i id, %p publisher, %t time (XEP-0082), %e kind of event, %s service, %x payload on one
 * line, %{XPATH} a value of the payload, %% a percent sign; \n, \t, \0 and \\. What an event does
 * not have is empty.
 *
 * An event is a record: where the template ends with neither \n nor \0, a line feed is added. Line
 * feeds in values are spaces, unless the template has a \0, as then it is not them that separate.
 */
#include <stdbool.h>

struct select_item;
struct str;
struct template;

/*
 * @ns: as xpath_compile() takes it. 0, or -EINVAL with a sentence for the user in @why, without a
 * full stop.
 */
int template_parse(const char *text, const char *const *ns, struct str *why,
		   struct template **ret_template);
/* The value of the XPath expression @expr, and a line feed; answers as template_parse(). */
int template_of_value(const char *expr, const char *const *ns, struct str *why,
		      struct template **ret_template);
/* NULL is fine. */
void template_free(struct template *t);

bool template_wants_payload(const struct template *t);
/* Added to @out. @service may be NULL. */
void template_render(const struct template *t, struct select_item *item, const char *service,
		     struct str *out);

#endif
