/* SPDX-License-Identifier: MIT */
#ifndef PUBSUB_FIELD_H
#define PUBSUB_FIELD_H

/*
 * Settings as rows of a table: a name, a kind, a place in a struct.
 *
 * From the tables of node and subscription settings (node_fields.h, sub_fields.h) come forms, their
 * check, preconditions, metadata, and what the store keeps. A kind knows how a value is read and
 * written; a row has only data. In text, a setting has one value or, where its kind says so, any
 * number.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/str.h"

struct field;

struct field_kind {
	const char *form_type;	/* XEP-0004 */
	const char *datatype;	/* XEP-0122; NULL: none */
	bool multi;		/* any number of values; else at most one */
	/* Replaces what is at @at; 0 or -EINVAL, and then nothing has changed. */
	int (*parse)(const struct field *f, const char *const *values, size_t n, void *at);
	/* Adds the values, each behind a call of field_value(). */
	void (*print)(const struct field *f, const void *at, char ***values);
	bool (*same)(const void *a, const void *b);
	void (*copy)(const void *from, void *to); /* over what is nothing */
	void (*release)(void *at);		  /* leaves nothing */
};

extern const struct field_kind field_bool;   /* bool */
extern const struct field_kind field_text;   /* char *; NULL: empty */
extern const struct field_kind field_lines;  /* char **, text-multi */
extern const struct field_kind field_words;  /* char **, list-multi of any words */
extern const struct field_kind field_jids;   /* char **, normal form */
extern const struct field_kind field_bares;  /* char **, normal form, without resource */
extern const struct field_kind field_uint;   /* uint64_t; UINT64_MAX where @top is given */
extern const struct field_kind field_choice; /* int: which of @choices */
extern const struct field_kind field_lang;   /* char *, a language tag; list-single */
extern const struct field_kind field_set;    /* unsigned: 1 << which of @choices */
/* int64_t, milliseconds since 1970; 0: none, -1 where @top is given. */
extern const struct field_kind field_time;

#define FIELD_META (1u << 0)	   /* part of the node's metadata in disco#info */
#define FIELD_LEAF (1u << 1)	   /* of leaf nodes only */
#define FIELD_COLLECTION (1u << 2) /* of collection nodes only */
#define FIELD_PRIVATE (1u << 3)	   /* names people or groups: for owners' eyes */
#define FIELD_LINK (1u << 4)	   /* between nodes; no place in the struct: offset means nothing */

struct field {
	const char *var;
	const struct field_kind *kind;
	size_t offset;
	const char *def;		  /* as text; NULL: nothing */
	const char *const *choices;	  /* names, up to NULL */
	const char *const *choice_labels; /* in the same order; may be NULL */
	const char *alias;		  /* another word for the first of them; NULL: none */
	const char *top;		  /* the word for "no limit", or for another special value */
	uint64_t min, max;		  /* of numbers */
	unsigned flags;
	const char *label;
	const char *feature;	/* that it belongs to; NULL: none. With the feature, it goes */
};

/* Of a table that ends with a row without var. @var with or without "pubsub#". NULL: none. */
const struct field *field_find(const struct field *table, const char *var);

/* @base is a zeroed struct, or one whose settings have been released. */
void fields_init(const struct field *table, void *base);
void fields_copy(const struct field *table, const void *from, void *to);
void fields_release(const struct field *table, void *base);

/* 0 or -EINVAL. No value at all, or a single empty one, gives the field its default. */
int field_parse(const struct field *f, const char *const *values, size_t n, void *base);
/* Its values; NULL: none. To be freed with strings_free(). */
char **field_print(const struct field *f, const void *base);
bool field_same(const struct field *f, const void *a, const void *b);
/* Has it the value that the table gives it? */
bool field_is_default(const struct field *f, const void *base);

/*
 * For the store, all in one text: what is not default, as var, US, value, US, value ..., RS. Those
 * two characters cannot be in XML.
 */
void fields_save(const struct field *table, const void *base, struct str *out);
/* @base has been initialised. What is no longer known is passed over. 0 or -EINVAL. */
int fields_load(const struct field *table, const char *text, void *base);

#endif
