/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/export.h: fields, densities and kernels as files that other tools read
 *
 * The suffix of the path decides: .npz (arrays, conventions and grid in one archive), .npy (the
 * array; conventions beside it in FILE.txt), .map .mrc .ccp4 .cube (one scalar field). Arrays are
 * float32; shapes in README.md. Files appear whole or not at all.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "workbench/job.h"

G_BEGIN_DECLS

/* The field of a layer (-1: the input) that the result holds: [c, z, y, x]. copy: for maps, which
 * scalar field; -1: the first, for the other formats: all. */
bool
sw_export_field (const SwRunResult *result, int layer, int copy, const char *path, GError **error);

typedef struct
{
  unsigned l_out, l_in, size;
  SwBasisRule rule;
  SwBasisKind kind;
} SwKernelRequest;

/* [element, 2 l_out + 1, 2 l_in + 1, z, y, x] */
typedef struct
{
  SwBasisSpec spec;
  SwBasisKind kind;
  size_t n_values;
  float *values;
} SwKernels;

SwKernels *sw_kernels_new (const SwKernelRequest *request, GError **error);
void sw_kernels_free (SwKernels *kernels);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwKernels, sw_kernels_free)
bool sw_export_kernels (const SwKernels *kernels, const char *path, GError **error);

G_END_DECLS
