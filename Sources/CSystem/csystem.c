#define _GNU_SOURCE
#include "CSystem.h"

#include <assert.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

// The header says by hand what the system's headers say.
static_assert(sizeof(struct csystem_epoll_event) == sizeof(struct epoll_event), "size");
static_assert(offsetof(struct csystem_epoll_event, token) == offsetof(struct epoll_event, data), "offset");
static_assert(CSYSTEM_EPOLLIN == EPOLLIN && CSYSTEM_EPOLLOUT == EPOLLOUT && CSYSTEM_EPOLLERR == EPOLLERR, "events");
static_assert(CSYSTEM_EPOLLHUP == EPOLLHUP && CSYSTEM_EPOLLRDHUP == EPOLLRDHUP, "events");
static_assert(CSYSTEM_EPOLLET == (unsigned)EPOLLET && CSYSTEM_EPOLLEXCLUSIVE == EPOLLEXCLUSIVE, "modes");
static_assert(CSYSTEM_EPOLL_CTL_ADD == EPOLL_CTL_ADD && CSYSTEM_EPOLL_CTL_DEL == EPOLL_CTL_DEL, "operations");
static_assert(CSYSTEM_CLOEXEC == EPOLL_CLOEXEC && CSYSTEM_CLOEXEC == EFD_CLOEXEC, "flags");
static_assert(CSYSTEM_CLOEXEC == TFD_CLOEXEC && CSYSTEM_CLOEXEC == SOCK_CLOEXEC, "flags");
static_assert(CSYSTEM_NONBLOCK == EFD_NONBLOCK && CSYSTEM_NONBLOCK == TFD_NONBLOCK, "flags");
static_assert(CSYSTEM_NONBLOCK == SOCK_NONBLOCK && CSYSTEM_TFD_TIMER_ABSTIME == TFD_TIMER_ABSTIME, "flags");
static_assert(sizeof(socklen_t) == sizeof(unsigned int), "socklen_t");

int csystem_set_dumpable(int dumpable) { return prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0); }
