#include "CCurl.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LARGEST_HEAD 262144

// Octets that grow up to a limit.
typedef struct octets {
    char *start;
    size_t length, room, largest;
    int overflowed;
} octets;

typedef struct request {
    CURL *curl;
    CURLU *url;
    struct curl_slist *fields;
    octets head, content;
    int is_post, has_content;
    char detail[CURL_ERROR_SIZE];
} request;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static void prepare(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

static int append(octets *to, const char *from, size_t length) {
    if (length > to->largest - to->length) {
        to->overflowed = 1;
        return 0;
    }
    if (length > to->room - to->length) {
        size_t room = (to->length + length) * 2;
        char *start = realloc(to->start, room);
        if (!start) return 0;
        to->start = start;
        to->room = room;
    }
    memcpy(to->start + to->length, from, length);
    to->length += length;
    return 1;
}

static size_t take_head(char *line, size_t size, size_t count, void *context) {
    octets *head = context;
    // Each response begins with its status line: an interim one (100) is forgotten when the next comes.
    if (size * count >= 5 && memcmp(line, "HTTP/", 5) == 0) head->length = 0;
    return append(head, line, size * count) ? size * count : 0;
}

static size_t take_content(char *data, size_t size, size_t count, void *context) {
    return append(context, data, size * count) ? size * count : 0;
}

void *ccurl_create(const char *url, const char *method) {
    pthread_once(&once, prepare);
    request *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->curl = curl_easy_init();
    r->url = curl_url();
    if (!r->curl || !r->url || curl_easy_setopt(r->curl, CURLOPT_CUSTOMREQUEST, method)) {
        ccurl_free(r);
        return NULL;
    }
    curl_easy_setopt(r->curl, CURLOPT_ERRORBUFFER, r->detail);
    // Text that is no URL is told by ccurl_perform: the handle then has none.
    CURLUcode parsed = curl_url_set(r->url, CURLUPART_URL, url, 0);
    if (parsed) {
        strncpy(r->detail, curl_url_strerror(parsed), sizeof r->detail - 1);
        curl_url_cleanup(r->url);
        r->url = NULL;
    }
    r->is_post = strcmp(method, "POST") == 0;
    if (strcmp(method, "HEAD") == 0) curl_easy_setopt(r->curl, CURLOPT_NOBODY, 1L);
    return r;
}

void ccurl_free(void *context) {
    request *r = context;
    if (!r) return;
    curl_easy_cleanup(r->curl);
    curl_url_cleanup(r->url);
    curl_slist_free_all(r->fields);
    free(r->head.start);
    free(r->content.start);
    free(r);
}

int ccurl_add_field(void *context, const char *line) {
    request *r = context;
    struct curl_slist *longer = curl_slist_append(r->fields, line);
    if (longer) r->fields = longer;
    return longer != NULL;
}

int ccurl_set_content(void *context, const void *octets, size_t length) {
    request *r = context;
    r->has_content = 1;
    return curl_easy_setopt(r->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length) == CURLE_OK
        && curl_easy_setopt(r->curl, CURLOPT_COPYPOSTFIELDS, length ? octets : "") == CURLE_OK;
}

void ccurl_set_times(void *context, long connect, long total) {
    request *r = context;
    curl_easy_setopt(r->curl, CURLOPT_CONNECTTIMEOUT_MS, connect);
    curl_easy_setopt(r->curl, CURLOPT_TIMEOUT_MS, total);
}

void ccurl_set_authorities(void *context, const char *file) {
    request *r = context;
    curl_easy_setopt(r->curl, CURLOPT_CAINFO, file);
}

static int is_loopback(const char *host) {
    return strcasecmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0;
}

// Scheme and host are judged before libcurl tries, for it has the same code for other matters too.
static int set_url(request *r) {
    char *scheme = NULL, *host = NULL;
    int good = r->url && !curl_url_get(r->url, CURLUPART_SCHEME, &scheme, 0)
        && !curl_url_get(r->url, CURLUPART_HOST, &host, 0)
        && (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0) && *host;
    if (good) {
        curl_easy_setopt(r->curl, CURLOPT_CURLU, r->url);
        if (is_loopback(host)) curl_easy_setopt(r->curl, CURLOPT_PROXY, "");
    }
    curl_free(scheme);
    curl_free(host);
    return good;
}

static ccurl_outcome outcome(request *r, CURLcode code) {
    long cause = 0;
    switch (code) {
        case CURLE_OK: return CCURL_ANSWERED;
        case CURLE_URL_MALFORMAT: return CCURL_BAD_URL;
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY: return CCURL_NOT_RESOLVED;
        case CURLE_COULDNT_CONNECT:
            curl_easy_getinfo(r->curl, CURLINFO_OS_ERRNO, &cause);
            return cause == ECONNREFUSED ? CCURL_REFUSED : CCURL_UNREACHABLE;
        case CURLE_OPERATION_TIMEDOUT: return CCURL_TIMED_OUT;
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_ISSUER_ERROR: return CCURL_UNTRUSTED;
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_SHUTDOWN_FAILED: return CCURL_TLS;
        case CURLE_WRITE_ERROR:
            return r->head.overflowed || r->content.overflowed ? CCURL_TOO_LARGE : CCURL_OTHER;
        case CURLE_GOT_NOTHING:
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:
        case CURLE_PARTIAL_FILE:
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_BAD_CONTENT_ENCODING:
        case CURLE_UNSUPPORTED_PROTOCOL: return CCURL_NO_ANSWER; // "HTTP/0.9 when not allowed"
        default: return CCURL_OTHER;
    }
}

ccurl_outcome ccurl_perform(void *context, size_t largest) {
    request *r = context;
    if (!set_url(r)) return CCURL_BAD_URL;
    // A POST says how long its content is even when it has none.
    if (r->is_post && !r->has_content && !ccurl_set_content(r, "", 0)) return CCURL_OTHER;
    r->head.largest = LARGEST_HEAD;
    r->content.largest = largest;
    CURL *curl = r->curl;
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, r->fields);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_head);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &r->head);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_content);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &r->content);
    CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK && !*r->detail) strncpy(r->detail, curl_easy_strerror(code), sizeof r->detail - 1);
    return outcome(r, code);
}

int ccurl_status(void *context) {
    long status = 0;
    curl_easy_getinfo(((request *)context)->curl, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

const void *ccurl_head(void *context, size_t *length) {
    request *r = context;
    *length = r->head.length;
    return r->head.start;
}

const void *ccurl_content(void *context, size_t *length) {
    request *r = context;
    *length = r->content.length;
    return r->content.start;
}

const char *ccurl_detail(void *context) { return ((request *)context)->detail; }
