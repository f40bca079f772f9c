// HMAC and SHA-256 over OpenSSL 3, for Swift: no OpenSSL type is shown.
//
// A context belongs to one thread at a time. Where a function can fail, it does so only when OpenSSL has no memory or
// no provider for the hash.
#ifndef CHMAC_H
#define CHMAC_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The longest MAC there is here: that of SHA-512.
#define CHMAC_LONGEST 64

/// The hash below an HMAC (RFC 2104), named by the number of octets of its MAC.
typedef enum chmac_hash { CHMAC_SHA1 = 20, CHMAC_SHA256 = 32, CHMAC_SHA512 = 64 } chmac_hash;

/// A keyed HMAC, for any number of messages one after another. Owned by the caller, who gives it to chmac_free.
/// The key is copied, and the copy is wiped by chmac_free. Null on failure.
void *chmac_create(chmac_hash hash, const void *key, size_t key_length);

/// Writes the MAC of one message: exactly so many octets as the hash's number says. Returns 1, or 0 on failure.
int chmac_compute(void *context, const void *message, size_t length, void *mac);

/// Null is allowed.
void chmac_free(void *context);

/// A SHA-256 for any number of messages one after another. Owned by the caller, who gives it to chmac_digest_free.
/// Null on failure.
void *chmac_digest_create(void);

/// Writes the 32 octets of the message's SHA-256. Returns 1, or 0 on failure.
int chmac_digest_compute(void *context, const void *message, size_t length, void *digest);

/// Null is allowed.
void chmac_digest_free(void *context);

/// 1 when the octets are the same, else 0; the time it takes depends only on the length.
int chmac_equal(const void *a, const void *b, size_t length);

/// Overwrites the octets, also where a compiler would think that nobody looks at them again.
void chmac_wipe(void *octets, size_t length);

/// Fills the octets from OpenSSL's generator. Returns 1, or 0 on failure.
int chmac_random(void *octets, size_t length);

#ifdef __cplusplus
}
#endif
#endif
