// Faults for the storage tests: a library for LD_PRELOAD that fails, or ends the process, at chosen writes and syncs.
//
// What it does is read from the environment at the start, so that a test decides it when it starts the program:
//   FAULTS_PATH     only files whose name contains this text are touched (needed; without it nothing happens)
//   FAULTS_FILE     a control file. While it exists, each write or sync of a touched file fails with the error that
//                   its text names: ENOSPC, EIO, EROFS; `sync EIO` lets writes pass and fails syncs only;
//                   `hang` makes each wait until the file is gone
//   FAULTS_KILL     N: the process is ended by SIGKILL at the N-th write or sync of a touched file, counted from 1;
//                   `N+` ends it just after that operation instead of just before
//   FAULTS_SYNCED   a folder that takes a copy of each touched file as it is after each of its syncs: what a power cut
//                   leaves at the least
//   FAULTS_COUNT    a file that takes the number of operations at the end of the process
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *path, *control, *count_file, *synced;
static long kill_at, kill_after;
static atomic_long operations;

__attribute__((constructor)) static void begin(void) {
    path = getenv("FAULTS_PATH");
    control = getenv("FAULTS_FILE");
    count_file = getenv("FAULTS_COUNT");
    synced = getenv("FAULTS_SYNCED");
    const char *text = getenv("FAULTS_KILL");
    if (text) {
        char *end;
        kill_at = strtol(text, &end, 10);
        kill_after = *end == '+';
    }
}

__attribute__((destructor)) static void finish(void) {
    if (!count_file) return;
    FILE *file = fopen(count_file, "w");
    if (!file) return;
    fprintf(file, "%ld\n", (long)operations);
    fclose(file);
}

static int name_of(int fd, char *name, size_t capacity) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, name, capacity - 1);
    if (length < 0) return 0;
    name[length] = 0;
    return 1;
}

static int touched(int fd) {
    char name[4096];
    return path && name_of(fd, name, sizeof name) && strstr(name, path) != NULL;
}

// Under another name first: the process may be ended in the middle.
static void keep_synced(int fd) {
    char name[4096], kept[8192], unfinished[8200];
    struct stat status;
    if (!name_of(fd, name, sizeof name) || fstat(fd, &status)) return;
    snprintf(kept, sizeof kept, "%s/%s", synced, strrchr(name, '/') + 1);
    snprintf(unfinished, sizeof unfinished, "%s.new", kept);
    int from = open(name, O_RDONLY | O_CLOEXEC), to = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    off_t at = 0;
    while (from >= 0 && to >= 0 && at < status.st_size && sendfile(to, from, &at, (size_t)(status.st_size - at)) > 0) {}
    if (at == status.st_size) rename(unfinished, kept);
    if (from >= 0) close(from);
    if (to >= 0) close(to);
}

// The control file is opened with the system call itself: the shim does not count or fail its own doings.
static int control_text(char *text, size_t capacity) {
    if (!control) return 0;
    int fd = open(control, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t length = read(fd, text, capacity - 1);
    close(fd);
    text[length > 0 ? length : 0] = 0;
    return 1;
}

// 0: go on; otherwise the errno to fail with.
static int before(int fd, int sync, int *counted) {
    *counted = touched(fd);
    if (!*counted) return 0;
    long number = atomic_fetch_add(&operations, 1) + 1;
    if (kill_at == number && !kill_after) kill(getpid(), SIGKILL);
    char text[64];
    while (control_text(text, sizeof text)) {
        if (!strncmp(text, "hang", 4)) {
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
            continue;
        }
        const char *error = text;
        if (!strncmp(text, "sync ", 5)) {
            if (!sync) return 0;
            error += 5;
        }
        if (!strncmp(error, "ENOSPC", 6)) return sync ? 0 : ENOSPC;
        if (!strncmp(error, "EROFS", 5)) return EROFS;
        if (!strncmp(error, "EIO", 3)) return EIO;
        return 0;
    }
    return 0;
}

static void after(int counted) {
    // Another thread may have counted on: the process ends at the first end of an operation at or past the number.
    if (counted && kill_after && kill_at && operations >= kill_at) kill(getpid(), SIGKILL);
}

#define REPLACE(result, name, parameters, arguments, sync)                      \
    result name parameters {                                                    \
        static result(*real) parameters;                                        \
        if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name);                    \
        int counted, error = before(fd, sync, &counted);                        \
        if (error) {                                                            \
            errno = error;                                                      \
            return -1;                                                          \
        }                                                                       \
        result r = real arguments;                                              \
        int kept = errno;                                                       \
        if (sync && counted && synced && r == 0) keep_synced(fd);               \
        after(counted);                                                         \
        errno = kept;                                                           \
        return r;                                                               \
    }

REPLACE(ssize_t, write, (int fd, const void *bytes, size_t count), (fd, bytes, count), 0)
REPLACE(ssize_t, pwrite, (int fd, const void *bytes, size_t count, off_t at), (fd, bytes, count, at), 0)
REPLACE(ssize_t, pwrite64, (int fd, const void *bytes, size_t count, off64_t at), (fd, bytes, count, at), 0)
REPLACE(int, fsync, (int fd), (fd), 1)
REPLACE(int, fdatasync, (int fd), (fd), 1)
REPLACE(int, ftruncate, (int fd, off_t length), (fd, length), 0)
REPLACE(int, ftruncate64, (int fd, off64_t length), (fd, length), 0)
