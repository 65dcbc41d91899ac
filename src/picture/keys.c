/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "picture/keys.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

static void
key_free (gpointer data)
{
  SwKey *key = data;
  g_free (key->title);
  g_free (key->colors);
  g_strfreev (key->labels);
  g_free (key->note);
  g_free (key);
}

char *
sw_keys_format (double value)
{
  if (!isfinite (value))
    return g_strdup ("–");
  return g_strdup_printf ("%s%.3g", value < 0.0 ? "−" : "", fabs (value));
}

static SwKey *
add_key (GPtrArray *keys, SwKeyKind kind, const char *title, size_t n_colors)
{
  SwKey *key = g_new0 (SwKey, 1);
  key->kind = kind;
  key->title = g_strdup (title);
  key->n_colors = n_colors;
  key->colors = g_malloc0_n (n_colors, sizeof *key->colors);
  key->labels = g_new0 (char *, MAX (n_colors, 3) + 1);
  g_ptr_array_add (keys, key);
  return key;
}

static const char *
field_title (const SwLegend *legend)
{
  switch (legend->display)
    {
    case SW_DISPLAY_ARROWS:
    case SW_DISPLAY_STREAMLINES:
      return _ ("Vectors (l = 1)");
    case SW_DISPLAY_GLYPHS:
    case SW_DISPLAY_SUPERQUADRICS:
      return legend->l == 2 ? _ ("Tensors (l = 2)") : legend->l == 3 ? _ ("Tensors (l = 3)") : _ ("Tensors");
    default:
      if (legend->l > 0)
        return legend->l == 1 ? _ ("Length of the vectors (l = 1)") : _ ("Norm of the tensors");
      return legend->is_diverging ? _ ("Scalars (l = 0)") : _ ("Scalars, one sign");
    }
}

static void
add_glyphs (GPtrArray *keys, const SwLegend *legend)
{
  SwKey *key = add_key (keys, SW_KEY_SWATCHES, field_title (legend), 2);
  sw_color_sign (true, key->colors[0]);
  sw_color_sign (false, key->colors[1]);
  g_autofree char *high = sw_keys_format (legend->range_max), *threshold = sw_keys_format (legend->threshold);
  key->labels[0] = g_strdup (_ ("positive along this direction"));
  key->labels[1] = g_strdup (_ ("negative"));
  g_autofree char *shape
      = legend->display == SW_DISPLAY_SUPERQUADRICS
            ? g_strdup (_ ("axes: eigenvectors of T, lengths |λ|, uᵀT u = Σ f_m Y_2m(u)"))
            /* Translators: Y with indices l and m is a real spherical harmonic; orders l */
            : g_strdup_printf (_ ("r(u) = |Σ f_m Y_%um(u)|, m = −%u…%u"), legend->l, legend->l, legend->l);
  /* Translators: largest norm; glyphs drawn, found; threshold */
  g_autofree char *numbers = g_strdup_printf (_ ("full size at |f| = %s; %u of %u voxels above %s"), high,
                                              (unsigned) legend->n_glyphs, (unsigned) legend->n_glyphs_found, threshold);
  key->note = g_strdup_printf ("%s\n%s", shape, numbers);
}

