// One HTTP(S) request through libcurl, whose own functions are variadic and so not callable from Swift.
#ifndef CCURL_H
#define CCURL_H
#endif
