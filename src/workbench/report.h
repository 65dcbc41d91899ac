/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/report.h: what is known, as JSON
 *
 * Each function gives a new reference. Numbers that are not finite become null. Keys are stable:
 * programs read them.
 */
#pragma once

#include <jansson.h>

#include "workbench/equivariance.h"
#include "workbench/export.h"

G_BEGIN_DECLS

json_t *sw_document_to_json (const SwDocument *document);
json_t *sw_catalog_to_json (const SwCatalog *catalog);
json_t *sw_run_result_to_json (const SwRunResult *result);
json_t *sw_kernels_to_json (const SwKernels *kernels);
/* A real number, or null when it is not finite. */
json_t *sw_json_number (double value);
/* Text of a file need not be UTF-8, and JSON must be. NULL: "". */
json_t *sw_json_text (const char *string);
/* Writes a JSON text to a file, atomically. */
bool sw_json_write (const json_t *json, const char *path, GError **error);

G_END_DECLS
