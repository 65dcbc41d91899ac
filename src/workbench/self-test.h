/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/self-test.h: what this installation is made of, and whether it computes what it should
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "workbench/catalog.h"

G_BEGIN_DECLS

/* Versions, folders, threads, memory, and a self-test: a helix of points through the quick network,
 * turned by a quarter and by 40 degrees. A new reference. *ret_fine: the self-test passed. */
json_t *sw_self_test_to_json (const SwCatalog *catalog, bool *ret_fine);

/* Versions of what is computed with, in one line. */
char *sw_self_test_dup_libraries (void);

G_END_DECLS
