#include "CHMAC.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <string.h>

// Fetching asks the providers by name, under a lock: once for the whole process, never per message.
static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MAC *hmac;
static EVP_MD *sha256;
// Whether a keyed context can start another message under its key. OpenSSL 3.0.0 to 3.0.2 say yes and go on with the
// message before (openssl/openssl#17811), so it is tried rather than asked.
static int restarts;

static EVP_MAC_CTX *keyed(char *digest, const void *key, size_t key_length) {
    EVP_MAC_CTX *context = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
    if (!context) return NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    // A null key would mean "the key of before", so an empty one points somewhere.
    if (EVP_MAC_init(context, key ? key : "", key_length, params)) return context;
    EVP_MAC_CTX_free(context);
    return NULL;
}

static int finish(EVP_MAC_CTX *context, const void *message, size_t length, void *mac) {
    size_t written = 0;
    return (length == 0 || EVP_MAC_update(context, message, length))
        && EVP_MAC_final(context, mac, &written, CHMAC_LONGEST) && written == EVP_MAC_CTX_get_mac_size(context);
}

static void fetch(void) {
    hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    unsigned char first[CHMAC_LONGEST], second[CHMAC_LONGEST];
    EVP_MAC_CTX *trial = keyed("SHA256", "a key for the trial only", 24);
    restarts = trial && finish(trial, "once", 4, first) && EVP_MAC_init(trial, NULL, 0, NULL)
        && finish(trial, "once", 4, second) && memcmp(first, second, CHMAC_SHA256) == 0;
    EVP_MAC_CTX_free(trial);
}

static char *name(chmac_hash hash) {
    switch (hash) {
        case CHMAC_SHA1: return "SHA1";
        case CHMAC_SHA256: return "SHA256";
        case CHMAC_SHA512: return "SHA512";
    }
    return NULL;
}

void *chmac_create(chmac_hash hash, const void *key, size_t key_length) {
    pthread_once(&once, fetch);
    char *digest = name(hash);
    return digest ? keyed(digest, key, key_length) : NULL;
}

int chmac_compute(void *context, const void *message, size_t length, void *mac) {
    // Without a key, EVP_MAC_init starts a new message under the key it has (EVP_MAC(3)), without hashing it again.
    if (restarts) return EVP_MAC_init(context, NULL, 0, NULL) && finish(context, message, length, mac);
    EVP_MAC_CTX *copy = EVP_MAC_CTX_dup(context);
    int done = copy && finish(copy, message, length, mac);
    EVP_MAC_CTX_free(copy);
    return done;
}

void chmac_free(void *context) { EVP_MAC_CTX_free(context); }

void *chmac_digest_create(void) {
    pthread_once(&once, fetch);
    return sha256 ? EVP_MD_CTX_new() : NULL;
}

int chmac_digest_compute(void *context, const void *message, size_t length, void *digest) {
    return EVP_DigestInit_ex2(context, sha256, NULL) && (length == 0 || EVP_DigestUpdate(context, message, length))
        && EVP_DigestFinal_ex(context, digest, NULL);
}

void chmac_digest_free(void *context) { EVP_MD_CTX_free(context); }

int chmac_equal(const void *a, const void *b, size_t length) { return CRYPTO_memcmp(a, b, length) == 0; }

void chmac_wipe(void *octets, size_t length) { OPENSSL_cleanse(octets, length); }

int chmac_random(void *octets, size_t length) { return RAND_bytes(octets, (int)length) == 1; }
