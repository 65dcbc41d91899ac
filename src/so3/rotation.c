/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "so3/rotation.h"

#include <assert.h>
#include <math.h>

SwQuat
sw_quat_normalize (SwQuat q)
{
  const double n = sqrt (q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z);
  if (!(n > 0))
    return SW_QUAT_IDENTITY;
  return (SwQuat){ q.w / n, q.x / n, q.y / n, q.z / n };
}

SwQuat
sw_quat_multiply (SwQuat a, SwQuat b)
{
  return (SwQuat){
    a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z,
    a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
    a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x,
    a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w,
  };
}

SwQuat
sw_quat_conjugate (SwQuat q)
{
  return (SwQuat){ q.w, -q.x, -q.y, -q.z };
}

SwQuat
sw_quat_from_axis_angle (const double axis[3], double angle)
{
  const double n = sqrt (axis[0] * axis[0] + axis[1] * axis[1] + axis[2] * axis[2]);
  if (!(n > 0))
    return SW_QUAT_IDENTITY;
  const double s = sin (0.5 * angle) / n;
  return (SwQuat){ cos (0.5 * angle), s * axis[0], s * axis[1], s * axis[2] };
}

void
sw_quat_to_axis_angle (SwQuat q, double ret_axis[3], double *ret_angle)
{
  double s;
  q = sw_quat_normalize (q);
  /* q and -q are one rotation; w >= 0 has the angle in 0..pi */
  if (q.w < 0)
    q = (SwQuat){ -q.w, -q.x, -q.y, -q.z };
  s = sqrt (q.x * q.x + q.y * q.y + q.z * q.z);
  *ret_angle = 2 * atan2 (s, q.w);
  if (!(s > 0))
    {
      ret_axis[0] = ret_axis[1] = 0;
      ret_axis[2] = 1;
      return;
    }
  ret_axis[0] = q.x / s;
  ret_axis[1] = q.y / s;
  ret_axis[2] = q.z / s;
}

/* Shepperd's method: divide by the largest of |w|, |x|, |y|, |z|, so that nothing cancels. */
SwQuat
sw_quat_from_matrix (const double m[9])
{
  const double trace = m[0] + m[4] + m[8];
  SwQuat q;
  if (trace >= m[0] && trace >= m[4] && trace >= m[8])
    q = (SwQuat){ 1 + trace, m[7] - m[5], m[2] - m[6], m[3] - m[1] };
  else if (m[0] >= m[4] && m[0] >= m[8])
    q = (SwQuat){ m[7] - m[5], 1 + m[0] - m[4] - m[8], m[1] + m[3], m[2] + m[6] };
  else if (m[4] >= m[8])
    q = (SwQuat){ m[2] - m[6], m[1] + m[3], 1 + m[4] - m[0] - m[8], m[5] + m[7] };
  else
    q = (SwQuat){ m[3] - m[1], m[2] + m[6], m[5] + m[7], 1 + m[8] - m[0] - m[4] };
  q = sw_quat_normalize (q);
  if (q.w < 0)
    q = (SwQuat){ -q.w, -q.x, -q.y, -q.z };
  return q;
}

void
sw_quat_to_matrix (SwQuat q, double m[9])
{
  q = sw_quat_normalize (q);
  m[0] = 1 - 2 * (q.y * q.y + q.z * q.z);
  m[1] = 2 * (q.x * q.y - q.w * q.z);
  m[2] = 2 * (q.x * q.z + q.w * q.y);
  m[3] = 2 * (q.x * q.y + q.w * q.z);
  m[4] = 1 - 2 * (q.x * q.x + q.z * q.z);
  m[5] = 2 * (q.y * q.z - q.w * q.x);
  m[6] = 2 * (q.x * q.z - q.w * q.y);
  m[7] = 2 * (q.y * q.z + q.w * q.x);
  m[8] = 1 - 2 * (q.x * q.x + q.y * q.y);
}

