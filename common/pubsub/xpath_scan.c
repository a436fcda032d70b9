/* SPDX-License-Identifier: MIT */
#include "common/pubsub/xpath_scan.h"

#include <errno.h>
#include <string.h>

#include "common/base/str.h"

const struct xpath_function xpath_functions[] = {
	/* name, arguments */
	{ "boolean", 1, 1 },
	{ "ceiling", 1, 1 },
	{ "concat", 2, -1 },
	{ "contains", 2, 2 },
	{ "count", 1, 1 },
	{ "false", 0, 0 },
	{ "floor", 1, 1 },
	{ "lang", 1, 1 },
	{ "last", 0, 0 },
	{ "local-name", 0, 1 },
	{ "name", 0, 1 },
	{ "namespace-uri", 0, 1 },
	{ "normalize-space", 0, 1 },
	{ "not", 1, 1 },
	{ "number", 0, 1 },
	{ "position", 0, 0 },
	{ "round", 1, 1 },
	{ "starts-with", 2, 2 },
	{ "string", 0, 1 },
	{ "string-length", 0, 1 },
	{ "substring", 2, 3 },
	{ "substring-after", 2, 2 },
	{ "substring-before", 2, 2 },
	{ "sum", 1, 1 },
	{ "translate", 3, 3 },
	{ "true", 0, 0 },
	{ NULL, 0, 0 },
};

static const char *const node_types[] = { "comment", "node", "processing-instruction", "text",
					  NULL };
/* All but for namespace, whose cost is not bounded. */
static const char *const axes[] = { "ancestor",	 "ancestor-or-self",  "attribute",
				    "child",	 "descendant",	      "descendant-or-self",
				    "following", "following-sibling", "parent",
				    "preceding", "preceding-sibling", "self",
				    NULL };

enum op_kind { OP_NONE, OP_LOGIC, OP_SIGN, OP_VALUE }; /* OP_VALUE: comparison, arithmetic */

/* What a bracket opens; the outermost has none. */
struct level {
	char closed_by;
	const struct xpath_function *function;
	int commas;
	enum op_kind left; /* of the operand that is being read */
	size_t start;	   /* where it starts in the output */
	int tokens;	   /* that it has got so far */
	bool constant;	   /* the last of them is a literal or a number */
};

struct scanner {
	const char *p;
	const struct xpath_names *names;
	struct str *out, *why;
	bool after_operand; /* the rule of XPath 1.0, 3.7: here '*' and 'and' are operators */
	const struct xpath_function *function; /* just named */
	size_t depth;
	struct level levels[XPATH_MAX_NESTING + 1];
};

static struct level *top(struct scanner *s)
{
	return &s->levels[s->depth];
}

static int refuse(struct scanner *s, const char *what, const char *p, size_t len)
{
	str_printf(s->why, "%s '%.*s'", what, (int)len, p);
	return -EINVAL;
}

int xpath_syntax_error(const char *at, struct str *why)
{
	size_t n = strnlen(at, 24);

	while (n && ((unsigned char)at[n] & 0xc0) == 0x80)
		n--;
	str_printf(why, "syntax error at '%.*s'", (int)n, at);
	return -EINVAL;
}

static int refuse_rest(struct scanner *s)
{
	return xpath_syntax_error(s->p, s->why);
}

static void wrap(struct str *out, size_t start, const char *guard)
{
	size_t n = strlen(guard) + 1;

	str_reserve(out, n + 1);
	memmove(out->p + start + n, out->p + start, out->len - start);
	memcpy(out->p + start, guard, n - 1);
	out->p[start + n - 1] = '(';
	out->len += n;
	str_putc(out, ')');
}

static void end_operand(struct scanner *s, enum op_kind next)
{
	struct level *l = top(s);

	if (l->tokens && !(l->tokens == 1 && l->constant) &&
	    (l->left >= OP_SIGN || next == OP_VALUE))
		wrap(s->out, l->start, l->left == OP_VALUE ? XPATH_GUARD_RIGHT : XPATH_GUARD_LEFT);
}

static void start_operand(struct scanner *s, enum op_kind left)
{
	struct level *l = top(s);

	l->left = left;
	l->start = s->out->len;
	l->tokens = 0;
	l->constant = false;
}

