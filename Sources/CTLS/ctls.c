#define _GNU_SOURCE
#include "CTLS.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

typedef struct context {
    SSL_CTX *tls;
    long long expiry;
} context;

typedef struct connection {
    SSL *tls;
    int socket;
    int has_heard; // octets came
    int is_open;   // the handshake is done
    int extra;     // messages of the handshake that came after it
    int has_ended; // close_notify was tried
    int has_failed;
    int error;
    unsigned long code; // OpenSSL's first error of the last failure
} connection;

// A client may change its keys (KeyUpdate) after each 2^24 records or so, or ask in vain to begin anew. OpenSSL goes on
// reading until there is something for its caller, so whoever sent nothing else would never let go of the thread.
#define EXTRA 32

static void watch(
    int is_sent, int version, int type, const void *octets, size_t length, SSL *tls, void *connection_) {
    (void)version, (void)octets, (void)length, (void)tls;
    connection *c = connection_;
    if (!is_sent && type == SSL3_RT_HANDSHAKE && c->is_open && c->extra <= EXTRA) c->extra++;
}

// --- The socket, as OpenSSL sees it. Its own kind writes by write(2), which raises SIGPIPE.

static pthread_once_t once = PTHREAD_ONCE_INIT;
static BIO_METHOD *method;

static int socket_read(BIO *bio, char *octets, int room) {
    connection *c = BIO_get_data(bio);
    ssize_t count;
    if (c->extra > EXTRA) {
        BIO_clear_retry_flags(bio);
        errno = EPROTO;
        return -1;
    }
    do count = recv(c->socket, octets, (size_t)room, 0);
    while (count < 0 && errno == EINTR);
    BIO_clear_retry_flags(bio);
    if (count < 0 && errno == EAGAIN) BIO_set_retry_read(bio);
    if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    if (count > 0) c->has_heard = 1;
    return (int)count;
}

static int socket_write(BIO *bio, const char *octets, int length) {
    connection *c = BIO_get_data(bio);
    ssize_t count;
    do count = send(c->socket, octets, (size_t)length, MSG_NOSIGNAL);
    while (count < 0 && errno == EINTR);
    BIO_clear_retry_flags(bio);
    if (count < 0 && errno == EAGAIN) BIO_set_retry_write(bio);
    return (int)count;
}

static long socket_control(BIO *bio, int command, long number, void *pointer) {
    (void)number, (void)pointer;
    switch (command) {
        case BIO_CTRL_FLUSH: return 1;
        case BIO_CTRL_EOF: return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
        default: return 0;
    }
}

static void make_method(void) {
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "socket without signals");
    if (!method) return;
    BIO_meth_set_read(method, socket_read);
    BIO_meth_set_write(method, socket_write);
    BIO_meth_set_ctrl(method, socket_control);
}

// --- Contexts

// Mozilla's "intermediate" recommendation, version 5.7, less the DHE suites: OpenSSL 3 has its TLS 1.3 suites by default.
#define CIPHERS                                                                                                        \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"                         \
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define TLS13_CIPHERS "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define GROUPS "X25519:prime256v1:secp384r1"

