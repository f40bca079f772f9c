// System calls of Linux that Swift's Glibc module does not show. Declarations only.
#ifndef CSYSTEM_H
#define CSYSTEM_H

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

// Event masks as plain numbers: <sys/epoll.h> has them as an enumeration and as macros that Swift does not import.
enum {
    CSYSTEM_EPOLLIN = EPOLLIN,
    CSYSTEM_EPOLLOUT = EPOLLOUT,
    CSYSTEM_EPOLLERR = EPOLLERR,
    CSYSTEM_EPOLLHUP = EPOLLHUP,
    CSYSTEM_EPOLLRDHUP = EPOLLRDHUP,
    CSYSTEM_EPOLLEXCLUSIVE = 1 << 28,
};
#define CSYSTEM_EPOLLET 0x80000000u

// In <sys/socket.h> for GNU sources only.
extern int accept4(int descriptor, struct sockaddr *restrict address, socklen_t *restrict length, int flags);

#endif