static void take(struct scanner *s, size_t n)
{
	str_add(s->out, s->p, n);
	s->p += n;
}

/* A token of an operand. */
static int operand(struct scanner *s, size_t n, bool constant)
{
	top(s)->tokens++;
	top(s)->constant = constant;
	take(s, n);
	s->after_operand = true;
	return 0;
}

/* A token inside of an operand, behind which the next part of it comes. */
static int joint(struct scanner *s, size_t n)
{
	operand(s, n, false);
	s->after_operand = false;
	return 0;
}

static int binary(struct scanner *s, size_t n, enum op_kind op)
{
	if (!s->after_operand)
		return refuse_rest(s);
	end_operand(s, op);
	str_putc(s->out, ' ');
	take(s, n);
	str_putc(s->out, ' ');
	start_operand(s, op);
	s->after_operand = false;
	return 0;
}

static int minus(struct scanner *s)
{
	struct level *l = top(s);

	if (s->after_operand)
		return binary(s, 1, OP_VALUE);
	if (l->tokens)
		return refuse_rest(s);
	take(s, 1);
	start_operand(s, l->left == OP_VALUE ? OP_VALUE : OP_SIGN);
	return 0;
}

static int open_bracket(struct scanner *s, char closed_by)
{
	const struct xpath_function *f = s->function;

	if (s->depth == XPATH_MAX_NESTING)
		return refuse(s, "brackets are nested too deeply at", s->p, 1);
	joint(s, 1);
	s->depth++;
	*top(s) = (struct level){ .closed_by = closed_by, .function = f };
	start_operand(s, OP_NONE);
	return 0;
}

static int check_arguments(struct scanner *s)
{
	const struct level *l = top(s);
	const struct xpath_function *f = l->function;
	int n = l->commas + (l->commas || l->tokens);

	if (f && (n < f->min || (f->max >= 0 && n > f->max)))
		return refuse(s, "wrong number of arguments for function", f->name,
			      strlen(f->name));
	return 0;
}

static int close_bracket(struct scanner *s)
{
	int r;

	if (!s->depth || top(s)->closed_by != *s->p)
		return refuse_rest(s);
	end_operand(s, OP_NONE);
	r = check_arguments(s);
	s->depth--;
	return r ? r : operand(s, 1, false);
}

