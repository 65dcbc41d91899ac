/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render/colormap.h: the colours, for the shaders and for legends
 *
 * Maps are even steps in lightness (Oklab) and readable with the common forms of colour blindness.
 * Sequential ones run over 0..1. Diverging ones are centred: 0.5 is zero. t is clamped; NaN gives
 * grey.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum
{
  SW_COLORMAP_VIRIDIS,
  SW_COLORMAP_CIVIDIS,
  SW_COLORMAP_ICE,         /* dark blue to white: densities on a dark background */
  SW_COLORMAP_INK,         /* pale to deep blue: densities on a light background */
  SW_COLORMAP_BLUE_ORANGE, /* diverging, light centre */
  SW_COLORMAP_BLUE_RED,    /* diverging, light centre */
  SW_COLORMAP_TEAL_AMBER,  /* diverging, dark centre, for dark backgrounds */
  SW_COLORMAP_GLOW,        /* viridis without its dark end: arrows and lines on a dark background */
  SW_N_COLORMAPS,
} SwColormap;

/* For menus (translate with _()) and the command line; static. */
const char *sw_colormap_title (SwColormap map);
const char *sw_colormap_name (SwColormap map);
bool sw_colormap_from_name (const char *name, SwColormap *ret_map);
bool sw_colormap_is_diverging (SwColormap map);
/* sRGB, 0..1. */
void sw_colormap_get (SwColormap map, double t, float ret_rgb[3]);
/* The same as bytes, alpha 255. */
void sw_colormap_bytes (SwColormap map, double t, uint8_t ret_rgba[4]);
/* n colours over 0..1 as RGBA bytes, alpha 255. */
void sw_colormap_fill (SwColormap map, size_t n, uint8_t (*ret_rgba)[4]);

/* sRGB bytes of an atomic number, softened CPK. */
void sw_color_element (unsigned number, uint8_t ret_rgba[4]);
/* Symbol of an element that has a colour of its own; NULL: it shares one with the rest. */
const char *sw_color_element_symbol (unsigned number);

/* Amino acids by chemistry: twenty colours nobody tells apart, these eight most people do. */
typedef enum
{
  SW_RESIDUE_CLASS_HYDROPHOBIC, /* A V L I M C */
  SW_RESIDUE_CLASS_AROMATIC,    /* F W Y */
  SW_RESIDUE_CLASS_POLAR,       /* S T N Q */
  SW_RESIDUE_CLASS_POSITIVE,    /* K R H */
  SW_RESIDUE_CLASS_NEGATIVE,    /* D E */
  SW_RESIDUE_CLASS_SPECIAL,     /* G P */
  SW_RESIDUE_CLASS_NUCLEOTIDE,
  SW_RESIDUE_CLASS_OTHER,
  SW_N_RESIDUE_CLASSES,
} SwResidueClass;

/* Of a one-letter code. */
SwResidueClass sw_residue_class (char type);
const char *sw_residue_class_title (unsigned residue_class); /* translate with _() */
void sw_color_residue (unsigned residue_class, uint8_t ret_rgba[4]);
/* AlphaFold's colours of a pLDDT, 0 to 100: above 90, 70, 50, and the rest. */
void sw_color_confidence (double plddt, uint8_t ret_rgba[4]);
/* Distinct, colour-blind-safe colours in a cycle. */
void sw_color_chain (size_t chain, uint8_t ret_rgba[4]);
/* Blue (N terminus) to red over 0..1. */
void sw_color_rainbow (double t, uint8_t ret_rgba[4]);
/* Helix, strand, other (0 coil, 1 helix, 2 strand). */
void sw_color_secondary (unsigned secondary, uint8_t ret_rgba[4]);
/* The two lobes of a glyph: positive and negative. */
void sw_color_sign (bool positive, uint8_t ret_rgba[4]);
