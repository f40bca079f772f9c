// One HTTP(S) request through libcurl, whose own functions are variadic and so not callable from Swift.
//
// A request is made, filled, performed once, read and freed by one thread. Redirects are not followed, certificates are
// verified, only http and https are spoken. The usual environment variables name a proxy (libcurl's http_proxy,
// https_proxy, no_proxy), except for this machine's own addresses.
#ifndef CCURL_H
#define CCURL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ccurl_outcome {
    CCURL_ANSWERED,      // an HTTP response was read whole
    CCURL_BAD_URL,       // no URL, no host in it, or another scheme than http and https
    CCURL_NOT_RESOLVED,  // the name of the host or of the proxy is unknown
    CCURL_REFUSED,       // nothing listens there
    CCURL_UNREACHABLE,   // no connection for another reason
    CCURL_TIMED_OUT,     // one of the two limits of time
    CCURL_UNTRUSTED,     // the certificate is not one for this host by an authority that is trusted
    CCURL_TLS,           // TLS failed in another way
    CCURL_NO_ANSWER,     // the connection ended before an HTTP response, or what came is none
    CCURL_TOO_LARGE,     // the response is larger than asked for
    CCURL_OTHER,         // see ccurl_detail
} ccurl_outcome;

/// A request without fields and content. Owned by the caller, who gives it to ccurl_free. Null without memory.
void *ccurl_create(const char *url, const char *method);

/// Null is allowed.
void ccurl_free(void *request);

/// A whole field line without its end, "Name: value". Libcurl's notation holds: "Name;" sends an empty value, "Name:"
/// takes back a field that libcurl would add of itself. Returns 1, or 0 without memory.
int ccurl_add_field(void *request, const char *line);

/// Copies the content. Returns 1, or 0 without memory.
int ccurl_set_content(void *request, const void *octets, size_t length);

/// Milliseconds: until a connection stands (with TLS), and altogether.
void ccurl_set_times(void *request, long connect, long total);

/// A file of certificates to trust (PEM) instead of the system's.
void ccurl_set_authorities(void *request, const char *file);

/// Does it, once. `largest` is for the octets of the response's content; its field section may have 256 KiB.
ccurl_outcome ccurl_perform(void *request, size_t largest);

/// The status code of the last response; 0 where there was none.
int ccurl_status(void *request);

/// The status line and field lines of the last response, each with its line end. The octets are the request's.
const void *ccurl_head(void *request, size_t *length);

/// The content of the response. The octets are the request's.
const void *ccurl_content(void *request, size_t *length);

/// What libcurl says about a failure, in English; never null. The text is the request's.
const char *ccurl_detail(void *request);

#ifdef __cplusplus
}
#endif
#endif