static int comma(struct scanner *s)
{
	if (!top(s)->function || !s->after_operand)
		return refuse_rest(s);
	end_operand(s, OP_NONE);
	top(s)->commas++;
	take(s, 1);
	start_operand(s, OP_NONE);
	s->after_operand = false;
	return 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool starts_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static size_t name_length(const char *p)
{
	size_t n = 0;

	if (!starts_name(*p))
		return 0;
	while (starts_name(p[n]) || is_digit(p[n]) || p[n] == '-' || p[n] == '.')
		n++;
	return n;
}

static bool is(const char *p, size_t n, const char *name)
{
	return strlen(name) == n && !memcmp(p, name, n);
}

static bool is_among(const char *p, size_t n, const char *const *names)
{
	while (*names && !is(p, n, *names))
		names++;
	return *names;
}

static int operator_name(struct scanner *s, size_t n)
{
	if (is(s->p, n, "and") || is(s->p, n, "or"))
		return binary(s, n, OP_LOGIC);
	if (is(s->p, n, "div") || is(s->p, n, "mod"))
		return binary(s, n, OP_VALUE);
	return refuse_rest(s);
}

static int function_name(struct scanner *s, size_t n)
{
	const struct xpath_function *f = xpath_functions;

	if (is_among(s->p, n, node_types))
		return operand(s, n, false);
	while (f->name && !is(s->p, n, f->name))
		f++;
	if (!f->name)
		return refuse(s, "there is no function", s->p, n);
	operand(s, n, false);
	s->function = f;
	return 0;
}

/* "prefix:name" or "prefix:*" */
static int prefixed_name(struct scanner *s, size_t n)
{
	size_t local = s->p[n + 1] == '*' ? 1 : name_length(s->p + n + 1);
	size_t all = n + 1 + local;

	if (!local)
		return refuse_rest(s);
	if (s->p[all + strspn(s->p + all, " \t\r\n")] == '(')
		return refuse(s, "there is no function", s->p, all);
	if (!is(s->p, n, "xml") && !s->names->is_bound(s->names, s->p, n))
		return refuse(s, "no namespace is bound to the prefix", s->p, n);
	return operand(s, all, false);
}

static int name(struct scanner *s)
{
	size_t n = name_length(s->p);
	const char *next = s->p + n + strspn(s->p + n, " \t\r\n");

	if (s->after_operand)
		return operator_name(s, n);
	if (next[0] == ':' && next[1] == ':')
		return is_among(s->p, n, axes) ? joint(s, n)
					       : refuse(s, "there is no axis", s->p, n);
	if (s->p[n] == ':')
		return prefixed_name(s, n);
	return *next == '(' ? function_name(s, n) : operand(s, n, false);
}

static int literal(struct scanner *s)
{
	const char *end = strchr(s->p + 1, *s->p);

	if (s->after_operand)
		return refuse_rest(s);
	if (!end)
		return refuse(s, "a string is not closed at", s->p, 1);
	return operand(s, (size_t)(end - s->p) + 1, true);
}

static int number(struct scanner *s)
{
	size_t n = strspn(s->p, "0123456789");

	if (s->after_operand)
		return refuse_rest(s);
	if (s->p[n] == '.')
		n += 1 + strspn(s->p + n + 1, "0123456789");
	return operand(s, n, true);
}

static int symbol(struct scanner *s)
{
	char c = s->p[0], next = s->p[1];

	switch (c) {
	case '(':
	case '[':
		return open_bracket(s, c == '(' ? ')' : ']');
	case ')':
	case ']':
		return close_bracket(s);
	case ',':
		return comma(s);
	case '-':
		return minus(s);
	case '*':
		return s->after_operand ? binary(s, 1, OP_VALUE) : operand(s, 1, false);
	case '+':
	case '=':
		return binary(s, 1, OP_VALUE);
	case '!':
		return next == '=' ? binary(s, 2, OP_VALUE) : refuse_rest(s);
	case '<':
	case '>':
		return binary(s, next == '=' ? 2 : 1, OP_VALUE);
	case ':':
		return next == ':' ? joint(s, 2) : refuse_rest(s);
	case '/':
		/* Alone it is an operand, but what follows is read as a step: XPath 1.0, 3.7 */
		return joint(s, next == '/' ? 2 : 1);
	case '|':
	case '@':
		return joint(s, 1);
	case '.':
		return operand(s, next == '.' ? 2 : 1, false);
	case '$':
		return refuse(s, "there are no variables:", s->p, 1 + name_length(s->p + 1));
	default:
		return refuse_rest(s);
	}
}

static bool ends_with_root(const struct scanner *s, const char *from)
{
	const char *p = s->p;

	while (p > from && strchr(" \t\r\n", p[-1]))
		p--;
	return p > from && p[-1] == '/' && !(p - 1 > from && p[-2] == '/');
}

static int token(struct scanner *s, const char *expr)
{
	const struct xpath_function *before = s->function;
	char c = *s->p;
	int r;

	/* "/ = 'x'": a lone root before what cannot start a step is a whole operand */
	if (!s->after_operand && strchr("=!<>+-|),]", c) && ends_with_root(s, expr))
		s->after_operand = true;
	if (c == '\'' || c == '"')
		r = literal(s);
	else if (is_digit(c) || (c == '.' && is_digit(s->p[1])))
		r = number(s);
	else if (starts_name(c))
		r = name(s);
	else
		r = symbol(s);
	if (s->function == before)
		s->function = NULL; /* it is for the bracket right behind it */
	return r;
}

int xpath_scan(const char *expr, const struct xpath_names *names, struct str *out, struct str *why)
{
	struct scanner s = { .p = expr, .names = names, .out = out, .why = why };
	int r = 0;

	start_operand(&s, OP_NONE);
	for (s.p += strspn(s.p, " \t\r\n"); !r && *s.p;) {
		size_t blanks;

		r = token(&s, expr);
		blanks = strspn(s.p, " \t\r\n");
		if (blanks && !r)
			take(&s, blanks);
	}
	if (!r && s.depth)
		r = refuse(&s, "a bracket is not closed; missing is", &top(&s)->closed_by, 1);
	if (!r)
		end_operand(&s, OP_NONE);
	return r;
}
