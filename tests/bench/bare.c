/* SPDX-License-Identifier: MIT */
/*
 * The least that a one-shot publish can cost: bare PORT CA-FILE USER PASSWORD SERVICE NODE PAYLOAD.
 *
 * The exchanges of pubsub-pub -e, in its order, with nothing but a socket and OpenSSL: STARTTLS,
 * SCRAM-SHA-1, bind, publish, end of stream. What it sends stands here as text, and it looks in
 * what comes only for what it cannot go on without. Nothing that can go wrong is dealt with.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#define HEADER                                                                                     \
	"<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' "  \
	"xmlns:stream='http://etherx.jabber.org/streams'>"
#define HASH 20

static int fd;
static SSL *tls;
static char input[65536]; /* since it was last asked for something */

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "bare: %s\n%s\n", what, input);
	exit(1);
}

__attribute__((format(printf, 1, 2))) static void say(const char *fmt, ...)
{
	char text[8192];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if ((tls ? SSL_write(tls, text, len) : send(fd, text, (size_t)len, 0)) != len)
		give_up("cannot send");
}

/* Reads until @mark has come; what came stays in input. */
static void await(const char *mark)
{
	size_t used = 0;
	int n;

	do {
		n = tls ? SSL_read(tls, input + used, (int)(sizeof(input) - 1 - used)) :
			  (int)recv(fd, input + used, sizeof(input) - 1 - used, 0);
		if (n <= 0)
			give_up(mark);
		used += (size_t)n;
		input[used] = '\0';
	} while (!strstr(input, mark));
}

static void start_tls(const char *ca_file)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx || SSL_CTX_load_verify_locations(ctx, ca_file, NULL) != 1)
		give_up("cannot read the CA file");
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	tls = SSL_new(ctx);
	SSL_set_tlsext_host_name(tls, "localhost");
	SSL_set1_host(tls, "localhost");
	SSL_set_fd(tls, fd);
	if (SSL_connect(tls) != 1)
		give_up("no TLS");
}

static void hmac(const unsigned char *key, const char *text, size_t len, unsigned char *out)
{
	HMAC(EVP_sha1(), key, HASH, (const unsigned char *)text, len, out, NULL);
}

/* RFC 5802: base64 of the client's proof. */
static void prove(const char *password, const char *salt64, int rounds, const char *auth, char *out)
{
	unsigned char salt[256], salted[HASH], key[HASH], stored[HASH], signature[HASH];
	int len = EVP_DecodeBlock(salt, (const unsigned char *)salt64, (int)strlen(salt64));

	for (const char *end = salt64 + strlen(salt64); end > salt64 && end[-1] == '='; end--)
		len--;
	PKCS5_PBKDF2_HMAC(password, -1, salt, len, rounds, EVP_sha1(), HASH, salted);
	hmac(salted, "Client Key", 10, key);
	EVP_Digest(key, HASH, stored, NULL, EVP_sha1(), NULL);
	hmac(stored, auth, strlen(auth), signature);
	for (int i = 0; i < HASH; i++)
		key[i] ^= signature[i];
	EVP_EncodeBlock((unsigned char *)out, key, HASH);
}

static void encode(const char *text, char *out)
{
	EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)text, (int)strlen(text));
}

static void decode(const char *text, char *out)
{
	char copy[1024];
	int len;

	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(text, "<"), text);
	len = EVP_DecodeBlock((unsigned char *)out, (unsigned char *)copy, (int)strlen(copy));
	out[len > 0 ? len : 0] = '\0';
}

static void log_in(const char *user, const char *password)
{
	char nonce[256], first[512], challenge[1024], salt[256], final[512], auth[2048], out[2048];
	unsigned char noise[16];
	const char *text;
	int rounds;

	RAND_bytes(noise, sizeof(noise));
	EVP_EncodeBlock((unsigned char *)nonce, noise, sizeof(noise));
	snprintf(first, sizeof(first), "n=%s,r=%s", user, nonce);
	snprintf(auth, sizeof(auth), "n,,%s", first);
	encode(auth, out);
	say("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>%s</auth>", out);
	await("</challenge>");
	text = strchr(input, '>');
	if (!text)
		give_up("no challenge");
	decode(text + 1, challenge);
	if (sscanf(challenge, "r=%255[^,],s=%255[^,],i=%d", nonce, salt, &rounds) != 3)
		give_up("no challenge");
	snprintf(final, sizeof(final), "c=biws,r=%s", nonce);
	snprintf(auth, sizeof(auth), "%s,%s,%s", first, challenge, final);
	prove(password, salt, rounds, auth, out);
	snprintf(auth, sizeof(auth), "%s,p=%.64s", final, out);
	encode(auth, out);
	say("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>%s</response>", out);
	await("<success");
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int on = 1;

	if (argc != 8) {
		fputs("usage: bare PORT CA-FILE USER PASSWORD SERVICE NODE PAYLOAD\n", stderr);
		return 64;
	}
	to.sin_port = htons((unsigned short)atoi(argv[1]));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		give_up("cannot connect");
	say(HEADER);
	await("</stream:features>");
	say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
	await("<proceed");
	start_tls(argv[2]);
	say(HEADER);
	await("</stream:features>");
	log_in(argv[3], argv[4]);
	say(HEADER);
	await("</stream:features>");
	say("<iq id='b' type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
	await("</iq>");
	say("<iq type='set' to='%s' id='p'><pubsub xmlns='http://jabber.org/protocol/pubsub'>"
	    "<publish node='%s'><item>%s</item></publish></pubsub></iq>",
	    argv[5], argv[6], argv[7]);
	await("</iq>");
	if (!strstr(input, "result"))
		give_up("refused");
	say("</stream:stream>");
	await("</stream:stream>");
	SSL_shutdown(tls);
	close(fd);
	return 0;
}