// A client that offers protocols, and not this one, speaks something else (RFC 7301, section 3.2).
static int choose_protocol(
    SSL *tls, const unsigned char **chosen, unsigned char *length, const unsigned char *offered, unsigned int count,
    void *unused) {
    (void)tls, (void)unused;
    static const unsigned char http[] = "\x08http/1.1";
    unsigned char *found;
    if (SSL_select_next_proto(&found, length, http, sizeof http - 1, offered, count) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

// The certificates of a text; null, with a fault, where there is none or a wrong one.
static STACK_OF(X509) *certificates(const void *text, size_t length, ctls_fault *fault, ctls_fault none, ctls_fault bad) {
    STACK_OF(X509) *all = sk_X509_new_null();
    BIO *bio = BIO_new_mem_buf(text, (int)length);
    X509 *next = NULL;
    *fault = CTLS_REFUSED;
    if (!all || !bio) goto fail;
    while ((next = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
        if (!sk_X509_push(all, next)) goto fail;
    unsigned long end = ERR_peek_last_error();
    if (ERR_GET_LIB(end) != ERR_LIB_PEM || ERR_GET_REASON(end) != PEM_R_NO_START_LINE) {
        *fault = bad;
        goto fail;
    }
    if (sk_X509_num(all) == 0) {
        *fault = none;
        goto fail;
    }
    *fault = CTLS_NO_FAULT;
    BIO_free(bio);
    return all;
fail:
    X509_free(next);
    BIO_free(bio);
    sk_X509_pop_free(all, X509_free);
    return NULL;
}

static int refuse_password(char *buffer, int size, int writing, void *was_asked) {
    (void)buffer, (void)size, (void)writing;
    *(int *)was_asked = 1;
    return -1;
}

static EVP_PKEY *private_key(const void *text, size_t length, ctls_fault *fault) {
    BIO *bio = BIO_new_mem_buf(text, (int)length);
    int was_asked = 0;
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, refuse_password, &was_asked) : NULL;
    BIO_free(bio);
    *fault = key ? CTLS_NO_FAULT : was_asked ? CTLS_ENCRYPTED_KEY : CTLS_NO_KEY;
    return key;
}

// Certificate, the rest of the chain, and key.
static ctls_fault identify(context *c, STACK_OF(X509) *chain, EVP_PKEY *key) {
    X509 *own = sk_X509_value(chain, 0);
    if (!X509_check_private_key(own, key)) return CTLS_KEY_MISMATCH;
    if (!SSL_CTX_use_certificate(c->tls, own)) {
        // The security level tells by these two that something is too short.
        int reason = ERR_GET_REASON(ERR_peek_last_error());
        return reason == SSL_R_EE_KEY_TOO_SMALL || reason == SSL_R_CA_MD_TOO_WEAK ? CTLS_WEAK_CERTIFICATE
                                                                                   : CTLS_BAD_CERTIFICATE;
    }
    if (!SSL_CTX_use_PrivateKey(c->tls, key)) return CTLS_REFUSED;
    struct tm end;
    for (int index = 0; index < sk_X509_num(chain); index++) {
        X509 *next = sk_X509_value(chain, index);
        if (index > 0 && !SSL_CTX_add1_chain_cert(c->tls, next)) return CTLS_WEAK_CERTIFICATE;
        if (!ASN1_TIME_to_tm(X509_get0_notAfter(next), &end)) return CTLS_BAD_CERTIFICATE;
        long long expiry = timegm(&end);
        if (index == 0 || expiry < c->expiry) c->expiry = expiry;
    }
    return CTLS_NO_FAULT;
}

// Whose certificates clients must show; their names are told to clients, which choose by them.
static int demand(SSL_CTX *tls, STACK_OF(X509) *authorities) {
    X509_STORE *store = SSL_CTX_get_cert_store(tls);
    for (int index = 0; index < sk_X509_num(authorities); index++) {
        X509 *authority = sk_X509_value(authorities, index);
        if (!X509_STORE_add_cert(store, authority) || !SSL_CTX_add_client_CA(tls, authority)) return 0;
    }
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return 1;
}

static int set_rules(SSL_CTX *tls) {
    // Without resumption no key outlives its connection, and what a reload brought holds for whoever connects.
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    // A client that ends without close_notify is taken to have ended: how long a message is, HTTP says itself.
    SSL_CTX_set_options(
        tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_clear_options(tls, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(
        tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS
            | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_read_ahead(tls, 1);
    SSL_CTX_set_alpn_select_cb(tls, choose_protocol, NULL);
    SSL_CTX_set_security_level(tls, 2);
    return SSL_CTX_set_num_tickets(tls, 0) && SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION)
        && SSL_CTX_set_max_proto_version(tls, TLS1_3_VERSION) && SSL_CTX_set_cipher_list(tls, CIPHERS)
        && SSL_CTX_set_ciphersuites(tls, TLS13_CIPHERS) && SSL_CTX_set1_groups_list(tls, GROUPS);
}

void *ctls_context_create(
    const void *chain, size_t chain_length, const void *key, size_t key_length, const void *authorities,
    size_t authorities_length, ctls_fault *fault) {
    ERR_clear_error();
    STACK_OF(X509) *own = NULL, *others = NULL;
    EVP_PKEY *secret = NULL;
    context *c = calloc(1, sizeof *c);
    *fault = CTLS_REFUSED;
    if (!c || !(c->tls = SSL_CTX_new(TLS_server_method())) || !set_rules(c->tls)) goto end;
    if (!(own = certificates(chain, chain_length, fault, CTLS_NO_CERTIFICATE, CTLS_BAD_CERTIFICATE))) goto end;
    if (!(secret = private_key(key, key_length, fault))) goto end;
    if ((*fault = identify(c, own, secret)) != CTLS_NO_FAULT) goto end;
    if (authorities) {
        others = certificates(authorities, authorities_length, fault, CTLS_NO_AUTHORITY, CTLS_BAD_AUTHORITY);
        if (others && !demand(c->tls, others)) *fault = CTLS_REFUSED;
    }
end:
    sk_X509_pop_free(own, X509_free);
    sk_X509_pop_free(others, X509_free);
    EVP_PKEY_free(secret);
    ERR_clear_error();
    if (*fault == CTLS_NO_FAULT) return c;
    ctls_context_free(c);
    return NULL;
}

void ctls_context_free(void *context_) {
    context *c = context_;
    if (!c) return;
    SSL_CTX_free(c->tls);
    free(c);
}

long long ctls_context_expiry(void *context_) { return ((context *)context_)->expiry; }

// --- Connections

void *ctls_create(void *context_, int socket) {
    pthread_once(&once, make_method);
    connection *c = calloc(1, sizeof *c);
    BIO *bio = method ? BIO_new(method) : NULL;
    if (!c || !bio || !(c->tls = SSL_new(((context *)context_)->tls))) {
        BIO_free(bio);
        free(c);
        ERR_clear_error();
        return NULL;
    }
    c->socket = socket;
    BIO_set_data(bio, c);
    BIO_set_init(bio, 1);
    SSL_set_bio(c->tls, bio, bio);
    SSL_set_accept_state(c->tls);
    SSL_set_msg_callback(c->tls, watch);
    SSL_set_msg_callback_arg(c->tls, c);
    return c;
}

void ctls_free(void *connection_) {
    connection *c = connection_;
    if (!c) return;
    SSL_free(c->tls);
    free(c);
}

// Of a call that gave `result`, straight after it. OpenSSL's errors are a queue of the thread: it was empty before the
// call, and is empty when this returns.
static ctls_outcome outcome(connection *c, int result) {
    int number = errno;
    switch (SSL_get_error(c->tls, result)) {
        case SSL_ERROR_NONE: return CTLS_DONE;
        case SSL_ERROR_WANT_READ: return CTLS_WANTS_TO_READ;
        case SSL_ERROR_WANT_WRITE: return CTLS_WANTS_TO_WRITE;
        case SSL_ERROR_ZERO_RETURN: return CTLS_ENDED;
        case SSL_ERROR_SYSCALL: c->error = number ? number : ECONNRESET; break;
        default: c->error = EPROTO; break;
    }
    c->has_failed = 1;
    c->code = ERR_peek_error();
    ERR_clear_error();
    return CTLS_FAILED;
}

ctls_outcome ctls_accept(void *connection_) {
    connection *c = connection_;
    ERR_clear_error();
    errno = 0;
    ctls_outcome came = outcome(c, SSL_accept(c->tls));
    if (came == CTLS_DONE) c->is_open = 1;
    if (came == CTLS_ENDED || (came == CTLS_FAILED && !c->has_heard)) {
        c->has_failed = 1;
        c->error = ECONNRESET;
        return c->has_heard ? CTLS_FAILED : CTLS_ENDED;
    }
    return came;
}

ctls_reason ctls_why(void *connection_) {
    connection *c = connection_;
    if (c->error != EPROTO) return CTLS_CLOSED;
    if (ERR_GET_LIB(c->code) != ERR_LIB_SSL) return CTLS_OTHER_REASON;
    int reason = ERR_GET_REASON(c->code);
    if (reason >= SSL_AD_REASON_OFFSET) return CTLS_REFUSED_BY_CLIENT;
    switch (reason) {
        case SSL_R_UNEXPECTED_EOF_WHILE_READING: return CTLS_CLOSED;
        case SSL_R_HTTP_REQUEST: return CTLS_PLAIN_HTTP;
        case SSL_R_HTTPS_PROXY_REQUEST:
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_BAD_RECORD_TYPE:
        case SSL_R_PACKET_LENGTH_TOO_LONG:
        case SSL_R_RECORD_LENGTH_MISMATCH:
        case SSL_R_RECORD_TOO_SMALL:
        case SSL_R_UNEXPECTED_MESSAGE:
        case SSL_R_UNEXPECTED_RECORD:
        case SSL_R_LENGTH_MISMATCH: return CTLS_NO_TLS;
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_VERSION_TOO_LOW:
        case SSL_R_UNKNOWN_PROTOCOL: return CTLS_NO_COMMON_VERSION;
        case SSL_R_NO_SHARED_CIPHER:
        case SSL_R_NO_SHARED_GROUPS:
        case SSL_R_NO_SUITABLE_GROUPS:
        case SSL_R_NO_SUITABLE_KEY_SHARE:
        case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
        case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM: return CTLS_NO_COMMON_CIPHER;
        case SSL_R_NO_APPLICATION_PROTOCOL: return CTLS_NO_COMMON_PROTOCOL;
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return CTLS_NO_CLIENT_CERTIFICATE;
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
        case SSL_R_NO_CERTIFICATES_RETURNED: return CTLS_BAD_CLIENT_CERTIFICATE;
        default: return CTLS_OTHER_REASON;
    }
}

const char *ctls_detail(void *connection_) {
    connection *c = connection_;
    if (c->error != EPROTO) return strerrordesc_np(c->error) ? strerrordesc_np(c->error) : "";
    long verified = SSL_get_verify_result(c->tls);
    if (verified != X509_V_OK && ctls_why(c) == CTLS_BAD_CLIENT_CERTIFICATE) return X509_verify_cert_error_string(verified);
    const char *text = ERR_reason_error_string(c->code);
    return text ? text : "";
}

int ctls_error(void *connection_) { return ((connection *)connection_)->error; }

ctls_outcome ctls_read(void *connection_, void *octets, size_t room, size_t *count) {
    connection *c = connection_;
    *count = 0;
    ERR_clear_error();
    errno = 0;
    return outcome(c, SSL_read_ex(c->tls, octets, room, count));
}

ctls_outcome ctls_write(void *connection_, const void *octets, size_t length, size_t *count) {
    connection *c = connection_;
    *count = 0;
    // One record at a time, as SSL_MODE_ENABLE_PARTIAL_WRITE has it.
    while (*count < length) {
        size_t written = 0;
        ERR_clear_error();
        errno = 0;
        ctls_outcome came = outcome(c, SSL_write_ex(c->tls, (const char *)octets + *count, length - *count, &written));
        *count += written;
        if (came != CTLS_DONE) return came;
    }
    return CTLS_DONE;
}

void ctls_end(void *connection_) {
    connection *c = connection_;
    // After a failure, or amid a handshake, there is nothing to end (SSL_shutdown(3)).
    if (c->has_ended || c->has_failed || !SSL_is_init_finished(c->tls)) return;
    c->has_ended = 1;
    ERR_clear_error();
    SSL_shutdown(c->tls);
    ERR_clear_error();
}
