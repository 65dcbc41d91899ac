/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A smooth ribbon along the trace. Its wide side follows the carbonyl groups, which point along the
 * axis of a helix and across a strand; without oxygens the bend of the trace itself gives the same
 * direction. */
#include "render/shapes-private.h"

#include <math.h>
#include <string.h>

#define N_SIDES_MAX 16

typedef struct
{
  double point[3], side[3];
  double width, height;
  uint8_t color[4];
} Station;

static void
cross (const double a[3], const double b[3], double ret[3])
{
  ret[0] = a[1] * b[2] - a[2] * b[1];
  ret[1] = a[2] * b[0] - a[0] * b[2];
  ret[2] = a[0] * b[1] - a[1] * b[0];
}

static double
dot (const double a[3], const double b[3])
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static bool
normalize (double v[3])
{
  const double length = sqrt (dot (v, v));
  if (!(length > 1e-9))
    return false;
  for (int i = 0; i < 3; i++)
    v[i] /= length;
  return true;
}

static void
any_normal (const double t[3], double ret[3])
{
  const double helper[3] = { fabs (t[0]) < 0.8, fabs (t[0]) >= 0.8, 0.0 };
  cross (t, helper, ret);
  normalize (ret);
}

/* Half width and half height of the section of a residue; the trace is round. */
static void
section (unsigned secondary, bool is_cartoon, double *ret_width, double *ret_height)
{
  *ret_width = *ret_height = is_cartoon ? 0.3 : 0.55;
  if (is_cartoon && secondary == 1)
    {
      *ret_width = 1.35;
      *ret_height = 0.26;
    }
  else if (is_cartoon && secondary == 2)
    {
      *ret_width = 1.15;
      *ret_height = 0.24;
    }
}

static void
add_ring (SwMesh *mesh, const Station *s, const double tangent[3], unsigned n_sides, bool is_joined)
{
  double up[3], side[3];
  cross (tangent, s->side, up);
  if (!normalize (up))
    any_normal (tangent, up);
  cross (up, tangent, side);
  const uint32_t first = mesh->vertices->len;
  for (unsigned k = 0; k < n_sides; k++)
    {
      const double angle = 2.0 * M_PI * k / n_sides, c = cos (angle), d = sin (angle);
      SwMeshVertex v;
      double normal[3];
      for (int i = 0; i < 3; i++)
        {
          v.position[i] = (float) (s->point[i] + s->width * c * side[i] + s->height * d * up[i]);
          normal[i] = c / s->width * side[i] + d / s->height * up[i];
        }
      normalize (normal);
      for (int i = 0; i < 3; i++)
        v.normal[i] = (float) normal[i];
      memcpy (v.color, s->color, 4);
      g_array_append_val (mesh->vertices, v);
    }
  if (!is_joined)
    return;
  for (unsigned k = 0; k < n_sides; k++)
    {
      const uint32_t a = first - n_sides + k, b = first - n_sides + (k + 1) % n_sides;
      const uint32_t quad[6] = { a, b, b + n_sides, a, b + n_sides, a + n_sides };
      g_array_append_vals (mesh->indices, quad, 6);
    }
}

static void
add_cap (SwMesh *mesh, const double point[3], const double normal[3], unsigned n_sides, bool is_end)
{
  const uint32_t ring = mesh->vertices->len - n_sides;
  const uint32_t first = mesh->vertices->len;
  (void) point;
  for (unsigned k = 0; k < n_sides; k++)
    {
      SwMeshVertex v = g_array_index (mesh->vertices, SwMeshVertex, ring + k);
      for (int i = 0; i < 3; i++)
        v.normal[i] = (float) (is_end ? normal[i] : -normal[i]);
      g_array_append_val (mesh->vertices, v);
    }
  for (unsigned k = 1; k + 1 < n_sides; k++)
    {
      const uint32_t triangle[3]
          = { first, first + (is_end ? k : k + 1), first + (is_end ? k + 1 : k) };
      g_array_append_vals (mesh->indices, triangle, 3);
    }
}

/* Catmull-Rom through four values; derivative too. */
static double
spline (double a, double b, double c, double d, double t, double *ret_slope)
{
  const double k1 = 0.5 * (c - a), k2 = a - 2.5 * b + 2.0 * c - 0.5 * d;
  const double k3 = 0.5 * (d - a) + 1.5 * (b - c);
  *ret_slope = k1 + t * (2.0 * k2 + 3.0 * t * k3);
  return b + t * (k1 + t * (k2 + t * k3));
}

