/* SPDX-License-Identifier: GPL-3.0-or-later */
/* picture/keys.h: what the colours and glyphs of a picture mean, in words and drawn with cairo
 *
 * The window and the files that are saved show the same keys, drawn by the same code.
 */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "render/scene.h"

G_BEGIN_DECLS

typedef enum
{
  SW_KEY_BAR,      /* a scale: colors from low to high */
  SW_KEY_SWATCHES, /* classes: a colour and a label each */
} SwKeyKind;

typedef struct
{
  SwKeyKind kind;
  char *title;
  size_t n_colors;
  uint8_t (*colors)[4]; /* [n_colors] */
  char **labels;        /* SWATCHES: [n_colors]; BAR: low, middle, high; NULL terminated */
  char *note;           /* or NULL */
} SwKey;

/* What a pane's field, and its molecule, are drawn with. explanation: largest value of an explanation in whose colours the
 * molecule is given; 0: none. Each: a GPtrArray of SwKey that frees them, maybe empty. */
GPtrArray *sw_keys_new (SwScene *scene, unsigned pane, double explanation);
/* The same as text, a line for each, for screen readers and copies. */
char *sw_keys_dup_text (const GPtrArray *keys);
bool sw_keys_equal (const GPtrArray *a, const GPtrArray *b);

/* Size of the column of keys; scale: pixels per logical pixel. */
void sw_keys_measure (const GPtrArray *keys, double scale, int *ret_width, int *ret_height);
/* From the origin of cr; the background is the caller's. */
void sw_keys_draw (const GPtrArray *keys, cairo_t *cr, double scale, bool is_dark);
/* 3 significant digits, with a true minus. */
char *sw_keys_format (double value);

G_END_DECLS
