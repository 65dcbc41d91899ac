/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/cube-file.h"

#include <math.h>

#include "base/file.h"
#include "workbench/error.h"

#define ANGSTROM_PER_BOHR 0.529177210903

bool
sw_cube_write (const char *path, const float *grid, size_t n, double spacing, const double origin[3], const char *comment, GError **error)
{
  GString *text = g_string_new (NULL);
  char numbers[3][G_ASCII_DTOSTR_BUF_SIZE];
  SwError plain = { 0 };
  const double unit = 1.0 / ANGSTROM_PER_BOHR;

  g_string_append_printf (text, "%s\nswivel " SW_VERSION "; x outermost, z fastest; lengths in bohr\n", comment);
  for (int i = 0; i < 3; i++)
    g_ascii_formatd (numbers[i], sizeof numbers[i], "%12.6f", origin[i] * unit);
  g_string_append_printf (text, "%5d%s%s%s\n", 0, numbers[0], numbers[1], numbers[2]);
  for (int axis = 0; axis < 3; axis++)
    {
      for (int i = 0; i < 3; i++)
        g_ascii_formatd (numbers[i], sizeof numbers[i], "%12.6f", i == axis ? spacing * unit : 0.0);
      g_string_append_printf (text, "%5zu%s%s%s\n", n, numbers[0], numbers[1], numbers[2]);
    }
  for (size_t x = 0; x < n; x++)
    for (size_t y = 0; y < n; y++)
      for (size_t z = 0; z < n; z++)
        {
          const float value = grid[(z * n + y) * n + x];
          g_string_append (text, g_ascii_formatd (numbers[0], sizeof numbers[0], "%13.5E", isfinite (value) ? (double) value : 0.0));
          if (z % 6 == 5 || z + 1 == n)
            g_string_append_c (text, '\n');
        }
  const SwStatus status = sw_file_write (path, text->str, text->len, &plain);
  g_string_free (text, TRUE);
  if (status == SW_OK)
    return true;
  sw_workbench_set_error (error, status, &plain, NULL);
  return false;
}
