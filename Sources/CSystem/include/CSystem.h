// System calls that Swift's Glibc module does not show.
#ifndef CSYSTEM_H
#define CSYSTEM_H
#endif
