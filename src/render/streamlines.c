/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines along a vector field, from the places where glyphs would stand, strongest first. A line ends where the field falls
 * below the threshold, at the border, or beside a line that is there already, so that they keep their distance (Jobard and
 * Lefer 1997, in its simplest form). Steps by the classical fourth-order method on the direction of the field, half a voxel each. */
#include "render/shapes-private.h"

#include <math.h>
#include <string.h>

#define STEP 0.5          /* voxels */
#define STEPS_MAX 160     /* each way */
#define RADIUS 0.075      /* voxels */
#define POINTS_MIN 4      /* shorter ones say nothing */

typedef struct
{
  const SwFieldData *field;
  double threshold;
  uint16_t *owners; /* [z, y, x]: line that passed, from 1; 0: none */
} Flow;

/* f at a place in voxels, x y z; false outside and where it is weak. */
static bool
direction_at (const Flow *flow, const double place[3], double ret[3], double *ret_norm)
{
  const size_t *n = flow->field->grid.n;
  static const unsigned component[3] = { 2, 0, 1 }; /* x, y, z of m = -1, 0, 1 = y, z, x */
  double square = 0.0;
  for (int i = 0; i < 3; i++)
    {
      if (!(place[i] >= 0.0 && place[i] <= (double) n[2 - i] - 1.0))
        return false;
      ret[i] = sw_field_sample (flow->field->data + component[i] * flow->field->n_voxels, n, place);
      square += ret[i] * ret[i];
    }
  *ret_norm = sqrt (square);
  if (!(*ret_norm > 0.0 && *ret_norm >= flow->threshold))
    return false;
  for (int i = 0; i < 3; i++)
    ret[i] /= *ret_norm;
  return true;
}

static bool
advance (const Flow *flow, double place[3], double step, double *ret_norm)
{
  double k[4][3], at[3], norm;
  static const double reach[4] = { 0.0, 0.5, 0.5, 1.0 };
  for (int stage = 0; stage < 4; stage++)
    {
      for (int i = 0; i < 3; i++)
        at[i] = place[i] + (stage > 0 ? reach[stage] * step * k[stage - 1][i] : 0.0);
      if (!direction_at (flow, at, k[stage], &norm))
        return false;
    }
  for (int i = 0; i < 3; i++)
    place[i] += step * (k[0][i] + 2.0 * k[1][i] + 2.0 * k[2][i] + k[3][i]) / 6.0;
  return direction_at (flow, place, at, ret_norm);
}

static uint16_t *
owner_at (const Flow *flow, const double place[3])
{
  const size_t *n = flow->field->grid.n;
  const size_t x = (size_t) lround (place[0]), y = (size_t) lround (place[1]), z = (size_t) lround (place[2]);
  return &flow->owners[(z * n[1] + y) * n[2] + x];
}

typedef struct
{
  double place[3], norm;
} Point;

/* Points of one half of a line, without its seed. */
static void
trace_half (const Flow *flow, const Point *seed, double step, uint16_t line, GArray *points)
{
  Point point = *seed;
  for (int i = 0; i < STEPS_MAX && advance (flow, point.place, step, &point.norm); i++)
    {
      uint16_t *owner = owner_at (flow, point.place);
      if (*owner != 0 && *owner != line)
        return;
      *owner = line;
      g_array_append_val (points, point);
    }
}

static void
add_segments (const Flow *flow, const SwFieldLook *look, const GArray *points, bool is_backward, const Point *seed, GArray *cylinders)
{
  const SwGridGeometry *grid = &flow->field->grid;
  const Point *before = seed;
  uint8_t colors[2][4];
  for (guint p = 0; p < points->len; p++)
    {
      const Point *after = &g_array_index (points, Point, p);
      const Point *ends[2] = { is_backward ? after : before, is_backward ? before : after };
      SwCylinderInstance cylinder = { .radius = (float) (RADIUS * look->glyph_scale * grid->spacing) };
      for (int e = 0; e < 2; e++)
        {
          sw_colormap_bytes (look->colormap, fmin (ends[e]->norm / look->range_max, 1.0), colors[e]);
          for (int i = 0; i < 3; i++)
            (e == 0 ? cylinder.start : cylinder.end)[i]
                = (float) (grid->centre[i] + (ends[e]->place[i] - 0.5 * ((double) grid->n[2 - i] - 1.0)) * grid->spacing);
        }
      memcpy (cylinder.color_start, colors[0], 4);
      memcpy (cylinder.color_end, colors[1], 4);
      g_array_append_val (cylinders, cylinder);
      before = after;
    }
}

GArray *
sw_streamlines_build (const SwFieldData *field, const SwFieldLook *look, const SwGlyphSeeds *seeds)
{
  const size_t *n = field->grid.n;
  g_autofree uint16_t *owners = g_new0 (uint16_t, MAX (field->n_voxels, 1));
  const Flow flow = { .field = field, .threshold = look->threshold * look->range_max, .owners = owners };
  GArray *cylinders = g_array_new (FALSE, FALSE, sizeof (SwCylinderInstance));
  g_autoptr (GArray) forward = g_array_new (FALSE, FALSE, sizeof (Point));
  g_autoptr (GArray) backward = g_array_new (FALSE, FALSE, sizeof (Point));
  for (size_t i = 0; i < MIN (seeds->n, 60000); i++)
    {
      const size_t v = seeds->voxels[i];
      Point seed = { .place = { (double) (v % n[2]), (double) (v / n[2] % n[1]), (double) (v / (n[1] * n[2])) },
                     .norm = (double) seeds->norms[i] };
      if (owners[v] != 0)
        continue;
      owners[v] = (uint16_t) (i + 1);
      g_array_set_size (forward, 0);
      g_array_set_size (backward, 0);
      trace_half (&flow, &seed, STEP, (uint16_t) (i + 1), forward);
      trace_half (&flow, &seed, -STEP, (uint16_t) (i + 1), backward);
      if (forward->len + backward->len < POINTS_MIN)
        continue;
      add_segments (&flow, look, forward, false, &seed, cylinders);
      add_segments (&flow, look, backward, true, &seed, cylinders);
    }
  return cylinders;
}
