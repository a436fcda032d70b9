/* SPDX-License-Identifier: MIT */
#include "common/xmpp/resolve.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <resolv.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "common/base/auto.h"
#include "common/base/mem.h"
#include "common/xmpp/jid.h"

#define SRV_MAX 32

struct srv {
	unsigned priority, weight;
	unsigned short port;
	char target[NS_MAXDNAME];
};

void endpoints_release(struct endpoints *e)
{
	free(e->list);
	*e = (struct endpoints){ 0 };
}

static void append(struct endpoints *e, const struct addrinfo *ai, unsigned short port)
{
	struct endpoint *last;

	e->list = mem_realloc(e->list, (e->count + 1) * sizeof(*e->list));
	last = &e->list[e->count];
	if (getnameinfo(ai->ai_addr, ai->ai_addrlen, last->address, sizeof(last->address), NULL, 0,
			NI_NUMERICHOST))
		return;
	last->port = port;
	e->count++;
}

const char *resolve_strerror(int error)
{
	switch (error) {
	case RESOLVE_NO_SERVICE:
		return "its DNS says that it has no such XMPP service";
	case RESOLVE_NO_TARGET:
		return "the hosts that its SRV records name do not exist";
	case EAI_SYSTEM:
		return strerror(errno);
	default:
		return gai_strerror(error);
	}
}

static bool is_invalid(const char *host)
{
	static const char tld[] = ".invalid";
	size_t len = strlen(host), end;

	end = len && host[len - 1] == '.' ? len - 1 : len;
	return end >= sizeof(tld) - 1 &&
	       !strncasecmp(host + end - (sizeof(tld) - 1), tld, sizeof(tld) - 1);
}

int resolve_host(const char *host, unsigned short port, struct endpoints *ret)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	AUTO_FREE char *ascii = domain_to_ascii(host);
	struct addrinfo *found;
	int r = is_invalid(ascii) ? EAI_NONAME : getaddrinfo(ascii, NULL, &hints, &found);

	if (r)
		return r;
	for (const struct addrinfo *ai = found; ai; ai = ai->ai_next)
		append(ret, ai, port);
	freeaddrinfo(found);
	return ret->count ? 0 : EAI_NONAME;
}

static bool parse_srv(ns_msg *msg, int i, struct srv *ret)
{
	const unsigned char *data;
	ns_rr rr;

	if (ns_parserr(msg, ns_s_an, i, &rr) || ns_rr_type(rr) != ns_t_srv || ns_rr_rdlen(rr) < 7)
		return false;
	data = ns_rr_rdata(rr);
	ret->priority = ns_get16(data);
	ret->weight = ns_get16(data + 2);
	ret->port = (unsigned short)ns_get16(data + 4);
	return dn_expand(ns_msg_base(*msg), ns_msg_end(*msg), data + 6, ret->target,
			 sizeof(ret->target)) >= 0;
}

/* RFC 2782: within a priority, a record is drawn first with a chance in proportion to its weight.
 */
static size_t draw(const struct srv *list, size_t count)
{
	unsigned total = 0, at;

	for (size_t i = 0; i < count; i++)
		total += list[i].weight + 1;
	at = arc4random_uniform(total);
	for (size_t i = 0; i < count; i++) {
		if (at <= list[i].weight)
			return i;
		at -= list[i].weight + 1;
	}
	return 0;
}

static int by_priority(const void *a, const void *b)
{
	const struct srv *x = a, *y = b;

	return x->priority < y->priority ? -1 : x->priority > y->priority;
}

static void order(struct srv *list, size_t count)
{
	qsort(list, count, sizeof(*list), by_priority);
	for (size_t i = 0; i < count; i++) {
		size_t same = 1, pick;
		struct srv tmp;

		while (i + same < count && list[i + same].priority == list[i].priority)
			same++;
		pick = i + draw(list + i, same);
		tmp = list[i];
		list[i] = list[pick];
		list[pick] = tmp;
	}
}

