#include "CHMAC.h"
