/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "render/colormap.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include <glib.h>
#include <glib/gi18n-lib.h>

#define N_KNOTS_MAX 11

/* Knots at even distances, joined by straight lines in Oklab (Ottosson 2020), where even steps look
 * even. */
static const struct
{
  const char *name, *title;
  bool is_diverging;
  unsigned n_knots;
  uint32_t knots[N_KNOTS_MAX];
} maps[SW_N_COLORMAPS] = {
  [SW_COLORMAP_VIRIDIS] = { "viridis",
                            N_ ("Viridis"),
                            false,
                            9,
                            { 0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962,
                              0xaddc30, 0xfde725 } },
  [SW_COLORMAP_CIVIDIS] = { "cividis",
                            N_ ("Cividis"),
                            false,
                            6,
                            { 0x00224e, 0x35456c, 0x666970, 0x948e77, 0xc8b866, 0xfee838 } },
  [SW_COLORMAP_GLOW]
  = { "glow", N_ ("Glow"), false, 6, { 0x8f7ff0, 0x5f9bea, 0x3fbcc8, 0x55d79a, 0xabe969, 0xfdf7a0 } },
  [SW_COLORMAP_ICE]
  = { "ice", N_ ("Ice"), false, 5, { 0x2b4a7f, 0x3f78b5, 0x62a6d8, 0xa5d3ee, 0xf4fbff } },
  [SW_COLORMAP_INK]
  = { "ink", N_ ("Ink"), false, 5, { 0xdbe9f6, 0xa3cbe6, 0x5fa2d0, 0x2f6fae, 0x123a73 } },
  [SW_COLORMAP_BLUE_ORANGE]
  = { "blue-orange",
      N_ ("Blue to orange"),
      true,
      7,
      { 0x0b4f91, 0x3f8ecb, 0x9fcbe8, 0xf3f1ee, 0xf7bd7d, 0xe1771d, 0x96400a } },
  [SW_COLORMAP_BLUE_RED]
  = { "blue-red",
      N_ ("Blue to red"),
      true,
      7,
      { 0x1c4b9c, 0x4f8bc9, 0xa9cae4, 0xf3f1f0, 0xf1b09c, 0xd6604d, 0x8e1330 } },
  [SW_COLORMAP_TEAL_AMBER]
  = { "teal-amber",
      N_ ("Teal to amber"),
      true,
      7,
      { 0xa5f3ee, 0x3ec1c4, 0x1d6f7d, 0x1c2126, 0x8a4f12, 0xe39a2e, 0xffe3a0 } },
};

const char *
sw_colormap_title (SwColormap map)
{
  return maps[map].title;
}

const char *
sw_colormap_name (SwColormap map)
{
  return maps[map].name;
}

bool
sw_colormap_from_name (const char *name, SwColormap *ret_map)
{
  for (int i = 0; i < SW_N_COLORMAPS; i++)
    if (strcmp (maps[i].name, name) == 0)
      {
        *ret_map = (SwColormap) i;
        return true;
      }
  return false;
}

bool
sw_colormap_is_diverging (SwColormap map)
{
  return maps[map].is_diverging;
}

static double
to_linear (double s)
{
  return s <= 0.04045 ? s / 12.92 : pow ((s + 0.055) / 1.055, 2.4);
}

static double
to_srgb (double v)
{
  v = fmin (fmax (v, 0.0), 1.0);
  return v <= 0.0031308 ? 12.92 * v : 1.055 * pow (v, 1.0 / 2.4) - 0.055;
}

