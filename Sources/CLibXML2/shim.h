// libxml2's headers that the schema room uses.

// Later versions than 2.9 mark fields and functions that this room uses (there is no successor in 2.9) as deprecated,
// which Swift would report as warnings, and so as errors.
#define XML_DEPRECATED
#define XML_DEPRECATED_MEMBER

// Debian's libxml2 converts encodings with ICU, and its headers then include ICU's, of which Foundation brings another
// version: a file that sees both does not compile. Only a struct that this room does not use differs.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/schemasInternals.h>
#include <libxml/tree.h>
#include <libxml/xmlIO.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

// xmlFree is a variable, which Swift 6 does not let concurrent code read. Nothing in this program sets it.
static inline void freeXMLText(void *text) { xmlFree(text); }
