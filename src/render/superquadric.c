/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Superquadric glyphs for l = 2 (Kindlmann 2004), with signs.
 *
 * A copy of order 2 is a symmetric matrix without trace: f(u) = u^T T u. Along its axes the glyph reaches as far as the
 * magnitudes of the eigenvalues; its edges sharpen as the magnitudes become linear or planar, so that axes can be seen
 * that an ellipsoid would hide. Eigenvalues of a matrix without trace have both signs, hence the colour: that of f(u) in
 * the direction of the vertex. */
#include "render/shapes-private.h"

#include <math.h>
#include <string.h>

#define SHARPNESS 3.0

void
sw_tensor_matrix (const double f[5], double ret[3][3])
{
  const double a = 0.54627421529604, b = 0.31539156525252;
  ret[0][0] = -b * f[2] + a * f[4];
  ret[1][1] = -b * f[2] - a * f[4];
  ret[2][2] = 2.0 * b * f[2];
  ret[0][1] = ret[1][0] = a * f[0];
  ret[1][2] = ret[2][1] = a * f[1];
  ret[0][2] = ret[2][0] = a * f[3];
}

void
sw_tensor_axes (const double matrix[3][3], double ret_values[3], double ret_axes[3][3])
{
  /* Jacobi's rotations: three or four rounds reach rounding. */
  double a[3][3], v[3][3] = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } };
  memcpy (a, matrix, sizeof a);
  for (int round = 0; round < 12; round++)
    for (int p = 0; p < 2; p++)
      for (int q = p + 1; q < 3; q++)
        {
          if (fabs (a[p][q]) < 1e-300)
            continue;
          const double theta = 0.5 * (a[q][q] - a[p][p]) / a[p][q];
          const double t = (theta < 0.0 ? -1.0 : 1.0) / (fabs (theta) + sqrt (theta * theta + 1.0));
          const double c = 1.0 / sqrt (t * t + 1.0), s = t * c;
          for (int k = 0; k < 3; k++)
            {
              const double x = a[k][p], y = a[k][q];
              a[k][p] = c * x - s * y;
              a[k][q] = s * x + c * y;
            }
          for (int k = 0; k < 3; k++)
            {
              const double x = a[p][k], y = a[q][k];
              a[p][k] = c * x - s * y;
              a[q][k] = s * x + c * y;
            }
          for (int k = 0; k < 3; k++)
            {
              const double x = v[k][p], y = v[k][q];
              v[k][p] = c * x - s * y;
              v[k][q] = s * x + c * y;
            }
        }
  int order[3] = { 0, 1, 2 };
  for (int i = 0; i < 2; i++)
    for (int j = i + 1; j < 3; j++)
      if (fabs (a[order[j]][order[j]]) > fabs (a[order[i]][order[i]]))
        {
          const int k = order[i];
          order[i] = order[j];
          order[j] = k;
        }
  for (int i = 0; i < 3; i++)
    {
      ret_values[i] = a[order[i]][order[i]];
      for (int k = 0; k < 3; k++)
        ret_axes[i][k] = v[k][order[i]];
    }
  /* Right-handed, so that the surface does not turn inside out. */
  const double *x = ret_axes[0], *y = ret_axes[1];
  ret_axes[2][0] = x[1] * y[2] - x[2] * y[1];
  ret_axes[2][1] = x[2] * y[0] - x[0] * y[2];
  ret_axes[2][2] = x[0] * y[1] - x[1] * y[0];
}

static double
signed_power (double value, double exponent)
{
  return value < 0.0 ? -pow (-value, exponent) : pow (value, exponent);
}

/* Point and normal of the superquadric about z at the angles of a unit sphere; alpha bends the circle, beta the profile. */
static void
quadric (double theta, double phi, double alpha, double beta, double ret_point[3], double ret_normal[3])
{
  const double ct = cos (theta), st = sin (theta), cp = cos (phi), sp = sin (phi);
  ret_point[0] = signed_power (ct, alpha) * signed_power (sp, beta);
  ret_point[1] = signed_power (st, alpha) * signed_power (sp, beta);
  ret_point[2] = signed_power (cp, beta);
  ret_normal[0] = signed_power (ct, 2.0 - alpha) * signed_power (sp, 2.0 - beta);
  ret_normal[1] = signed_power (st, 2.0 - alpha) * signed_power (sp, 2.0 - beta);
  ret_normal[2] = signed_power (cp, 2.0 - beta);
}

