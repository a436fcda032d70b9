/* SPDX-License-Identifier: MIT */
#include "common/xmpp/versions.h"

#include <errno.h>
#include <ev.h>
#include <expat.h>
#include <libxml/xmlversion.h>
#include <libxml/parser.h>
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stringprep.h>

#include "common/base/exits.h"
#include "common/base/log.h"
#include "common/base/sqlite.h"
#include "common/base/version.h"

int versions_print(void)
{
	int xml = atoi(xmlParserVersion);

	printf("pubsub %s\n", PUBSUB_VERSION);
	printf("libxml2 %d.%d.%d\n", xml / 10000, xml / 100 % 100, xml % 100);
	printf("expat %d.%d.%d\n", XML_ExpatVersionInfo().major, XML_ExpatVersionInfo().minor,
	       XML_ExpatVersionInfo().micro);
	printf("SQLite %s\n", sqlite_load() ? "cannot be loaded" : sqlite3_libversion());
	printf("libidn %s\n", stringprep_check_version(NULL));
	printf("libev %d.%d\n", ev_version_major(), ev_version_minor());
	/* libstrophe and popt cannot be asked: these are the versions at build time. */
	printf("libstrophe %s\npopt %s\n", BUILT_WITH_STROPHE, BUILT_WITH_POPT);
	if (!fflush(stdout))
		return 0;
	log_error("cannot write: %s", strerror(errno));
	return EX_IOERR;
}
