/* SPDX-License-Identifier: MIT */
#ifndef XMPP_NS_H
#define XMPP_NS_H

/* Namespaces, by the document that defines them. */
#define NS_STREAM "http://etherx.jabber.org/streams"			/* RFC 6120 */
#define NS_TLS "urn:ietf:params:xml:ns:xmpp-tls"
#define NS_BIND "urn:ietf:params:xml:ns:xmpp-bind"
#define NS_STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"
#define NS_STREAMS "urn:ietf:params:xml:ns:xmpp-streams"
#define NS_SASL "urn:ietf:params:xml:ns:xmpp-sasl"
#define NS_SESSION "urn:ietf:params:xml:ns:xmpp-session"		/* RFC 3921 */
#define NS_ROSTER "jabber:iq:roster"					/* RFC 6121 */
#define NS_DATA "jabber:x:data"						/* XEP-0004 */
#define NS_DISCO_INFO "http://jabber.org/protocol/disco#info"		/* XEP-0030 */
#define NS_DISCO_ITEMS "http://jabber.org/protocol/disco#items"
#define NS_ADDRESS "http://jabber.org/protocol/address"			/* XEP-0033 */
#define NS_COMMANDS "http://jabber.org/protocol/commands"		/* XEP-0050 */
#define NS_RSM "http://jabber.org/protocol/rsm"				/* XEP-0059 */
#define NS_PUBSUB "http://jabber.org/protocol/pubsub"			/* XEP-0060 */
#define NS_PUBSUB_EVENT "http://jabber.org/protocol/pubsub#event"
#define NS_PUBSUB_OWNER "http://jabber.org/protocol/pubsub#owner"
#define NS_PUBSUB_ERRORS "http://jabber.org/protocol/pubsub#errors"
#define NS_VERSION "jabber:iq:version"					/* XEP-0092 */
#define NS_COMPONENT "jabber:component:accept"				/* XEP-0114 */
#define NS_CAPS "http://jabber.org/protocol/caps"			/* XEP-0115 */
#define NS_VALIDATE "http://jabber.org/protocol/xdata-validate"		/* XEP-0122 */
#define NS_SHIM "http://jabber.org/protocol/shim"			/* XEP-0131 */
#define NS_SM "urn:xmpp:sm:3"						/* XEP-0198 */
#define NS_PING "urn:xmpp:ping"						/* XEP-0199 */
#define NS_DELAY "urn:xmpp:delay"					/* XEP-0203 */
#define NS_FORWARD "urn:xmpp:forward:0"					/* XEP-0297 */
#define NS_AGO "urn:xmpp:ago:0"						/* XEP-0312 */
#define NS_MAM "urn:xmpp:mam:2"						/* XEP-0313 */
#define NS_MAM_EXTENDED NS_MAM "#extended"
#define NS_SID "urn:xmpp:sid:0"						/* XEP-0359 */
#define NS_ORDER_BY "urn:xmpp:order-by:1"				/* XEP-0413 */
#define NS_PUBSUB_FILTER "urn:xmpp:pubsub-filter:0"			/* XEP-0462 */
#define NS_PPS "urn:xmpp:pps:0"						/* XEP-0465 */
#define NS_ATOM "http://www.w3.org/2005/Atom"				/* RFC 4287 */

#endif
