/* SPDX-License-Identifier: GPL-3.0-or-later */
/* so3/rotation.h: rotations of space
 *
 * Active, right-handed, acting on column vectors (x, y, z). Matrices are double[9], row-major.
 * Euler angles are ZYZ: R(alpha, beta, gamma) = Rz(alpha) Ry(beta) Rz(gamma).
 */
#pragma once

#include "base/random.h"

typedef struct
{
  double w, x, y, z;
} SwQuat;

#define SW_QUAT_IDENTITY ((SwQuat){ 1.0, 0.0, 0.0, 0.0 })

SwQuat sw_quat_normalize (SwQuat q);
/* First b, then a. */
SwQuat sw_quat_multiply (SwQuat a, SwQuat b);
SwQuat sw_quat_conjugate (SwQuat q);
/* Angle in radians about an axis of any length > 0. */
SwQuat sw_quat_from_axis_angle (const double axis[3], double angle);
/* Angle in 0..pi, unit axis; the axis of the identity is z. */
void sw_quat_to_axis_angle (SwQuat q, double ret_axis[3], double *ret_angle);
SwQuat sw_quat_from_matrix (const double matrix[9]);
void sw_quat_to_matrix (SwQuat q, double ret_matrix[9]);
SwQuat sw_quat_from_euler_zyz (double alpha, double beta, double gamma);
void sw_quat_to_euler_zyz (SwQuat q, double *ret_alpha, double *ret_beta, double *ret_gamma);
/* Uniform on SO(3) (normalised four-dimensional Gaussian). */
SwQuat sw_quat_random (SwRandom *random);
SwQuat sw_quat_slerp (SwQuat a, SwQuat b, double t);
/* Angle in radians between two rotations, 0..pi. */
double sw_quat_distance (SwQuat a, SwQuat b);

#define SW_ROTATION_N_CUBE 24
/* The rotations of the cube, i in 0..23; 0 is the identity. Entries of the matrix are exactly -1, 0, 1. */
void sw_rotation_cube (unsigned i, double ret_matrix[9]);

void sw_rotation_apply (const double matrix[9], const double v[3], double ret[3]);
void sw_rotation_transpose (const double matrix[9], double ret[9]);
