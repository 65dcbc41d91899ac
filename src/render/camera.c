/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/camera.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define DISTANCE_MIN 1e-3
#define DISTANCE_MAX 1e6

static void
rotate (SwQuat q, const double v[3], double ret[3])
{
  double matrix[9];
  sw_quat_to_matrix (q, matrix);
  sw_rotation_apply (matrix, v, ret);
}

void
sw_camera_init (SwCamera *camera)
{
  *camera = (SwCamera){ .orientation = SW_QUAT_IDENTITY, .fov = M_PI / 6.0 };
  sw_camera_fit (camera, (const double[3]){ 0.0, 0.0, 0.0 }, 1.0, 1.0);
}

void
sw_camera_fit (SwCamera *camera, const double centre[3], double radius, double aspect)
{
  double half = 0.5 * camera->fov;
  if (aspect > 0.0 && aspect < 1.0)
    half = atan (tan (half) * aspect);
  memcpy (camera->centre, centre, sizeof camera->centre);
  /* An orthographic picture shows a sphere that touches tan, not sin; the difference is a margin.
   */
  camera->distance = fmin (fmax (radius / sin (half), DISTANCE_MIN), DISTANCE_MAX);
}

/* A point of the pane on the ball that touches its shorter side, or on the rim. */
static void
on_ball (double x, double y, double width, double height, double ret[3])
{
  const double radius = 0.5 * fmin (width, height);
  ret[0] = (x - 0.5 * width) / radius;
  ret[1] = (0.5 * height - y) / radius;
  const double square = ret[0] * ret[0] + ret[1] * ret[1];
  if (square <= 1.0)
    ret[2] = sqrt (1.0 - square);
  else
    {
      const double length = sqrt (square);
      ret[0] /= length;
      ret[1] /= length;
      ret[2] = 0.0;
    }
}

SwQuat
sw_arcball_drag (double x0, double y0, double x1, double y1, double width, double height)
{
  if (!(width > 0.0 && height > 0.0))
    return SW_QUAT_IDENTITY;
  double a[3], b[3];
  on_ball (x0, y0, width, height, a);
  on_ball (x1, y1, width, height, b);
  /* The quaternion product b conj(a) of two unit vectors turns by twice the angle between them. */
  const SwQuat q = {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2],
    a[1] * b[2] - a[2] * b[1],
    a[2] * b[0] - a[0] * b[2],
    a[0] * b[1] - a[1] * b[0],
  };
  const double square = q.w * q.w + q.x * q.x + q.y * q.y + q.z * q.z;
  return square > 0.0 && isfinite (square) ? sw_quat_normalize (q) : SW_QUAT_IDENTITY;
}

SwQuat
sw_camera_to_world (const SwCamera *camera, SwQuat drag)
{
  return sw_quat_multiply (sw_quat_conjugate (camera->orientation),
                           sw_quat_multiply (drag, camera->orientation));
}

void
sw_camera_turn (SwCamera *camera, const double axis_eye[3], double angle)
{
  camera->orientation = sw_quat_normalize (
      sw_quat_multiply (sw_quat_from_axis_angle (axis_eye, angle), camera->orientation));
}

void
sw_camera_pan (SwCamera *camera, double dx, double dy, double height)
{
  if (!(height > 0.0))
    return;
  const double unit = 2.0 * camera->distance * tan (0.5 * camera->fov) / height;
  const double eye[3] = { -dx * unit, dy * unit, 0.0 };
  double world[3];
  rotate (sw_quat_conjugate (camera->orientation), eye, world);
  for (int i = 0; i < 3; i++)
    camera->centre[i] += world[i];
}

void
sw_camera_zoom (SwCamera *camera, double factor)
{
  if (factor > 0.0 && isfinite (factor))
    camera->distance = fmin (fmax (camera->distance / factor, DISTANCE_MIN), DISTANCE_MAX);
}

SwQuat
sw_camera_standard (unsigned i)
{
  static const double x[3] = { 1.0, 0.0, 0.0 }, y[3] = { 0.0, 1.0, 0.0 };
  switch (i)
    {
    case 1:
      return sw_quat_from_axis_angle (y, M_PI);
    case 2:
      return sw_quat_from_axis_angle (y, -M_PI_2);
    case 3:
      return sw_quat_from_axis_angle (y, M_PI_2);
    case 4:
      return sw_quat_from_axis_angle (x, M_PI_2);
    case 5:
      return sw_quat_from_axis_angle (x, -M_PI_2);
    case 6:
      return sw_quat_multiply (sw_quat_from_axis_angle (x, 0.45),
                               sw_quat_from_axis_angle (y, -0.6));
    default:
      return SW_QUAT_IDENTITY;
    }
}

