// How often a secret lies in a process's memory: a library for LD_PRELOAD that counts it from the inside, because the
// program forbids others to look. A count is written as a line of its own: whether the process is dumpable (prctl(2)), the
// number, and where they are.
//   COPIES_OF       what to look for, in hexadecimal: the text itself would be found
//   COPIES_REPORT   the file that takes a line for each count
// It counts when the program ends in good order, after all of its own ends, and at the signal SIGRTMIN + 7.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *hex, *report;
static size_t length;
// What is read of the process, overlapping by the secret's length, and the list of mappings; both are left out.
static unsigned char window[1 << 16];
static char maps[1 << 20];

static unsigned char digit(char c) { return (unsigned char)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10); }

static int is_here(const unsigned char *bytes) {
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != (unsigned char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]))) return 0;
    }
    return 1;
}

static int is_own(size_t address) {
    size_t start = (size_t)window, second = (size_t)maps;
    return (address >= start && address < start + sizeof window) || (address >= second && address < second + sizeof maps);
}

static void count(void) {
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    size_t used = 0;
    for (ssize_t got; used < sizeof maps - 1 && (got = read(fd, maps + used, sizeof maps - 1 - used)) > 0;) used += got;
    close(fd);
    maps[used] = 0;

    char found[4096] = "";
    int copies = 0;
    for (char *line = maps; *line; line = strchrnul(line, '\n'), line += *line == '\n') {
        size_t start, end;
        char readable;
        int name = 0;
        if (sscanf(line, "%zx-%zx %c%*s %*s %*s %*s%n", &start, &end, &readable, &name) < 3 || readable != 'r') continue;
        name += strspn(line + name, " ");
        for (size_t at = start; at < end;) {
            size_t wanted = end - at < sizeof window ? end - at : sizeof window;
            struct iovec here = {window, wanted}, there = {(void *)at, wanted};
            ssize_t got = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
            if (got < (ssize_t)length) break;
            for (size_t i = 0; i + length <= (size_t)got; i++) {
                if (is_own(at + i) || !is_here(window + i)) continue;
                copies++;
                size_t said = strlen(found);
                snprintf(found + said, sizeof found - said, " %zx(%.*s)", at + i, (int)strcspn(line + name, "\n"),
                         line + name);
            }
            if (at + got >= end) break;
            at += got - length + 1;
        }
    }
    memset(window, 0, sizeof window);
    fd = open(report, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return;
    dprintf(fd, "%d %d%s\n", prctl(PR_GET_DUMPABLE), copies, found);
    close(fd);
}

static void on_signal(int number) {
    (void)number;
    count();
}

__attribute__((constructor)) static void begin(void) {
    hex = getenv("COPIES_OF");
    report = getenv("COPIES_REPORT");
    if (!hex || !report) return;
    length = strlen(hex) / 2;
    signal(SIGRTMIN + 7, on_signal);
}

__attribute__((destructor)) static void end(void) {
    if (length) count();
}
