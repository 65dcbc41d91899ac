/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/inspector.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/numbers.h"

static double
add_row (GString *text, const char *name, const float *field, gsize n_voxels, gint64 voxel, unsigned l)
{
  double square = 0.0;

  g_string_append_printf (text, "\n<tt>%s", name);
  for (unsigned m = 0; m < 2 * l + 1; m++)
    {
      const double value = (double) field[m * n_voxels + (gsize) voxel];
      square += value * value;
      g_string_append_printf (text, " %s%.3g", value < 0.0 ? "−" : " ", fabs (value));
    }
  g_string_append (text, "</tt>");
  if (l > 0)
    g_string_append_printf (text, "  |f| %.3g", sqrt (square));
  return square;
}

char *
sw_inspector_dup_markup (const SwComparison *comparison, gint64 voxel)
{
  const SwFieldPair *pair = comparison != NULL ? comparison->pair : NULL;
  double apart = 0.0;

  if (pair == NULL || voxel < 0)
    return NULL;
  const gsize n = pair->size, n_voxels = n * n * n;
  if ((gsize) voxel >= n_voxels)
    return NULL;
  GString *text = g_string_new (NULL);
  /* Translators: indices of a voxel; order of the field */
  g_string_append_printf (text, _ ("Voxel (%u, %u, %u), l = %u"), (unsigned) ((gsize) voxel % n),
                          (unsigned) ((gsize) voxel / n % n), (unsigned) ((gsize) voxel / (n * n)), pair->l);
  if (pair->l > 0)
    g_string_append_printf (text, ", m = −%u…%u", pair->l, pair->l);
  (void) add_row (text, "f(Rx) ", pair->f_of_rotated, n_voxels, voxel, pair->l);
  const double square = add_row (text, "R f(x)", pair->rotated_f, n_voxels, voxel, pair->l);
  for (unsigned m = 0; m < 2 * pair->l + 1; m++)
    apart += pow ((double) pair->difference[m * n_voxels + (gsize) voxel], 2.0);
  g_autofree char *error = sw_numbers_format_error (square > 0.0 ? sqrt (apart / square) : NAN);
  /* Translators: relative difference of two vectors at one voxel */
  g_string_append_printf (text, _ ("\napart by %s"), error);
  return g_string_free (text, FALSE);
}
