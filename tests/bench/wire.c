/* SPDX-License-Identifier: MIT */
#include "tests/bench/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/base/auto.h"
#include "common/base/exits.h"
#include "common/base/mem.h"

#define READ_SIZE (64 * 1024)
#define LOGIN_SECONDS 20
#define STREAM                                                                                     \
	"<stream:stream xmlns='%s' xmlns:stream='http://etherx.jabber.org/streams' to='%s'%s>"


struct wire {
	int fd;
	SSL *tls;
	char *in;
	size_t len, cap;
	size_t taken;	/* before it: stanzas that have been handed out */
	size_t seen;	/* before it: tags that have been counted */
	unsigned depth; /* of elements that are open there, within the stream */
	bool dry;	/* the socket had no more */
};

void die(const char *format, ...)
{
	va_list args;

	fputs("bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(EX_UNAVAILABLE);
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The socket */

/* Bytes, or -1: not now. */
static ssize_t tls_result(struct wire *w, int r)
{
	int error;

	if (r > 0)
		return r;
	error = SSL_get_error(w->tls, r);
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return -1;
	die("the TLS connection was lost");
}

static void secure(struct wire *w)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx || !(w->tls = SSL_new(ctx)) || !SSL_set_fd(w->tls, w->fd))
		die("no TLS");
	SSL_set_mode(w->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_set_connect_state(w->tls);
	while (tls_result(w, SSL_do_handshake(w->tls)) < 0) {
		w->dry = true;
		if (!wire_wait(w, false, LOGIN_SECONDS))
			die("the server does not answer");
	}
	SSL_CTX_free(ctx);
}

static ssize_t plain_result(ssize_t n)
{
	if (n > 0)
		return n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return -1;
	die("the connection was lost");
}

static ssize_t receive(struct wire *w, char *p, size_t size)
{
	if (w->tls)
		return tls_result(w, SSL_read(w->tls, p, (int)size));
	return plain_result(recv(w->fd, p, size, 0));
}

size_t wire_send(struct wire *w, const char *p, size_t len)
{
	ssize_t n;

	if (!len)
		return 0;
	if (w->tls)
		n = tls_result(w, SSL_write(w->tls, p, (int)len));
	else
		n = plain_result(send(w->fd, p, len, MSG_NOSIGNAL));
	return n < 0 ? 0 : (size_t)n;
}

size_t wire_send_all(struct wire *w, const struct iovec *pieces, int n)
{
	const struct msghdr all = { .msg_iov = (struct iovec *)pieces, .msg_iovlen = (size_t)n };
	ssize_t r = n ? plain_result(sendmsg(w->fd, &all, MSG_NOSIGNAL)) : 0;

	return r < 0 ? 0 : (size_t)r;
}

bool wire_is_secured(const struct wire *w)
{
	return w->tls;
}

bool wire_wait(struct wire *w, bool wanted, double seconds)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN | (wanted ? POLLOUT : 0) };

	if (!w->dry)
		return true;
	w->dry = false;
	return poll(&p, 1, (int)(seconds * 1000)) > 0;
}

/* Stanzas */

/* Reads a block; false: there is none. What has been handed out makes room. */
static bool fill(struct wire *w)
{
	ssize_t n;

	if (w->taken) {
		memmove(w->in, w->in + w->taken, w->len - w->taken);
		w->len -= w->taken;
		w->seen -= w->taken;
		w->taken = 0;
	}
	if (w->cap - w->len < READ_SIZE) {
		w->cap = w->cap * 2 + READ_SIZE;
		w->in = mem_realloc(w->in, w->cap);
	}
	n = receive(w, w->in + w->len, w->cap - w->len);
	w->dry = n < 0;
	w->len += n < 0 ? 0 : (size_t)n;
	return n >= 0;
}

/* Counts tags to the end of a stanza; false: it has not arrived. No '>' stands in an attribute. */
static bool find_end(struct wire *w)
{
	for (;;) {
		const char *end = w->in + w->len, *open, *close;

		open = memchr(w->in + w->seen, '<', w->len - w->seen);
		close = open ? memchr(open, '>', (size_t)(end - open)) : NULL;
		if (!close) {
			w->seen = open ? (size_t)(open - w->in) : w->len;
			return false;
		}
		w->seen = (size_t)(close + 1 - w->in);
		if (open[1] == '/' && !w->depth)
			die("the server closed the stream");
		if (open[1] == '/')
			w->depth--;
		else if (close[-1] != '/' && open[1] != '?')
			w->depth++;
		if (!w->depth)
			return true;
	}
}

const char *wire_next(struct wire *w, size_t *ret_len)
{
	const char *start;

	while (w->len == w->seen || !find_end(w))
		if (!fill(w))
			return NULL;
	start = w->in + w->taken;
	*ret_len = w->seen - w->taken;
	w->taken = w->seen;
	for (; *start == '\n' || *start == ' '; start++)
		--*ret_len;
	return start;
}

bool wire_is(const char *stanza, const char *name)
{
	return *stanza == '<' && !strncmp(stanza + 1, name, strlen(name));
}

