/* SPDX-License-Identifier: MIT */
#ifndef XMPP_FORM_H
#define XMPP_FORM_H

/*
 * Data forms (XEP-0004), with FORM_TYPE (XEP-0068) and the datatypes of fields (XEP-0122).
 */
#include <stddef.h>

#include <strophe.h>

struct str;

/* Of one form; more is refused. Values are counted over all fields. */
#define FORM_MAX_FIELDS 256
#define FORM_MAX_VALUES 2048

enum form_type {
	FORM_FORM,
	FORM_SUBMIT,
	FORM_CANCEL,
	FORM_RESULT,
};

/*
 * Reading: a form that has arrived. All strings are borrowed from the stanza.
 */
struct form_field_in {
	const char *var;
	const char *type;	/* NULL: none given */
	size_t n;
	const char **values;	/* in order; "" for an empty <value/> */
	xmpp_stanza_t *element;	/* for what people read: its label, its options */
};

struct form_in {
	enum form_type type;
	const char *form_type;		/* NULL: none that counts (XEP-0068 section 5) */
	size_t n;
	struct form_field_in *fields;	/* in order, without FORM_TYPE and what has no var */
};

/*
 * The form among the children of @parent; release it with form_in_release(). A cancelled form has
 * no fields, whatever it holds. FORM_TYPE counts where it is hidden, and in a submitted or
 * cancelled form always. The fields within <reported/> and <item/> are not read.
 *
 * 0; -ENOENT: there is none; -EINVAL: there is more than one, its type is missing or unknown, a
 * field that is not fixed lacks its var in a submitted form, a var is there twice, FORM_TYPE has
 * values that differ, or it is too large.
 */
int form_parse(xmpp_stanza_t *parent, struct form_in *ret);
/* The same for that <x/>, as where several are allowed; never -ENOENT. */
int form_read(xmpp_stanza_t *x, struct form_in *ret);
void form_in_release(struct form_in *f);
/* NULL: not given. */
const struct form_field_in *form_find(const struct form_in *f, const char *var);

/*
 * Writing, as text: form_open(), perhaps form_title(), the fields, form_close().
 */

/* With FORM_TYPE as the first field, hidden; NULL: none. */
void form_open(struct str *out, enum form_type type, const char *form_type);
/* Right behind form_open(); either may be NULL. */
void form_title(struct str *out, const char *title, const char *instructions);

#define FORM_REQUIRED (1 << 0)
#define FORM_OPEN (1 << 1)	/* of a list with a datatype: other values than its options will do */

struct form_option {
	const char *value, *label;	/* @label may be NULL */
};

struct form_field_out {
	const char *var;
	const char *type;		/* "text-single" etc.; NULL: left out (submit, result) */
	const char *label, *desc;	/* may be NULL */
	unsigned flags;
	const char *const *values;	/* of text-multi: one a line */
	size_t n_values;
	const struct form_option *options;
	size_t n_options;
	const char *datatype;		/* "xs:integer" etc.; NULL: no validation */
	const char *min, *max;		/* of the datatype's range; may be NULL */
};
void form_field(struct str *out, const struct form_field_out *f);
/* A field of one value, or of none where @value is NULL; @type may be NULL. */
void form_value(struct str *out, const char *var, const char *type, const char *value);
void form_close(struct str *out);

#endif
