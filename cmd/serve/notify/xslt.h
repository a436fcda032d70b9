/* SPDX-License-Identifier: MIT */
#ifndef SERVE_NOTIFY_XSLT_H
#define SERVE_NOTIFY_XSLT_H

/* libxslt, which a service with stylesheets alone needs; loaded with the first one (late.h). */
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/xsltInternals.h>
#include <libxslt/xsltutils.h>

#include "common/base/late.h"

/* clang-format off */
#define XSLT_NAMES(X) \
	X(xsltApplyStylesheetUser) \
	X(xsltFreeSecurityPrefs) \
	X(xsltFreeStylesheet) \
	X(xsltFreeTransformContext) \
	X(xsltGenericError) \
	X(xsltGenericErrorContext) \
	X(xsltGetDefaultSecurityPrefs) \
	X(xsltNewSecurityPrefs) \
	X(xsltNewTransformContext) \
	X(xsltParseStylesheetDoc) \
	X(xsltSecurityForbid) \
	X(xsltSetCtxtSecurityPrefs) \
	X(xsltSetDefaultSecurityPrefs) \
	X(xsltSetGenericErrorFunc) \
	X(xsltSetSecurityPrefs) \
	X(xsltSetTransformErrorFunc)
/* clang-format on */

extern struct xslt_names {
	XSLT_NAMES(LATE_MEMBER)
} xslt_names;

/* Before anything of it is called. 0, or -ELIBACC after a message. */
int xslt_load(void);

#define xsltApplyStylesheetUser (*xslt_names.xsltApplyStylesheetUser)
#define xsltFreeSecurityPrefs (*xslt_names.xsltFreeSecurityPrefs)
#define xsltFreeStylesheet (*xslt_names.xsltFreeStylesheet)
#define xsltFreeTransformContext (*xslt_names.xsltFreeTransformContext)
#define xsltGenericError (*xslt_names.xsltGenericError)
#define xsltGenericErrorContext (*xslt_names.xsltGenericErrorContext)
#define xsltGetDefaultSecurityPrefs (*xslt_names.xsltGetDefaultSecurityPrefs)
#define xsltNewSecurityPrefs (*xslt_names.xsltNewSecurityPrefs)
#define xsltNewTransformContext (*xslt_names.xsltNewTransformContext)
#define xsltParseStylesheetDoc (*xslt_names.xsltParseStylesheetDoc)
#define xsltSecurityForbid (*xslt_names.xsltSecurityForbid)
#define xsltSetCtxtSecurityPrefs (*xslt_names.xsltSetCtxtSecurityPrefs)
#define xsltSetDefaultSecurityPrefs (*xslt_names.xsltSetDefaultSecurityPrefs)
#define xsltSetGenericErrorFunc (*xslt_names.xsltSetGenericErrorFunc)
#define xsltSetSecurityPrefs (*xslt_names.xsltSetSecurityPrefs)
#define xsltSetTransformErrorFunc (*xslt_names.xsltSetTransformErrorFunc)

#endif
