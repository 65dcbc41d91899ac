/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/numbers.h"

#include <glib/gi18n.h>
#include <math.h>

static char *
format_power (double value, const char *format)
{
  static const char *const digits[10] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };
  int exponent = (int) floor (log10 (fabs (value)));
  double mantissa = value / pow (10.0, exponent);
  if (fabs (mantissa) >= 9.95)
    {
      mantissa /= 10.0;
      exponent++;
    }
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, format, mantissa);
  g_string_append (text, "·10");
  if (exponent < 0)
    g_string_append (text, "⁻");
  g_autofree char *plain = g_strdup_printf ("%d", ABS (exponent));
  for (const char *p = plain; *p != '\0'; p++)
    g_string_append (text, digits[*p - '0']);
  return g_string_free (text, FALSE);
}

char *
sw_numbers_format_error (double error)
{
  if (!isfinite (error))
    return g_strdup ("–");
  const double percent = 100.0 * error;
  if (error == 0.0)
    return g_strdup ("0 %");
  if (percent < 0.001)
    return format_power (error, "%.1f");
  if (percent < 0.01)
    return g_strdup_printf ("%.4f %%", percent);
  if (percent < 0.1)
    return g_strdup_printf ("%.3f %%", percent);
  if (percent < 10.0)
    return g_strdup_printf ("%.2f %%", percent);
  return g_strdup_printf ("%.1f %%", percent);
}

char *
sw_numbers_format_rotation (SwQuat rotation)
{
  double axis[3], angle;
  sw_quat_to_axis_angle (rotation, axis, &angle);
  if (angle < 1e-9)
    return g_strdup (_ ("no rotation"));
  for (int i = 0; i < 3; i++)
    if (fabs (axis[i]) < 0.005)
      axis[i] = 0.0; /* no "-0.00" */
  /* Translators: an angle and an axis */
  return g_strdup_printf (_ ("%.1f° about (%.2f, %.2f, %.2f)"), angle * 180.0 / G_PI, axis[0],
                          axis[1], axis[2]);
}

char *
sw_numbers_format_value (double value)
{
  const double size = fabs (value);
  if (!isfinite (value))
    return g_strdup ("–");
  if (size == 0.0)
    return g_strdup ("0");
  if (size < 1e-3 || size >= 1e5)
    return format_power (value, "%.1f");
  if (size < 0.1)
    return g_strdup_printf ("%.4f", value);
  if (size < 1.0)
    return g_strdup_printf ("%.3f", value);
  if (size < 10.0)
    return g_strdup_printf ("%.2f", value);
  return g_strdup_printf ("%.1f", value);
}

char *
sw_numbers_format_time (double seconds)
{
  if (seconds < 0.0095)
    return g_strdup_printf (_ ("%.1f ms"), 1e3 * seconds);
  if (seconds < 1.0)
    return g_strdup_printf (_ ("%.0f ms"), 1e3 * seconds);
  return g_strdup_printf (_ ("%.1f s"), seconds);
}
