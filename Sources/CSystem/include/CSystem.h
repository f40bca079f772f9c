// System calls of Linux that Swift's Glibc module does not show. Declarations, and a function for what is variadic.
//
// Nothing is included: a system header first seen here would count as this module's, and the types in it would be
// missing from Glibc's. Structures that Glibc shows are therefore passed as void *. csystem.c checks all of this against
// the real headers.
#ifndef CSYSTEM_H
#define CSYSTEM_H

// Without padding on x86-64 only, so that 32-bit programs see the same (<sys/epoll.h>). The data is the caller's.
#if defined(__x86_64__)
#define CSYSTEM_PACKED __attribute__((packed))
#else
#define CSYSTEM_PACKED
#endif
struct csystem_epoll_event {
    unsigned int events;
    unsigned long long token;
} CSYSTEM_PACKED;

enum {
    CSYSTEM_EPOLLIN = 0x1,
    CSYSTEM_EPOLLOUT = 0x4,
    CSYSTEM_EPOLLERR = 0x8,
    CSYSTEM_EPOLLHUP = 0x10,
    CSYSTEM_EPOLLRDHUP = 0x2000,
    CSYSTEM_EPOLLEXCLUSIVE = 1 << 28,

    CSYSTEM_EPOLL_CTL_ADD = 1,
    CSYSTEM_EPOLL_CTL_DEL = 2,

    // The same bit for epoll_create1, eventfd and timerfd_create as O_CLOEXEC, O_NONBLOCK.
    CSYSTEM_CLOEXEC = 02000000,
    CSYSTEM_NONBLOCK = 04000,

    CSYSTEM_TFD_TIMER_ABSTIME = 1,
};
#define CSYSTEM_EPOLLET 0x80000000u

int csystem_epoll_create(int flags) __asm__("epoll_create1");
int csystem_epoll_ctl(int epoll, int operation, int descriptor, struct csystem_epoll_event *event)
    __asm__("epoll_ctl");
int csystem_epoll_wait(int epoll, struct csystem_epoll_event *events, int count, int milliseconds)
    __asm__("epoll_wait");
int csystem_eventfd(unsigned int count, int flags) __asm__("eventfd");
int csystem_timerfd_create(int clock, int flags) __asm__("timerfd_create");
// struct itimerspec; the former setting is not told.
int csystem_timerfd_settime(int timer, int flags, const void *setting, void *former) __asm__("timerfd_settime");
// struct sockaddr.
int csystem_accept(int listener, void *address, unsigned int *length, int flags) __asm__("accept4");

// prctl with PR_SET_DUMPABLE, which is variadic: whether the process may be dumped and traced. Returns 0.
int csystem_set_dumpable(int dumpable);

#endif