bool wire_attr(const char *stanza, size_t len, const char *name, struct str *ret)
{
	const char *end = memchr(stanza, '>', len);
	size_t n = strlen(name);

	for (const char *p = stanza; end && p + n + 2 < end; p++) {
		const char *close;

		if (*p != ' ' || strncmp(p + 1, name, n) != 0 || p[n + 1] != '=')
			continue;
		p += n + 2;
		close = memchr(p + 1, *p, (size_t)(end - p));
		if (!close)
			return false;
		str_reset(ret);
		str_add(ret, p + 1, (size_t)(close - p - 1));
		return true;
	}
	return false;
}

/* Login */

static void say(struct wire *w, const char *p, size_t len)
{
	for (size_t n; len; p += n, len -= n)
		n = wire_send(w, p, len);
}

static void say_text(struct wire *w, const char *text)
{
	say(w, text, strlen(text));
}

/* Up to and with the first tag of this name. */
static void hear_tag(struct wire *w, const char *name, struct str *ret)
{
	AUTO_FREE char *tag = mem_printf("<%s", name);

	for (;;) {
		char *open = memmem(w->in + w->taken, w->len - w->taken, tag, strlen(tag));
		char *close = open ? memchr(open, '>', (size_t)(w->in + w->len - open)) : NULL;

		if (close) {
			str_reset(ret);
			str_add(ret, open, (size_t)(close + 1 - open));
			w->taken = w->seen = (size_t)(close + 1 - w->in);
			return;
		}
		if (!fill(w) && !wire_wait(w, false, LOGIN_SECONDS))
			die("the server does not answer");
	}
}

static const char *hear(struct wire *w, const char *name)
{
	const char *stanza;
	size_t len;

	while (!(stanza = wire_next(w, &len)))
		if (!wire_wait(w, false, LOGIN_SECONDS))
			die("the server does not answer");
	if (!wire_is(stanza, name))
		die("<%s/> was expected: %.*s", name, (int)len, stanza);
	return stanza;
}

static void handshake(struct wire *w, const struct wire_to *to)
{
	AUTO_FREE char *open = mem_printf(STREAM, "jabber:component:accept", to->name, "");
	AUTO_FREE char *text = NULL;
	AUTO_STR tag = { 0 }, id = { 0 }, reply = { 0 };
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	say_text(w, open);
	hear_tag(w, "stream:stream", &tag);
	if (!wire_attr(tag.p, tag.len, "id", &id))
		die("a stream without an id");
	text = mem_printf("%s%s", id.p, to->secret);
	EVP_Digest(text, strlen(text), digest, &n, EVP_sha1(), NULL);
	str_puts(&reply, "<handshake>");
	for (unsigned i = 0; i < n; i++)
		str_printf(&reply, "%02x", digest[i]);
	str_puts(&reply, "</handshake>");
	say(w, reply.p, reply.len);
	hear(w, "handshake");
}

static void open_stream(struct wire *w, const char *domain)
{
	AUTO_FREE char *open = mem_printf(STREAM, "jabber:client", domain, " version='1.0'");
	AUTO_STR tag = { 0 };

	say_text(w, open);
	hear_tag(w, "stream:stream", &tag);
	hear(w, "stream:features");
}

static void authenticate(struct wire *w, const char *user, size_t len, const char *password)
{
	AUTO_STR plain = { 0 };
	unsigned char text[1024];
	AUTO_FREE char *auth = NULL;

	str_add(&plain, "", 1);
	str_add(&plain, user, len);
	str_add(&plain, "", 1);
	str_puts(&plain, password);
	if (plain.len > sizeof(text) / 4 * 3 - 4)
		die("too long a password");
	EVP_EncodeBlock(text, (unsigned char *)plain.p, (int)plain.len);
	auth = mem_printf(
		"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>",
		(char *)text);
	say_text(w, auth);
	hear(w, "success");
}

static void login(struct wire *w, const struct wire_to *to)
{
	const char *at = strchr(to->name, '@'), *slash = strchr(to->name, '/');
	AUTO_FREE char *domain = NULL, *bind = NULL;

	if (!at || !slash || slash < at)
		die("no full JID: %s", to->name);
	domain = mem_strndup(at + 1, (size_t)(slash - at - 1));
	open_stream(w, domain);
	say_text(w, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
	hear(w, "proceed");
	secure(w);
	w->taken = w->seen = w->len = 0;
	open_stream(w, domain);
	authenticate(w, to->name, (size_t)(at - to->name), to->secret);
	open_stream(w, domain);
	bind = mem_printf("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
			  "<resource>%s</resource></bind></iq>",
			  slash + 1);
	say_text(w, bind);
	hear(w, "iq");
	say_text(w, "<presence/>");
}

struct wire *wire_open(const struct wire_to *to)
{
	struct wire *w = mem_zalloc(sizeof(*w));
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons((uint16_t)atoi(to->port)),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1;

	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (w->fd < 0 || connect(w->fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		die("cannot connect to port %s: %s", to->port, strerror(errno));
	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(w->fd, F_SETFL, O_NONBLOCK);
	if (to->account)
		login(w, to);
	else
		handshake(w, to);
	return w;
}

void wire_free(struct wire *w)
{
	if (w->tls)
		SSL_free(w->tls);
	close(w->fd);
	free(w->in);
	free(w);
}
