// HMAC over OpenSSL 3, for Swift: no OpenSSL type is shown.
#ifndef CHMAC_H
#define CHMAC_H
#endif
