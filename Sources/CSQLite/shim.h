// SQLite's C interface.
#include <sqlite3.h>

// Corresponds to sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0), which is variadic, so that Swift cannot call it. Without
// the statistics, of which nobody asks, an allocation needs no lock of the whole process. Only before SQLite's first use.
static inline int csqlite_leave_memory_uncounted(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
