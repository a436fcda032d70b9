/* SPDX-License-Identifier: MIT */
#ifndef XMPP_NS_H
#define XMPP_NS_H

/* Namespaces, by the document that defines them. */
#define NS_STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"		/* RFC 6120 */
#define NS_STREAMS "urn:ietf:params:xml:ns:xmpp-streams"
#define NS_SASL "urn:ietf:params:xml:ns:xmpp-sasl"
#define NS_DATA "jabber:x:data"						/* XEP-0004 */
#define NS_DISCO_INFO "http://jabber.org/protocol/disco#info"		/* XEP-0030 */
#define NS_DISCO_ITEMS "http://jabber.org/protocol/disco#items"
#define NS_RSM "http://jabber.org/protocol/rsm"				/* XEP-0059 */
#define NS_PUBSUB "http://jabber.org/protocol/pubsub"			/* XEP-0060 */
#define NS_PUBSUB_EVENT "http://jabber.org/protocol/pubsub#event"
#define NS_PUBSUB_OWNER "http://jabber.org/protocol/pubsub#owner"
#define NS_PUBSUB_ERRORS "http://jabber.org/protocol/pubsub#errors"
#define NS_VERSION "jabber:iq:version"					/* XEP-0092 */
#define NS_COMPONENT "jabber:component:accept"				/* XEP-0114 */
#define NS_SHIM "http://jabber.org/protocol/shim"			/* XEP-0131 */
#define NS_PING "urn:xmpp:ping"						/* XEP-0199 */
#define NS_DELAY "urn:xmpp:delay"					/* XEP-0203 */

#endif
