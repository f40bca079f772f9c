// System calls of Linux that Swift's Glibc module does not show. Declarations only.
#ifndef CSYSTEM_H
#define CSYSTEM_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

// epoll_event is packed and holds a union, which Swift reads awkwardly; events are exchanged as this instead.
typedef struct csystem_event {
    uint32_t events;
    uint64_t token;
} csystem_event;

// As in <sys/epoll.h>, where Swift imports them as an enumeration or not at all.
enum {
    CSYSTEM_EPOLLIN = EPOLLIN,
    CSYSTEM_EPOLLOUT = EPOLLOUT,
    CSYSTEM_EPOLLERR = EPOLLERR,
    CSYSTEM_EPOLLHUP = EPOLLHUP,
    CSYSTEM_EPOLLRDHUP = EPOLLRDHUP,
};
#define CSYSTEM_EPOLLET (1u << 31)
#define CSYSTEM_EPOLLEXCLUSIVE (1u << 28)

// accept4 with SOCK_NONBLOCK and SOCK_CLOEXEC; <sys/socket.h> declares accept4 only for GNU sources.
int csystem_accept(int listener, struct sockaddr *address, socklen_t *length);

#endif