static void
build_run (const SwPane *pane,
           size_t first,
           size_t n,
           bool is_cartoon,
           unsigned n_steps,
           unsigned n_sides,
           SwMesh *mesh)
{
  const SwMoleculeData *molecule = pane->molecule;
  const SwMoleculeResidue *residues = molecule->residues + first;
  const SwColorScheme scheme = sw_pane_get_scheme (pane);
  g_autofree Station *stations = g_new0 (Station, n);
  for (size_t r = 0; r < n; r++)
    {
      Station *s = &stations[r];
      for (int i = 0; i < 3; i++)
        s->point[i] = molecule->positions[residues[r].ca][i];
      sw_pane_get_atom_color (pane, scheme, (size_t) residues[r].ca, s->color);
      section (residues[r].secondary, is_cartoon, &s->width, &s->height);
    }
  for (size_t r = 0; r < n; r++)
    {
      const double *p = stations[r].point;
      const double *before = stations[r > 0 ? r - 1 : 0].point;
      const double *after = stations[r + 1 < n ? r + 1 : n - 1].point;
      double a[3], b[3], side[3];
      for (int i = 0; i < 3; i++)
        {
          a[i] = p[i] - before[i];
          b[i] = after[i] - p[i];
        }
      cross (a, b, side);
      if (residues[r].o >= 0 && residues[r].o < (int64_t) molecule->n_atoms)
        for (int i = 0; i < 3; i++)
          side[i] = molecule->positions[residues[r].o][i] - p[i];
      if (!normalize (side))
        memcpy (side, stations[r > 0 ? r - 1 : 0].side, sizeof side);
      if (r > 0 && dot (side, stations[r - 1].side) < 0.0)
        for (int i = 0; i < 3; i++)
          side[i] = -side[i];
      memcpy (stations[r].side, side, sizeof side);
    }
  if (is_cartoon)
    {
      /* Strands are pleated; the ribbon is not. Sides are evened out everywhere. */
      g_autofree Station *smooth = g_memdup2 (stations, n * sizeof *stations);
      for (size_t r = 1; r + 1 < n; r++)
        for (int i = 0; i < 3; i++)
          {
            if (residues[r].secondary == 2)
              smooth[r].point[i] = 0.25 * stations[r - 1].point[i] + 0.5 * stations[r].point[i]
                                   + 0.25 * stations[r + 1].point[i];
            smooth[r].side[i]
                = stations[r - 1].side[i] + 2.0 * stations[r].side[i] + stations[r + 1].side[i];
          }
      memcpy (stations, smooth, n * sizeof *stations);
    }
  double tangent[3] = { 0.0, 0.0, 1.0 };
  for (size_t r = 0; r + 1 < n; r++)
    {
      const Station *a = &stations[r > 0 ? r - 1 : 0], *b = &stations[r], *c = &stations[r + 1],
                    *d = &stations[r + 2 < n ? r + 2 : n - 1];
      const bool is_head = is_cartoon && residues[r].secondary == 2
                           && (r + 1 == n - 1 || residues[r + 1].secondary != 2);
      for (unsigned step = 0; step < n_steps + (r + 2 == n); step++)
        {
          const double t = (double) step / n_steps;
          Station s = { 0 };
          double slope[3];
          for (int i = 0; i < 3; i++)
            {
              s.point[i]
                  = spline (a->point[i], b->point[i], c->point[i], d->point[i], t, &slope[i]);
              s.side[i] = (1.0 - t) * b->side[i] + t * c->side[i];
            }
          if (normalize (slope))
            memcpy (tangent, slope, sizeof tangent);
          const double ease = t * t * (3.0 - 2.0 * t);
          s.width = (1.0 - ease) * b->width + ease * c->width;
          s.height = (1.0 - ease) * b->height + ease * c->height;
          memcpy (s.color, t < 0.5 ? b->color : c->color, 4);
          if (is_head)
            {
              s.width = 1.9 * (1.0 - t) + c->height * t;
              s.height = (1.0 - t) * b->height + t * c->height;
            }
          /* The shoulder of an arrow head is a ring of its own. */
          if (is_head && step == 0 && r > 0)
            {
              Station shoulder = s;
              shoulder.width = b->width;
              add_ring (mesh, &shoulder, tangent, n_sides, true);
            }
          const bool is_first = r == 0 && step == 0;
          add_ring (mesh, &s, tangent, n_sides, !is_first);
          if (is_first)
            {
              add_cap (mesh, s.point, tangent, n_sides, false);
              add_ring (mesh, &s, tangent, n_sides, false);
            }
        }
    }
  add_cap (mesh, stations[n - 1].point, tangent, n_sides, true);
}

void
sw_ribbon_build (const SwPane *pane, bool is_cartoon, bool is_coarse, SwMesh *mesh)
{
  const SwMoleculeData *molecule = pane->molecule;
  const size_t n = molecule->n_residues;
  static const unsigned steps[2][3] = { { 8, 5, 3 }, { 3, 2, 1 } };
  static const unsigned sides[2][3] = { { 12, 8, 6 }, { 6, 4, 3 } };
  const int large = n <= 2500 ? 0 : n <= 8000 ? 1 : 2;
  const unsigned n_steps = steps[is_coarse][large], n_sides = sides[is_coarse][large];
  for (size_t r = 0; r < n;)
    {
      if (molecule->residues[r].ca < 0 || molecule->residues[r].ca >= (int64_t) molecule->n_atoms)
        {
          r++;
          continue;
        }
      size_t end = r + 1;
      while (end < n && molecule->residues[end].ca >= 0
             && molecule->residues[end].ca < (int64_t) molecule->n_atoms
             && molecule->residues[end].chain == molecule->residues[r].chain)
        {
          const float *p = molecule->positions[molecule->residues[end - 1].ca];
          const float *q = molecule->positions[molecule->residues[end].ca];
          const double step
              = sqrt (pow (p[0] - q[0], 2) + pow (p[1] - q[1], 2) + pow (p[2] - q[2], 2));
          /* C-alpha atoms are 3.8 angstrom apart, phosphates up to 7.5. */
          if (!(step < 8.0))
            break;
          end++;
        }
      if (end - r >= 2)
        build_run (pane, r, end - r, is_cartoon, n_steps, n_sides, mesh);
      r = end;
    }
}
