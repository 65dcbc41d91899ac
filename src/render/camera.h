/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render/camera.h: where the eye is, and what a drag means
 *
 * A camera is a value. It looks at `centre` from `distance`; `orientation` turns the world before
 * it is seen, so that v_eye = orientation (v - centre) - (0, 0, distance): x to the right, y up, z
 * towards the eye. Lengths are in angstrom, angles in radians, pixels have their origin at the top
 * left.
 *
 * The arcball is Shoemake's (1992) with half angles, so a drag depends on its two ends alone: out
 * and back is the identity. Keep the orientation at the start of the gesture, and set
 *   camera.orientation = sw_quat_multiply (sw_arcball_drag (...), at_start)
 * at every motion. To turn the input, take the same drag into the world first, sw_camera_to_world.
 */
#pragma once

#include <stdbool.h>

#include "so3/rotation.h"

typedef struct
{
  SwQuat orientation;
  double centre[3];
  double distance;   /* of the eye from centre; > 0 */
  double fov;        /* whole vertical angle */
  bool orthographic; /* shows at centre what the perspective would */
} SwCamera;

/* Looking along -z at the origin, 30 degrees, far enough to see a sphere of radius 1. */
void sw_camera_init (SwCamera *camera);
/* Moves the eye (orientation stays) so that a sphere just fits into a picture of width / height =
 * aspect. */
void sw_camera_fit (SwCamera *camera, const double centre[3], double radius, double aspect);

/* The rotation, in the frame of the eye, of a drag from (x0, y0) to (x1, y1) in a pane of
 * width x height. Twice the angle on the ball, as in Shoemake's. */
SwQuat sw_arcball_drag (double x0, double y0, double x1, double y1, double width, double height);
/* The same rotation in the frame of the world: conj(orientation) drag orientation. */
SwQuat sw_camera_to_world (const SwCamera *camera, SwQuat drag);
/* Turns the view about an axis of the eye: keys (0 1 0 for left/right), inertia. */
void sw_camera_turn (SwCamera *camera, const double axis_eye[3], double angle);
/* Moves the centre so that what lies at its depth follows a drag of dx, dy pixels. */
void sw_camera_pan (SwCamera *camera, double dx, double dy, double height);
/* factor > 1 comes closer; kept within 1e-3 .. 1e6 angstrom. */
void sw_camera_zoom (SwCamera *camera, double factor);
/* Standard views: 0 front (along -z), 1 back, 2 right (from +x), 3 left, 4 top (from +y), 5 bottom,
 * 6 oblique. */
#define SW_CAMERA_N_STANDARD 7
SwQuat sw_camera_standard (unsigned i);

/* Column-major float[16] as GL wants them. near and far enclose the sphere of radius about
 * centre_scene. */
void sw_camera_view_matrix (const SwCamera *camera, float ret[16]);
void sw_camera_projection_matrix (const SwCamera *camera,
                                  double aspect,
                                  const double centre_scene[3],
                                  double radius,
                                  float ret[16]);
/* The ray through a pixel of a pane; direction has length 1. */
void sw_camera_ray (const SwCamera *camera,
                    double x,
                    double y,
                    double width,
                    double height,
                    double ret_origin[3],
                    double ret_direction[3]);
/* Pixel and depth (distance along the view, angstrom) of a point; false behind the eye. */
bool sw_camera_project (const SwCamera *camera,
                        const double point[3],
                        double width,
                        double height,
                        double *ret_x,
                        double *ret_y,
                        double *ret_depth);
