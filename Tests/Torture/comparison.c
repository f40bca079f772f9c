// Times the comparison of MACs: the program's own, and one that ends at the first difference, for the analysis to find.
// Prints a line `FUNCTION CLASS NANOSECONDS` for each sample; a sample is many comparisons of the same two MACs.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CHMAC.h"

enum { LENGTH = 20, BATCH = 200, SAMPLES = 30000 };

static int early(const void *a, const void *b, size_t length) {
    const volatile unsigned char *x = a, *y = b;
    for (size_t i = 0; i < length; i++)
        if (x[i] != y[i]) return 0;
    return 1;
}

static double measure(int (*equal)(const void *, const void *, size_t), const unsigned char *a, const unsigned char *b) {
    struct timespec begin, end;
    volatile int result = 0;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < BATCH; i++) result += equal(a, b, LENGTH);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return ((end.tv_sec - begin.tv_sec) * 1e9 + (end.tv_nsec - begin.tv_nsec)) / BATCH;
}

int main(void) {
    // One buffer for all classes: three of them would lie differently in the caches.
    unsigned char right[LENGTH], claimed[LENGTH];
    srand(1);
    for (int i = 0; i < LENGTH; i++) right[i] = (unsigned char)rand();
    const char *classes[] = {"first", "last", "none"};
    for (int i = 0; i < SAMPLES * 3; i++) {
        int class = rand() % 3;
        for (int planted = 0; planted < 2; planted++) {
            memcpy(claimed, right, LENGTH);
            if (class == 0) claimed[0] ^= 1;
            if (class == 1) claimed[LENGTH - 1] ^= 1;
            double time = measure(planted ? early : chmac_equal, right, claimed);
            printf("%s %s %.3f\n", planted ? "planted" : "own", classes[class], time);
        }
    }
    return 0;
}
