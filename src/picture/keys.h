/* SPDX-License-Identifier: GPL-3.0-or-later */
/* picture/keys.h: what the colours and glyphs of a picture mean, as plain data and in words
 *
 * Drawn by keys-draw.h, in the window and in the files that are saved.
 */
#pragma once

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

/* 3 significant digits, with a true minus. */
char *sw_keys_format (double value);

G_END_DECLS