void
sw_camera_view_matrix (const SwCamera *camera, float ret[16])
{
  double m[9], moved[3];
  sw_quat_to_matrix (camera->orientation, m);
  sw_rotation_apply (m, camera->centre, moved);
  for (int column = 0; column < 3; column++)
    {
      for (int row = 0; row < 3; row++)
        ret[4 * column + row] = (float) m[3 * row + column];
      ret[4 * column + 3] = 0.0f;
    }
  ret[12] = (float) -moved[0];
  ret[13] = (float) -moved[1];
  ret[14] = (float) (-moved[2] - camera->distance);
  ret[15] = 1.0f;
}

void
sw_camera_projection_matrix (const SwCamera *camera,
                             double aspect,
                             const double centre_scene[3],
                             double radius,
                             float ret[16])
{
  double offset[3], eye[3];
  for (int i = 0; i < 3; i++)
    offset[i] = centre_scene[i] - camera->centre[i];
  rotate (camera->orientation, offset, eye);
  const double depth = camera->distance - eye[2];
  double far = depth + radius;
  double near = depth - radius;
  const double t = tan (0.5 * camera->fov);
  memset (ret, 0, 16 * sizeof *ret);
  if (camera->orthographic)
    {
      if (far <= near)
        far = near + 1.0;
      const double half = camera->distance * t;
      ret[0] = (float) (1.0 / (half * aspect));
      ret[5] = (float) (1.0 / half);
      ret[10] = (float) (-2.0 / (far - near));
      ret[14] = (float) (-(far + near) / (far - near));
      ret[15] = 1.0f;
      return;
    }
  far = fmax (far, 2.0 * DISTANCE_MIN);
  /* 24 bits of depth: a thousandth of the far plane keeps a tenth of an angstrom apart at 1,000. */
  near = fmax (near, 1e-3 * far);
  ret[0] = (float) (1.0 / (t * aspect));
  ret[5] = (float) (1.0 / t);
  ret[10] = (float) (-(far + near) / (far - near));
  ret[11] = -1.0f;
  ret[14] = (float) (-2.0 * far * near / (far - near));
}

void
sw_camera_ray (const SwCamera *camera,
               double x,
               double y,
               double width,
               double height,
               double ret_origin[3],
               double ret_direction[3])
{
  const double t = tan (0.5 * camera->fov);
  const double u = (2.0 * x / width - 1.0) * t * width / height;
  const double v = (1.0 - 2.0 * y / height) * t;
  double origin[3] = { 0.0, 0.0, camera->distance }, direction[3] = { u, v, -1.0 };
  if (camera->orthographic)
    {
      /* From far enough in front that nothing of the scene lies behind. */
      origin[0] = u * camera->distance;
      origin[1] = v * camera->distance;
      origin[2] = camera->distance + DISTANCE_MAX;
      direction[0] = direction[1] = 0.0;
    }
  const SwQuat back = sw_quat_conjugate (camera->orientation);
  rotate (back, origin, ret_origin);
  for (int i = 0; i < 3; i++)
    ret_origin[i] += camera->centre[i];
  const double length = sqrt (direction[0] * direction[0] + direction[1] * direction[1]
                              + direction[2] * direction[2]);
  for (int i = 0; i < 3; i++)
    direction[i] /= length;
  rotate (back, direction, ret_direction);
}

bool
sw_camera_project (const SwCamera *camera,
                   const double point[3],
                   double width,
                   double height,
                   double *ret_x,
                   double *ret_y,
                   double *ret_depth)
{
  double offset[3], eye[3];
  for (int i = 0; i < 3; i++)
    offset[i] = point[i] - camera->centre[i];
  rotate (camera->orientation, offset, eye);
  const double depth = camera->distance - eye[2];
  if (!(depth > 0.0) && !camera->orthographic)
    return false;
  const double scale
      = 0.5 * height
        / (tan (0.5 * camera->fov) * (camera->orthographic ? camera->distance : depth));
  *ret_x = 0.5 * width + eye[0] * scale;
  *ret_y = 0.5 * height - eye[1] * scale;
  *ret_depth = depth;
  return true;
}