static void
add_glyph (const double f[5], const double middle[3], double scale, unsigned n_phi, SwMesh *mesh)
{
  double matrix[3][3], values[3], axes[3][3], sizes[3], sum = 0.0;
  sw_tensor_matrix (f, matrix);
  sw_tensor_axes (matrix, values, axes);
  for (int i = 0; i < 3; i++)
    sum += sizes[i] = fabs (values[i]);
  if (!(sum > 0.0))
    return;
  const double linear = (sizes[0] - sizes[1]) / sum, planar = 2.0 * (sizes[1] - sizes[2]) / sum;
  const bool is_linear = linear >= planar;
  const double alpha = pow (1.0 - (is_linear ? planar : linear), SHARPNESS);
  const double beta = pow (1.0 - (is_linear ? linear : planar), SHARPNESS);
  const unsigned n_theta = 2 * n_phi;
  const uint32_t first = mesh->vertices->len;
  for (unsigned j = 0; j <= n_phi; j++)
    for (unsigned i = 0; i < n_theta; i++)
      {
        SwMeshVertex vertex = { 0 };
        double local[3], normal[3], point[3] = { 0 }, bent[3] = { 0 }, value = 0.0, length = 0.0;
        quadric (2.0 * M_PI * i / n_theta, M_PI * j / n_phi, alpha, beta, local, normal);
        /* About the first axis when linear, about the third when planar. */
        for (int k = 0; k < 3; k++)
          {
            const int axis = is_linear ? (k + 1) % 3 : k;
            /* A flat side keeps some thickness. */
            const double size = fmax (sizes[axis], 0.06 * sizes[0]);
            for (int c = 0; c < 3; c++)
              {
                point[c] += local[k] * size * axes[axis][c];
                bent[c] += normal[k] / size * axes[axis][c];
              }
          }
        for (int r = 0; r < 3; r++)
          {
            for (int c = 0; c < 3; c++)
              value += point[r] * matrix[r][c] * point[c];
            length += bent[r] * bent[r];
          }
        sw_color_sign (value >= 0.0, vertex.color);
        for (int c = 0; c < 3; c++)
          {
            vertex.position[c] = (float) (middle[c] + scale * point[c]);
            vertex.normal[c] = length > 0.0 ? (float) (bent[c] / sqrt (length)) : c == 2;
          }
        g_array_append_val (mesh->vertices, vertex);
      }
  for (unsigned j = 0; j < n_phi; j++)
    for (unsigned i = 0; i < n_theta; i++)
      {
        const uint32_t a = first + j * n_theta + i, b = first + j * n_theta + (i + 1) % n_theta;
        const uint32_t quad[6] = { a, a + n_theta, b + n_theta, a, b + n_theta, b };
        g_array_append_vals (mesh->indices, quad, 6);
      }
}

void
sw_superquadrics_build (const SwFieldData *field, const SwFieldLook *look, const SwGlyphSeeds *seeds, size_t n_triangles, SwMesh *mesh)
{
  const SwGridGeometry *grid = &field->grid;
  /* |T| in the largest eigenvalue is at most |f| sqrt (5 / 4 pi), as for the other glyphs. */
  const double unit = 0.9 * seeds->gap * grid->spacing * look->glyph_scale / (look->range_max * sqrt (5.0 / (4.0 * M_PI)));
  unsigned n_phi = 12;
  while (n_phi > 5 && 4u * n_phi * n_phi * seeds->n > n_triangles)
    n_phi--;
  for (size_t i = 0; i < seeds->n; i++)
    {
      const size_t v = seeds->voxels[i];
      const double at[3] = { (double) (v % grid->n[2]), (double) (v / grid->n[2] % grid->n[1]), (double) (v / (grid->n[1] * grid->n[2])) };
      double f[5], middle[3];
      for (int m = 0; m < 5; m++)
        f[m] = (double) field->data[(size_t) m * field->n_voxels + v];
      for (int k = 0; k < 3; k++)
        middle[k] = grid->centre[k] + (at[k] - 0.5 * ((double) grid->n[2 - k] - 1.0)) * grid->spacing;
      add_glyph (f, middle, unit * fmin (1.0, 1.25 * look->range_max / (double) seeds->norms[i]), n_phi, mesh);
    }
}
