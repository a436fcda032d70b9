/* SPDX-License-Identifier: MIT */
#ifndef XMPP_TAP_H
#define XMPP_TAP_H

/*
 * The tap between libstrophe and expat.
 *
 * libstrophe drops the namespaces of attributes, xmlns='' and prefixes, and has no limits. Our
 * program therefore defines the four expat functions that libstrophe calls; the dynamic linker
 * prefers them, and they pass on to the real ones. Through them
 *
 *  - attributes keep their namespace: xml:lang stays xml:lang, others become prefix:local with
 *    an xmlns:prefix attribute beside them; xmlns='' is kept;
 *  - what stands inside <item> of a namespace that begins with http://jabber.org/protocol/pubsub is
 *    not built as a tree but captured as text that stands for itself (see tap_payload());
 *  - a stanza beyond the limits below is cut short rather than built (see tap_cut());
 *  - a tag that arrives in two reads is handed on at once; newer expats wait for more;
 *  - what libstrophe does not tell (reads, parse errors) can be asked for;
 *  - what libstrophe renders for its log alone can be left out (see tap_log()).
 *
 * One parser at a time is the live stream; what is asked for without a stanza is of the process, as
 * libstrophe is single-threaded.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <strophe.h>

#define TAP_MAX_DEPTH 250		/* levels below the stanza, payload included */
#define TAP_MAX_ELEMENTS 4096		/* elements of one stanza handed on, payloads apart */
#define TAP_MAX_ATTRIBUTES 256		/* of one element */
#define TAP_MAX_NAMESPACES 256		/* declarations in scope */
#define TAP_MAX_CAPTURE (1024 * 1024)	/* bytes of captured payload in one stanza */
#define TAP_MAX_TEXT (1024 * 1024)	/* bytes of other character data in one stanza */

/* What an <item> held. Pointers are borrowed from the stanza. */
struct tap_payload {
	/*
	 * Markup in UTF-8 that stands alone: every prefix declared, default namespace set on each
	 * top element; NULL where there was nothing but blanks.
	 */
	const char *xml;
	size_t len;
	unsigned elements;	/* top-level elements; a good payload has exactly one */
	bool text;		/* there was character data beside them */
	const char *name;	/* of the first top-level element, without prefix; NULL: none */
	const char *ns;		/* its namespace, "" for none */
};

/*
 * The payload of @item, a stanza in a pubsub namespace that came through the tap. False where the
 * item had none (@ret is then all zero).
 */
bool tap_payload(xmpp_stanza_t *item, struct tap_payload *ret);

/*
 * The limit that this stanza (a whole one, no child) broke, or NULL: "depth", "elements",
 * "attributes", "namespaces", "capture", "text". It is then incomplete, and a payload cut through
 * is left out; the stanza's own tag is there, for an answer, with its first TAP_MAX_ATTRIBUTES
 * attributes.
 */
const char *tap_cut(xmpp_stanza_t *stanza);

/*
 * Blocks of input parsed so far; grows exactly when libstrophe has read something.
 * xmpp_stanza_new_from_string() counts neither here nor below.
 */
unsigned long tap_reads(void);
uint64_t tap_bytes(void); /* in them */

/* Of the stream since tap_reset(). */
bool tap_stream_opened(void);		/* the peer has sent a stream header */
bool tap_parse_error(void);		/* the peer has sent what is not well-formed */
void tap_reset(void);

/*
 * libstrophe renders each stanza that it has received to text, for its log, also where it has none:
 * a fifth of what a busy service takes. False: nobody reads that, and it is left out. True at first.
 */
void tap_log(bool wanted);

/*
 * Is the tap between libstrophe and expat? Otherwise payloads would be damaged without a sign.
 * Costs one small parse; needs no connection.
 */
bool tap_works(xmpp_ctx_t *ctx);

#endif