SwQuat
sw_quat_from_euler_zyz (double alpha, double beta, double gamma)
{
  const double c = cos (0.5 * beta), s = sin (0.5 * beta);
  const double sum = 0.5 * (alpha + gamma), difference = 0.5 * (alpha - gamma);
  return (SwQuat){ c * cos (sum), -s * sin (difference), s * cos (difference), c * sin (sum) };
}

void
sw_quat_to_euler_zyz (SwQuat q, double *ret_alpha, double *ret_beta, double *ret_gamma)
{
  const double s = hypot (q.x, q.y), c = hypot (q.w, q.z);
  /* At beta = 0 (pi) only the sum (difference) of the other two is determined; gamma is then 0. */
  const double sum = c > 0 ? atan2 (q.z, q.w) : 0;
  const double difference = s > 0 ? atan2 (-q.x, q.y) : 0;
  *ret_beta = 2 * atan2 (s, c);
  if (s > 0 && c > 0)
    {
      *ret_alpha = sum + difference;
      *ret_gamma = sum - difference;
    }
  else
    {
      *ret_alpha = 2 * (sum + difference);
      *ret_gamma = 0;
    }
}

SwQuat
sw_quat_random (SwRandom *random)
{
  for (;;)
    {
      SwQuat q;
      q.w = sw_random_normal (random);
      q.x = sw_random_normal (random);
      q.y = sw_random_normal (random);
      q.z = sw_random_normal (random);
      if (q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z > 1e-12)
        return sw_quat_normalize (q);
    }
}

SwQuat
sw_quat_slerp (SwQuat a, SwQuat b, double t)
{
  double dot, angle, p, q;
  a = sw_quat_normalize (a);
  b = sw_quat_normalize (b);
  dot = a.w * b.w + a.x * b.x + a.y * b.y + a.z * b.z;
  /* the shorter way round */
  if (dot < 0)
    {
      b = (SwQuat){ -b.w, -b.x, -b.y, -b.z };
      dot = -dot;
    }
  angle = 0.5 * sw_quat_distance (a, b);
  if (angle < 1e-7)
    {
      p = 1 - t;
      q = t;
    }
  else
    {
      p = sin ((1 - t) * angle) / sin (angle);
      q = sin (t * angle) / sin (angle);
    }
  return sw_quat_normalize (
      (SwQuat){ p * a.w + q * b.w, p * a.x + q * b.x, p * a.y + q * b.y, p * a.z + q * b.z });
}

double
sw_quat_distance (SwQuat a, SwQuat b)
{
  const SwQuat d = sw_quat_multiply (sw_quat_conjugate (a), b);
  return 2 * atan2 (sqrt (d.x * d.x + d.y * d.y + d.z * d.z), fabs (d.w));
}

/* Signed permutation matrices of determinant 1: six permutations in lexicographic order, for each
 * the four choices of signs. */
void
sw_rotation_cube (unsigned i, double ret_matrix[9])
{
  static const unsigned char permutation[6][3]
      = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
  static const double parity[6] = { 1, -1, -1, 1, 1, -1 };
  const unsigned p = i / 4;
  double sign[3];

  assert (i < SW_ROTATION_N_CUBE);
  sign[0] = (i & 1) ? -1 : 1;
  sign[1] = (i & 2) ? -1 : 1;
  sign[2] = parity[p] * sign[0] * sign[1];
  for (unsigned k = 0; k < 9; k++)
    ret_matrix[k] = 0;
  for (unsigned row = 0; row < 3; row++)
    ret_matrix[3 * row + permutation[p][row]] = sign[row];
}

void
sw_rotation_apply (const double m[9], const double v[3], double ret[3])
{
  const double x = v[0], y = v[1], z = v[2];
  ret[0] = m[0] * x + m[1] * y + m[2] * z;
  ret[1] = m[3] * x + m[4] * y + m[5] * z;
  ret[2] = m[6] * x + m[7] * y + m[8] * z;
}

void
sw_rotation_transpose (const double m[9], double ret[9])
{
  const double t[9] = { m[0], m[3], m[6], m[1], m[4], m[7], m[2], m[5], m[8] };
  for (unsigned k = 0; k < 9; k++)
    ret[k] = t[k];
}
