/* SPDX-License-Identifier: MIT */
/*
 * Owner, publisher, reader and all subscribers of a benchmark, on one component: load PORT DOMAIN
 * SECRET. Commands come a line each on standard input; the answer is a line of numbers, or the
 * program ends with a message.
 *
 *	await SERVICE                              until it answers
 *	node SERVICE NODE ITEMS                    create it: persistent, open, keeps so many items
 *	subscribe SERVICE NODE COUNT               u1@DOMAIN, u2@DOMAIN, ...
 *	digest SERVICE NODE COUNT                  the same, for digests of what piles up
 *	publish SERVICE NODE COUNT WINDOW BYTES EACH PID
 *	        items of BYTES, WINDOW of them on their way at once, of each of which EACH
 *	        notifications come, in messages of their own or in digests: seconds, CPU seconds of the process PID, and the medians of the
 *	        seconds to the answer and to the last notification (where WINDOW is 1)
 *	retract SERVICE NODE FIRST COUNT           items FIRST, FIRST+1, ..., one by one: median
 *seconds items SERVICE NODE MAX                     the newest: seconds, how many pages SERVICE
 *NODE MAX COUNT SECONDS WHERE COUNT pages of MAX, no longer than SECONDS, from the "first", the
 *"last" backwards, or behind the item WHERE: seconds, items, median seconds
 *
 * That they are all on one component costs the server least for each of them, and it costs the same
 * whose service it is.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/mem.h"
#include "tests/bench/wire.h"

#define NS "http://jabber.org/protocol/pubsub"
#define PATIENCE 60 /* seconds without anything */
#define AT_ONCE 64  /* subscriptions on their way */
#define DIGEST                                                                                     \
	"<options><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"    \
	"<value>" NS "#subscribe_options</value></field>" FIELD("digest", "1")                     \
		FIELD("digest_frequency", "0") "</x></options>"
#define FIELD(name, value) "<field var='pubsub#" name "'><value>" value "</value></field>"

static struct wire *wire;
static const char *domain;
static struct str out;	       /* to be sent */
static unsigned long serial;   /* of requests */
static unsigned long answered; /* requests up to here */
static unsigned long notified; /* so many have come */
static struct str answer;      /* the last one, where it is wanted */
static bool keep, refused;
static unsigned long published =
	1000000000; /* the last item: those that were there before are below */

/* What arrives */

static void take_answer(const char *stanza, size_t len)
{
	static struct str type, id;

	if (!wire_attr(stanza, len, "type", &type) || !wire_attr(stanza, len, "id", &id) ||
	    id.p[0] != 'q')
		return;
	if (!strcmp(type.p, "error") && keep)
		refused = true;
	else if (!strcmp(type.p, "error"))
		die("refused: %.*s", (int)len, stanza);
	else if (strcmp(type.p, "result") != 0)
		return;
	answered++;
	if (!keep)
		return;
	str_reset(&answer);
	str_add(&answer, stanza, len);
}

/* Those in a digest; what is of no item counts as one. */
static unsigned long items_in(const char *stanza, size_t len)
{
	static const char item[] = "<item ";
	const char *p = stanza, *end = stanza + len;
	unsigned long n = 0;

	while ((p = memmem(p, (size_t)(end - p), item, sizeof(item) - 1))) {
		p += sizeof(item) - 1;
		n++;
	}
	return n ? n : 1;
}

static void take(const char *stanza, size_t len)
{
	if (wire_is(stanza, "message"))
		notified += items_in(stanza, len);
	else if (wire_is(stanza, "iq"))
		take_answer(stanza, len);
}

static void send_out(void)
{
	size_t n = wire_send(wire, out.p, out.len);

	memmove(out.p, out.p + n, out.len - n);
	out.len -= n;
}

/* Sends, waits and takes what has come. */
static void step(void)
{
	const char *stanza;
	size_t len;

	if (out.len)
		send_out();
	if (!wire_wait(wire, out.len, PATIENCE))
		die("nothing comes: %lu of %lu requests answered, %lu notifications", answered,
		    serial, notified);
	while ((stanza = wire_next(wire, &len)))
		take(stanza, len);
}

static void settle(void)
{
	while (answered < serial)
		step();
}

/* Requests */

/* @xml is what stands in the iq. */
static void request(const char *type, const char *user, const char *service, const char *xml)
{
	str_printf(&out, "<iq type='%s' id='q%lu' from='%s@%s' to='%s'>", type, ++serial, user,
		   domain, service);
	str_puts(&out, xml);
	str_puts(&out, "</iq>");
}

/* The answer stands in @answer. */
static void ask(const char *type, const char *service, const char *xml)
{
	request(type, "owner", service, xml);
	keep = true;
	refused = false;
	settle();
	keep = false;
}

