/* SPDX-License-Identifier: GPL-3.0-or-later */
/* picture/diagram.h: a network as boxes and lines, laid out; drawn by the window, written as SVG
 *
 * A row for each entry of the network's JSON, its layers from left to right; lines say what flows where. Plain data.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "workbench/job.h"

G_BEGIN_DECLS

typedef struct
{
  int layer; /* -1: the input */
  double x, y, width, height;
  char *title;  /* "layer1.gate" */
  char *type;   /* field type, "2x0+2x1" */
  char *detail; /* translated: grid, parameters and, where a run is known, time */
  bool is_wide; /* has parameters */
} SwDiagramBox;

typedef struct
{
  size_t from, to;   /* boxes */
  double points[8];  /* a cubic: x0 y0 x1 y1 x2 y2 x3 y3 */
} SwDiagramLine;

typedef struct
{
  char *title;
  double width, height;
  size_t n_boxes; /* in the order of execution, the input first */
  SwDiagramBox *boxes;
  size_t n_lines;
  SwDiagramLine *lines;
} SwDiagram;

/* Room left in each box for a picture of its field, above its text: thumbnail (square) pixels. run: may be NULL. */
SwDiagram *sw_diagram_new (const SwLoadedModel *model, const SwRunResult *run, double thumbnail);
void sw_diagram_free (SwDiagram *diagram);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwDiagram, sw_diagram_free)

/* The box at a point; -1: none. */
int sw_diagram_find (const SwDiagram *diagram, double x, double y);
/* The box that an arrow key leads to from a box: the next or previous of the row, the nearest of the row above or below. */
int sw_diagram_step (const SwDiagram *diagram, int box, int dx, int dy);

/* An SVG document; free it. is_dark: for dark pages. */
char *sw_diagram_dup_svg (const SwDiagram *diagram, bool is_dark);
/* Atomically. */
bool sw_diagram_write_svg (const SwDiagram *diagram, const char *path, bool is_dark, GError **error);

/* How strong a field is, seen along z: the largest norm on each line, [size * size] of 0..1 (top row first: largest y);
 * copy as in comparison.h. Free it; NULL where the result does not hold the field. */
float *sw_diagram_dup_thumbnail (const SwRunResult *run, int layer, size_t copy, size_t *ret_size);

G_END_DECLS
