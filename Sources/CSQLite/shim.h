// SQLite's C interface, nothing added.
#include <sqlite3.h>
