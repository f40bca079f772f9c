// The server's side of TLS 1.2 and 1.3 through OpenSSL's libssl, over non-blocking sockets.
//
// A context holds certificate, key and rules; connections are made of it. A context may be used by several threads at
// once, a connection by one at a time. Nothing here raises a signal, waits, or leaves an error for the thread's next user
// of OpenSSL.
#ifndef CTLS_H
#define CTLS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

// What is wrong with the files of a context.
typedef enum ctls_fault {
    CTLS_NO_FAULT,
    CTLS_NO_CERTIFICATE,   // the chain holds none in PEM form
    CTLS_BAD_CERTIFICATE,  // what stands between BEGIN and END is none
    CTLS_WEAK_CERTIFICATE, // a key or signature too short to be safe
    CTLS_NO_KEY,           // no private key in PEM form, or one that OpenSSL cannot read
    CTLS_ENCRYPTED_KEY,    // a password protects it
    CTLS_KEY_MISMATCH,     // it is another certificate's
    CTLS_NO_AUTHORITY,     // the authorities hold no certificate in PEM form
    CTLS_BAD_AUTHORITY,
    CTLS_REFUSED           // by OpenSSL for another reason, or no memory
} ctls_fault;

/// TLS 1.2 and 1.3 with forward secrecy and authenticated encryption alone, no renegotiation, compression or resumption,
/// ALPN http/1.1. `chain` begins with the server's certificate, PEM like `key` and `authorities`. Where `authorities` is
/// not null, a client must show a certificate by one of them. Null, and why in `fault` (never null), where they do not do.
/// Owned by the caller, who gives it to ctls_context_free.
void *ctls_context_create(
    const void *chain, size_t chain_length, const void *key, size_t key_length, const void *authorities,
    size_t authorities_length, ctls_fault *fault);

/// Connections that were made of it go on. Null is allowed.
void ctls_context_free(void *context);

/// When the first certificate of the chain to expire does: seconds since 1970.
long long ctls_context_expiry(void *context);

// What came of an attempt. The two that want something are to be tried again, in the same way, once the socket is so.
typedef enum ctls_outcome {
    CTLS_DONE,
    CTLS_WANTS_TO_READ,
    CTLS_WANTS_TO_WRITE,
    CTLS_ENDED,  // the other side has finished sending. Reading, and a handshake in which it never said a word
    CTLS_FAILED, // the socket or TLS; see ctls_error
} ctls_outcome;

// Why a handshake failed.
typedef enum ctls_reason {
    CTLS_CLOSED,                // the client went away amid it
    CTLS_PLAIN_HTTP,            // the client speaks HTTP without TLS
    CTLS_NO_TLS,                // what came is no TLS
    CTLS_NO_COMMON_VERSION,
    CTLS_NO_COMMON_CIPHER,      // nor group or kind of signature
    CTLS_NO_COMMON_PROTOCOL,    // ALPN without http/1.1
    CTLS_NO_CLIENT_CERTIFICATE, // one is asked for
    CTLS_BAD_CLIENT_CERTIFICATE,
    CTLS_REFUSED_BY_CLIENT,     // it sent an alert
    CTLS_OTHER_REASON
} ctls_reason;

/// A connection over a socket, which stays the caller's and must stay open. Null without memory. Owned by the caller, who
/// gives it to ctls_free.
void *ctls_create(void *context, int socket);

/// Null is allowed.
void ctls_free(void *connection);

/// Goes on with the handshake.
ctls_outcome ctls_accept(void *connection);

/// After a handshake that failed.
ctls_reason ctls_why(void *connection);

/// What OpenSSL says about the last failure, in English; never null. The text is static, or the connection's.
const char *ctls_detail(void *connection);

/// The `errno` of the last failure; EPROTO where TLS and not the socket failed.
int ctls_error(void *connection);

/// Reads at most `room` octets, and of one record at most: more may be there until it wants to read.
ctls_outcome ctls_read(void *connection, void *octets, size_t room, size_t *count);

/// Writes as much as the socket takes; `count`, also where it wants something, is what need not be written again.
ctls_outcome ctls_write(void *connection, const void *octets, size_t length, size_t *count);

/// Tells the other side that nothing more will be sent (close_notify), if the socket has room for it. Once.
void ctls_end(void *connection);

#ifdef __cplusplus
}
#endif
#endif