static void ask_well(const char *type, const char *service, const char *xml)
{
	ask(type, service, xml);
	if (refused)
		die("refused: %.*s", (int)answer.len, answer.p);
}

static void await(const char *service)
{
	const struct timespec pause = { .tv_nsec = 500000 };
	double until = now() + PATIENCE;

	for (;;) {
		ask("get", service, "<query xmlns='http://jabber.org/protocol/disco#info'/>");
		if (!refused)
			break;
		if (now() > until)
			die("%s does not answer", service);
		nanosleep(&pause, NULL);
	}
	puts("0");
}

static void make_node(const char *service, const char *node, const char *items)
{
	AUTO_FREE char *xml = mem_printf(
		"<pubsub xmlns='" NS "'><create node='%s'/><configure>"
		"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>"
		"<value>" NS
		"#node_config</value></field>" FIELD("persist_items", "1") FIELD("max_items", "%s")
			FIELD("access_model", "open") FIELD("publish_model", "open") FIELD(
				"send_last_published_item", "never") "</x></configure></pubsub>",
		node, items);

	ask_well("set", service, xml);
	puts("0");
}

/* @options: what stands behind the <subscribe/>. */
static void subscribe(const char *service, const char *node, unsigned long count,
		      const char *options)
{
	for (unsigned long i = 1; i <= count; i++) {
		AUTO_FREE char *user = mem_printf("u%lu", i);
		AUTO_FREE char *xml = mem_printf("<pubsub xmlns='" NS "'><subscribe node='%s' "
						 "jid='u%lu@%s'/>%s</pubsub>",
						 node, i, domain, options);

		request("set", user, service, xml);
		if (!(i % AT_ONCE))
			settle();
	}
	settle();
	puts("0");
}

/* Publishing */

struct run {
	const char *service, *node;
	unsigned long count, window, each;
	clockid_t clock; /* of the service's process */
	char *filling;
	double *answers, *lasts; /* seconds, where window is 1 */
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *times, size_t n)
{
	qsort(times, n, sizeof(*times), compare);
	return n ? times[n / 2] : 0;
}

