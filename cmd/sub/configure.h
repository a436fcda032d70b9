/* SPDX-License-Identifier: MIT */
#ifndef SUB_CONFIGURE_H
#define SUB_CONFIGURE_H

/*
 * Options of a subscription (XEP-0060 section 6.3), as VAR=VALUE: a submitted form of them.
 */

/*
 * The form, to be freed. @given ends with NULL; a VAR that is there several times has several
 * values. NULL: one of them is no VAR=VALUE; *ret_bad is it, borrowed.
 */
char *configure_form(const char *const *given, const char **ret_bad);

#endif