static void
add_field (GPtrArray *keys, const SwLegend *legend)
{
  if ((legend->display == SW_DISPLAY_GLYPHS && legend->l > 0) || legend->display == SW_DISPLAY_SUPERQUADRICS)
    {
      add_glyphs (keys, legend);
      return;
    }
  SwKey *key = add_key (keys, SW_KEY_BAR, field_title (legend), 96);
  sw_colormap_fill (legend->colormap, key->n_colors, key->colors);
  g_autofree char *threshold = sw_keys_format (legend->threshold);
  key->labels[0] = sw_keys_format (legend->is_diverging ? -legend->range_max : 0.0);
  key->labels[1] = legend->is_diverging ? g_strdup ("0") : sw_keys_format (0.5 * legend->range_max);
  key->labels[2] = sw_keys_format (legend->range_max);
  const char *convention = _ ("(x, y, z) = (f₁, f₋₁, f₀), real harmonics, m = −1, 0, 1");
  if (legend->display == SW_DISPLAY_ARROWS)
    {
      /* Translators: numbers of glyphs drawn and found; threshold */
      g_autofree char *numbers = g_strdup_printf (_ ("length by |f|; %u of %u voxels above %s"), (unsigned) legend->n_glyphs,
                                                  (unsigned) legend->n_glyphs_found, threshold);
      key->note = g_strdup_printf ("%s\n%s", convention, numbers);
    }
  else if (legend->display == SW_DISPLAY_STREAMLINES)
    {
      g_autofree char *numbers = g_strdup_printf (_ ("lines along f where |f| is above %s"), threshold);
      key->note = g_strdup_printf ("%s\n%s", convention, numbers);
    }
  else if (legend->display == SW_DISPLAY_ISOSURFACE && legend->n_levels > 1)
    key->note = g_strdup_printf (_ ("%u levels from %s on"), legend->n_levels, threshold);
  else if (legend->display == SW_DISPLAY_ISOSURFACE)
    key->note = legend->is_diverging ? g_strdup_printf (_ ("surfaces at ±%s"), threshold) : g_strdup_printf (_ ("surface at %s"), threshold);
  else if (legend->display == SW_DISPLAY_SLICES)
    key->note = g_strdup (_ ("three planes, all values"));
  else
    key->note = g_strdup_printf (_ ("drawn above %s"), threshold);
}

static void
add_molecule (GPtrArray *keys, const SwColorLegend *legend)
{
  if (legend->is_scale)
    {
      SwKey *key = add_key (keys, SW_KEY_BAR, legend->title, G_N_ELEMENTS (legend->scale));
      memcpy (key->colors, legend->scale, sizeof legend->scale);
      key->labels[0] = g_strdup (legend->low);
      key->labels[1] = g_strdup ("");
      key->labels[2] = g_strdup (legend->high);
      return;
    }
  SwKey *key = add_key (keys, SW_KEY_SWATCHES, legend->title, legend->n_entries);
  for (size_t i = 0; i < legend->n_entries; i++)
    {
      memcpy (key->colors[i], legend->entries[i].color, 4);
      key->labels[i] = g_strdup (legend->entries[i].label);
    }
  if (legend->n_left_out > 0)
    key->note = g_strdup_printf (ngettext ("and %u more", "and %u more", legend->n_left_out), (unsigned) legend->n_left_out);
}

GPtrArray *
sw_keys_new (SwScene *scene, unsigned pane, double explanation)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func (key_free);
  SwColorLegend colors;
  SwLegend field;

  sw_scene_get_color_legend (scene, pane, &colors);
  if (colors.is_shown)
    add_molecule (keys, &colors);
  if (explanation > 0.0 && colors.scheme == SW_COLOR_GIVEN)
    {
      SwKey *key = add_key (keys, SW_KEY_BAR, _ ("Speaks for the class"), 96);
      sw_colormap_fill (SW_COLORMAP_BLUE_ORANGE, key->n_colors, key->colors);
      key->labels[0] = sw_keys_format (-explanation);
      key->labels[1] = g_strdup ("0");
      key->labels[2] = sw_keys_format (explanation);
    }
  sw_scene_get_legend (scene, pane, &field);
  if (field.is_shown)
    add_field (keys, &field);
  return keys;
}

char *
sw_keys_dup_text (const GPtrArray *keys)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < keys->len; i++)
    {
      const SwKey *key = g_ptr_array_index (keys, i);
      g_autofree char *labels = g_strjoinv (", ", key->labels);
      g_string_append_printf (text, "%s%s: %s", i > 0 ? "\n" : "", key->title, labels);
      if (key->note != NULL)
        g_string_append_printf (text, "; %s", key->note);
    }
  return g_string_free (text, FALSE);
}

bool
sw_keys_equal (const GPtrArray *a, const GPtrArray *b)
{
  if (a->len != b->len)
    return false;
  for (guint i = 0; i < a->len; i++)
    {
      const SwKey *p = g_ptr_array_index (a, i), *q = g_ptr_array_index (b, i);
      if (p->kind != q->kind || p->n_colors != q->n_colors || g_strcmp0 (p->title, q->title) != 0
          || g_strcmp0 (p->note, q->note) != 0 || memcmp (p->colors, q->colors, 4 * p->n_colors) != 0
          || !g_strv_equal ((const char *const *) p->labels, (const char *const *) q->labels))
        return false;
    }
  return true;
}