static double cpu(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		return 0;
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void publish_one(const struct run *r)
{
	str_printf(&out,
		   "<iq type='set' id='q%lu' from='owner@%s' to='%s'><pubsub xmlns='" NS "'>"
		   "<publish node='%s'><item id='p%lu'><x xmlns='urn:x'>%s</x></item></publish>"
		   "</pubsub></iq>",
		   ++serial, domain, r->service, r->node, ++published, r->filling);
}

/* One after the other, each until its last notification. */
static void publish_slowly(struct run *r)
{
	for (unsigned long i = 0; i < r->count; i++) {
		unsigned long wanted = notified + r->each;
		double start = now();

		publish_one(r);
		r->answers[i] = r->lasts[i] = -1;
		while (r->answers[i] < 0 || r->lasts[i] < 0) {
			step();
			if (r->answers[i] < 0 && answered == serial)
				r->answers[i] = now() - start;
			if (r->lasts[i] < 0 && notified >= wanted)
				r->lasts[i] = now() - start;
		}
	}
}

static void publish_fast(struct run *r)
{
	unsigned long wanted = notified + r->count * r->each;

	for (unsigned long i = 0; i < r->count || answered < serial || notified < wanted;) {
		for (; i < r->count && serial - answered < r->window; i++)
			publish_one(r);
		step();
	}
}

static void publish(const char *service, const char *node, const unsigned long *n)
{
	struct run r = {
		.service = service, .node = node, .count = n[0], .window = n[1], .each = n[3]
	};
	size_t around = strlen("<x xmlns='urn:x'></x>"), len = n[2] > around ? n[2] - around : 0;
	AUTO_FREE double *answers = mem_zalloc(r.count * sizeof(double));
	AUTO_FREE double *lasts = mem_zalloc(r.count * sizeof(double));
	AUTO_FREE char *filling = mem_zalloc(len + 1);
	double start, used;

	memset(filling, 'a', len);
	r.answers = answers;
	r.lasts = lasts;
	r.filling = filling;
	if (!n[4] || clock_getcpuclockid((pid_t)n[4], &r.clock))
		die("no process %lu", n[4]);
	used = cpu(r.clock);
	start = now();
	if (r.window == 1)
		publish_slowly(&r);
	else
		publish_fast(&r);
	printf("%.6f %.6f %.6f %.6f\n", now() - start, cpu(r.clock) - used,
	       median(answers, r.count), median(lasts, r.count));
}

static void retract(const char *service, const char *node, unsigned long first, unsigned long count)
{
	AUTO_FREE double *times = mem_zalloc(count * sizeof(double));

	for (unsigned long i = 0; i < count; i++) {
		AUTO_FREE char *xml = mem_printf("<pubsub xmlns='" NS "'><retract node='%s'>"
						 "<item id='p%lu'/></retract></pubsub>",
						 node, first + i);
		double start = now();

		ask_well("set", service, xml);
		times[i] = now() - start;
	}
	printf("%.6f\n", median(times, count));
}

/* Reading */

static unsigned long count_items(void)
{
	const char *p = answer.p, *end = answer.p + answer.len;
	unsigned long n = 0;

	while ((p = memmem(p, (size_t)(end - p), "<item ", strlen("<item ")))) {
		p += strlen("<item ");
		n++;
	}
	return n;
}

static void items(const char *service, const char *node, unsigned long max)
{
	AUTO_FREE char *xml = mem_printf(
		"<pubsub xmlns='" NS "'><items node='%s' max_items='%lu'/></pubsub>", node, max);
	double start = now();

	ask_well("get", service, xml);
	printf("%.6f %lu\n", now() - start, count_items());
}

/* The text of an element of the answer; "": there is none. */
static char *text_of(const char *name)
{
	AUTO_FREE char *open = mem_printf("<%s", name);
	char *p = memmem(answer.p, answer.len, open, strlen(open));
	char *end = p ? strchr(p, '>') : NULL, *close = end ? strchr(end, '<') : NULL;

	return close ? mem_strndup(end + 1, (size_t)(close - end - 1)) : mem_strdup("");
}

static void pages(const char *service, const char *node, const unsigned long *n, const char *where)
{
	unsigned long max = n[0], count = n[1], got = 0, i;
	bool back = !strcmp(where, "last"), first = !strcmp(where, "first");
	AUTO_FREE double *times = mem_zalloc(count * sizeof(double));
	AUTO_FREE char *place = mem_strdup(back || first ? "" : where);
	double start = now(), before = start;

	for (i = 0; i < count && before - start < (double)n[2]; i++) {
		const char *side = back ? "before" : "after";
		AUTO_FREE char *from = *place || back ? mem_printf("<%s>%s</%s>", side, place, side)
						      : mem_strdup("");
		AUTO_FREE char *xml = mem_printf("<pubsub xmlns='" NS "'><items node='%s'/>"
						 "<set xmlns='http://jabber.org/protocol/rsm'>"
						 "<max>%lu</max>%s</set></pubsub>",
						 node, max, from);
		double after;

		ask_well("get", service, xml);
		after = now();
		times[i] = after - before;
		before = after;
		got += count_items();
		free(place);
		place = text_of(back ? "first" : "last");
		if (!*place)
			break;
	}
	printf("%.6f %lu %.6f\n", before - start, got, median(times, i));
}

/* Commands */

#define WORDS 9

static void run(char **word, size_t n)
{
	unsigned long number[WORDS] = { 0 };

	for (size_t i = 3; i < n; i++)
		number[i - 3] = strtoul(word[i], NULL, 10);
	if (n == 2 && !strcmp(word[0], "await"))
		await(word[1]);
	else if (n == 4 && !strcmp(word[0], "node"))
		make_node(word[1], word[2], word[3]);
	else if (n == 4 && !strcmp(word[0], "subscribe"))
		subscribe(word[1], word[2], number[0], "");
	else if (n == 4 && !strcmp(word[0], "digest"))
		subscribe(word[1], word[2], number[0], DIGEST);
	else if (n == 8 && !strcmp(word[0], "publish"))
		publish(word[1], word[2], number);
	else if (n == 5 && !strcmp(word[0], "retract"))
		retract(word[1], word[2], number[0], number[1]);
	else if (n == 4 && !strcmp(word[0], "items"))
		items(word[1], word[2], number[0]);
	else if (n == 7 && !strcmp(word[0], "pages"))
		pages(word[1], word[2], number, word[6]);
	else
		die("no command '%s' with %zu words", n ? word[0] : "", n);
}

int main(int argc, char **argv)
{
	struct wire_to to;
	char line[1024];

	if (argc != 4) {
		fputs("usage: load PORT DOMAIN SECRET\n", stderr);
		return EX_USAGE;
	}
	to = (struct wire_to){ .port = argv[1], .name = argv[2], .secret = argv[3] };
	domain = argv[2];
	wire = wire_open(&to);
	while (fgets(line, sizeof(line), stdin)) {
		char *word[WORDS], *rest = line;
		size_t n = 0;

		while (n < WORDS && (word[n] = strsep(&rest, " \n")) && *word[n])
			n++;
		run(word, n);
		fflush(stdout);
	}
	wire_free(wire);
	return 0;
}