/* Asks for the SRV records of @name; returns how many of them @ret_list, for SRV_MAX, has got. */
static size_t query(const char *name, struct srv *ret_list)
{
	unsigned char answer[NS_PACKETSZ * 8];
	size_t count = 0;
	ns_msg msg;
	int len = res_query(name, ns_c_in, ns_t_srv, answer, sizeof(answer));

	if (len < 0)
		return 0;
	/* The length is the answer's own, also where that did not fit. */
	if (ns_initparse(answer, len < (int)sizeof(answer) ? len : (int)sizeof(answer), &msg))
		return 0;
	for (int i = 0; i < ns_msg_count(msg, ns_s_an) && count < SRV_MAX; i++)
		if (parse_srv(&msg, i, &ret_list[count]))
			count++;
	return count;
}

int resolve_srv(const char *service, const char *domain, struct endpoints *ret)
{
	AUTO_FREE char *ascii = domain_to_ascii(domain);
	AUTO_FREE char *name = mem_printf("_%s._tcp.%s", service, ascii);
	AUTO_FREE struct srv *list = mem_zalloc(SRV_MAX * sizeof(*list));
	size_t count = query(name, list), before = ret->count;
	bool again = false;

	if (count == 1 && (!list[0].target[0] || !strcmp(list[0].target, ".")))
		return RESOLVE_NO_SERVICE;
	order(list, count);
	for (size_t i = 0; i < count; i++)
		again |= resolve_host(list[i].target, list[i].port, ret) == EAI_AGAIN;
	if (!count || ret->count > before)
		return 0;
	return again ? EAI_AGAIN : RESOLVE_NO_TARGET;
}

struct lookup {
	char *service, *host;
	unsigned short port;
	/* Of the thread until done. */
	struct endpoints found;
	int result, error;
	/* What both sides look at; the last one frees. */
	pthread_mutex_t lock;
	bool done, abandoned;
	struct ev_loop *loop;
	ev_async *wake;
};

static void lookup_free(struct lookup *l)
{
	pthread_mutex_destroy(&l->lock);
	endpoints_release(&l->found);
	free(l->service);
	free(l->host);
	free(l);
}

static void look_up(struct lookup *l)
{
	if (l->service)
		l->result = resolve_srv(l->service, l->host, &l->found);
	if (!l->result && !l->found.count)
		l->result = resolve_host(l->host, l->port, &l->found);
	l->error = errno;
}

static void finish(struct lookup *l)
{
	bool abandoned;

	pthread_mutex_lock(&l->lock);
	l->done = true;
	abandoned = l->abandoned;
	if (!abandoned)
		ev_async_send(l->loop, l->wake);
	pthread_mutex_unlock(&l->lock);
	if (abandoned)
		lookup_free(l);
}

static void *run(void *arg)
{
	look_up(arg);
	finish(arg);
	return NULL;
}

static bool start_thread(struct lookup *l)
{
	sigset_t all, before;
	pthread_t thread;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before); /* they are for the main thread */
	r = pthread_create(&thread, NULL, run, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!r)
		pthread_detach(thread);
	return !r;
}

static bool is_address(const char *host)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST }, *found;

	if (getaddrinfo(host, NULL, &hints, &found))
		return false;
	freeaddrinfo(found);
	return true;
}

struct lookup *lookup_start(const char *service, const char *host, unsigned short port,
			    struct ev_loop *loop, ev_async *wake)
{
	struct lookup *l = mem_zalloc(sizeof(*l));
	bool address = is_address(host);

	l->service = service && !address ? mem_strdup(service) : NULL;
	l->host = mem_strdup(host);
	l->port = port;
	l->loop = loop;
	l->wake = wake;
	pthread_mutex_init(&l->lock, NULL);
	/* Without a thread to be had it takes as long as it takes. */
	if (address || !start_thread(l))
		run(l);
	return l;
}

bool lookup_is_done(struct lookup *l)
{
	bool done;

	pthread_mutex_lock(&l->lock);
	done = l->done;
	pthread_mutex_unlock(&l->lock);
	return done;
}

int lookup_take(struct lookup *l, struct endpoints *ret)
{
	int result = l->result;

	*ret = l->found;
	l->found = (struct endpoints){ 0 };
	errno = l->error;
	lookup_free(l);
	return result;
}

void lookup_abandon(struct lookup *l)
{
	bool done;

	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->abandoned = true;
	done = l->done;
	pthread_mutex_unlock(&l->lock);
	if (done)
		lookup_free(l);
}