static void
oklab_from_hex (uint32_t hex, double ret[3])
{
  const double r = to_linear (((hex >> 16) & 255) / 255.0);
  const double g = to_linear (((hex >> 8) & 255) / 255.0);
  const double b = to_linear ((hex & 255) / 255.0);
  const double l = cbrt (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const double m = cbrt (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const double s = cbrt (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  ret[0] = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s;
  ret[1] = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s;
  ret[2] = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s;
}

static void
srgb_from_oklab (const double lab[3], float ret[3])
{
  double l = lab[0] + 0.3963377774 * lab[1] + 0.2158037573 * lab[2];
  double m = lab[0] - 0.1055613458 * lab[1] - 0.0638541728 * lab[2];
  double s = lab[0] - 0.0894841775 * lab[1] - 1.2914855480 * lab[2];
  l = l * l * l;
  m = m * m * m;
  s = s * s * s;
  ret[0] = (float) to_srgb (4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
  ret[1] = (float) to_srgb (-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
  ret[2] = (float) to_srgb (-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
}

static void
interpolate (const uint32_t *knots, unsigned n_knots, double t, float ret_rgb[3])
{
  const double place = fmin (fmax (t, 0.0), 1.0) * (n_knots - 1);
  const unsigned i = (unsigned) fmin (floor (place), n_knots - 2);
  const double part = place - i;
  double a[3], b[3];
  oklab_from_hex (knots[i], a);
  oklab_from_hex (knots[i + 1], b);
  for (int k = 0; k < 3; k++)
    a[k] += part * (b[k] - a[k]);
  srgb_from_oklab (a, ret_rgb);
}

void
sw_colormap_get (SwColormap map, double t, float ret_rgb[3])
{
  assert ((unsigned) map < SW_N_COLORMAPS);
  if (isnan (t))
    ret_rgb[0] = ret_rgb[1] = ret_rgb[2] = 0.5f;
  else
    interpolate (maps[map].knots, maps[map].n_knots, t, ret_rgb);
}

static void
bytes_from_rgb (const float rgb[3], uint8_t ret[4])
{
  for (int k = 0; k < 3; k++)
    ret[k] = (uint8_t) lroundf (255.0f * rgb[k]);
  ret[3] = 255;
}

static void
bytes_from_hex (uint32_t hex, uint8_t ret[4])
{
  ret[0] = (uint8_t) (hex >> 16);
  ret[1] = (uint8_t) (hex >> 8);
  ret[2] = (uint8_t) hex;
  ret[3] = 255;
}

void
sw_colormap_bytes (SwColormap map, double t, uint8_t ret_rgba[4])
{
  float rgb[3];
  sw_colormap_get (map, t, rgb);
  bytes_from_rgb (rgb, ret_rgba);
}

void
sw_colormap_fill (SwColormap map, size_t n, uint8_t (*ret_rgba)[4])
{
  for (size_t i = 0; i < n; i++)
    {
      float rgb[3];
      sw_colormap_get (map, n > 1 ? (double) i / (double) (n - 1) : 0.5, rgb);
      bytes_from_rgb (rgb, ret_rgba[i]);
    }
}

static const struct
{
  uint8_t number;
  char symbol[3];
  uint32_t color;
} elements[] = {
  { 1, "H", 0xf2f2f2 },
  { 5, "B", 0xf0b49a },
  { 6, "C", 0x8d949e },
  { 7, "N", 0x4a7fe0 },
  { 8, "O", 0xe2503f },
  { 9, "F", 0x8fd16a },
  { 11, "Na", 0xa56be0 },
  { 12, "Mg", 0x55b94e },
  { 15, "P", 0xf08c2e },
  { 16, "S", 0xf0c838 },
  { 17, "Cl", 0x46c254 },
  { 19, "K", 0x8c4fc9 },
  { 20, "Ca", 0x6fcf4c },
  { 25, "Mn", 0x9a79c4 },
  { 26, "Fe", 0xd9703c },
  { 27, "Co", 0xe78fa0 },
  { 28, "Ni", 0x5fc26a },
  { 29, "Cu", 0xc98543 },
  { 30, "Zn", 0x7d85b5 },
  { 34, "Se", 0xe09a1f },
  { 35, "Br", 0xa9432f },
  { 53, "I", 0x8b3aa8 },
};

void
sw_color_element (unsigned number, uint8_t ret_rgba[4])
{
  for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
    if (elements[i].number == number)
      {
        bytes_from_hex (elements[i].color, ret_rgba);
        return;
      }
  bytes_from_hex (0xd98cc8, ret_rgba);
}

const char *
sw_color_element_symbol (unsigned number)
{
  for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
    if (elements[i].number == number)
      return elements[i].symbol;
  return NULL;
}

static const struct
{
  const char *letters, *title;
  uint32_t color;
} residue_classes[SW_N_RESIDUE_CLASSES] = {
  [SW_RESIDUE_CLASS_HYDROPHOBIC] = { "AVLIMC", N_ ("Hydrophobic"), 0xb9bfc8 },
  [SW_RESIDUE_CLASS_AROMATIC] = { "FWY", N_ ("Aromatic"), 0x8a63b8 },
  [SW_RESIDUE_CLASS_POLAR] = { "STNQ", N_ ("Polar"), 0x3fa88b },
  [SW_RESIDUE_CLASS_POSITIVE] = { "KRH", N_ ("Positive"), 0x3a76c4 },
  [SW_RESIDUE_CLASS_NEGATIVE] = { "DE", N_ ("Negative"), 0xd5552f },
  [SW_RESIDUE_CLASS_SPECIAL] = { "GP", N_ ("Glycine, proline"), 0xe8c94a },
  [SW_RESIDUE_CLASS_NUCLEOTIDE] = { "", N_ ("Nucleotide"), 0x79bfe6 },
  [SW_RESIDUE_CLASS_OTHER] = { "", N_ ("Other"), 0xd98cc8 },
};

SwResidueClass
sw_residue_class (char type)
{
  for (unsigned c = 0; type != '\0' && c < SW_N_RESIDUE_CLASSES; c++)
    if (strchr (residue_classes[c].letters, type) != NULL)
      return c;
  return SW_RESIDUE_CLASS_OTHER;
}

const char *
sw_residue_class_title (unsigned residue_class)
{
  return residue_classes[MIN (residue_class, SW_RESIDUE_CLASS_OTHER)].title;
}

void
sw_color_residue (unsigned residue_class, uint8_t ret_rgba[4])
{
  bytes_from_hex (residue_classes[MIN (residue_class, SW_RESIDUE_CLASS_OTHER)].color, ret_rgba);
}

void
sw_color_confidence (double plddt, uint8_t ret_rgba[4])
{
  bytes_from_hex (isnan (plddt) ? 0x808080 : plddt > 90.0 ? 0x1f57c3 : plddt > 70.0 ? 0x62c3ea : plddt > 50.0 ? 0xf6d33c : 0xf0803c,
                  ret_rgba);
}

void
sw_color_chain (size_t chain, uint8_t ret_rgba[4])
{
  /* Okabe and Ito's colours, softened, and lighter relatives of them. */
  static const uint32_t colors[]
      = { 0x4c8fd0, 0xe89a3c, 0x3fa88b, 0xd77ba8, 0x79bfe6, 0xd5683f, 0xe8d25a, 0x7d78c4,
          0x9cc76a, 0xb08968, 0x59c2bd, 0xe59a9a, 0x5c6f94, 0xc0a1dc, 0xa8ae4e, 0x8f9aa6 };
  bytes_from_hex (colors[chain % (sizeof colors / sizeof *colors)], ret_rgba);
}

void
sw_color_rainbow (double t, uint8_t ret_rgba[4])
{
  static const uint32_t knots[]
      = { 0x3b5fc0, 0x3f93d6, 0x3fb8a8, 0x7cc465, 0xe0c445, 0xec8f3d, 0xd24b40 };
  float rgb[3];
  interpolate (knots, sizeof knots / sizeof *knots, isnan (t) ? 0.0 : t, rgb);
  bytes_from_rgb (rgb, ret_rgba);
}

void
sw_color_secondary (unsigned secondary, uint8_t ret_rgba[4])
{
  static const uint32_t colors[] = { 0xc9ccd2, 0xdb5f7a, 0xeec24a };
  bytes_from_hex (colors[secondary < 3 ? secondary : 0], ret_rgba);
}

void
sw_color_sign (bool positive, uint8_t ret_rgba[4])
{
  bytes_from_hex (positive ? 0xee8a2b : 0x3d7fd0, ret_rgba);
}
