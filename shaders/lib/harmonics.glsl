// SPDX-License-Identifier: GPL-3.0-or-later
// f(u) = sum_m c_m Y_lm(u) and its gradient, Y as homogeneous polynomials of degree l: so3/harmonics.h.
// c0, c1, c2 hold m = -l..l one after the other.
float
harmonics_field (int l, vec3 u, vec4 c0, vec4 c1, float c2, out vec3 gradient)
{
  float x = u.x, y = u.y, z = u.z;
  float xx = x * x, yy = y * y, zz = z * z;
  if (l == 0)
    {
      gradient = vec3 (0.0);
      return 0.28209479 * c0.x;
    }
  if (l == 1)
    {
      gradient = 0.48860251 * vec3 (c0.z, c0.x, c0.y);
      return dot (gradient, u);
    }
  if (l == 2)
    {
      vec4 a = c0 * vec4 (1.09254843, 1.09254843, 0.31539157, 1.09254843);
      float b = 0.54627422 * c1.x;
      gradient = a.x * vec3 (y, x, 0.0) + a.y * vec3 (0.0, z, y)
                 + a.z * vec3 (-2.0 * x, -2.0 * y, 4.0 * z) + a.w * vec3 (z, 0.0, x)
                 + b * vec3 (2.0 * x, -2.0 * y, 0.0);
    }
  else if (l == 3)
    {
      vec4 a = c0 * vec4 (0.59004359, 2.89061144, 0.45704580, 0.37317633);
      vec3 b = c1.xyz * vec3 (0.45704580, 1.44530572, 0.59004359);
      gradient = a.x * vec3 (6.0 * x * y, 3.0 * (xx - yy), 0.0) + a.y * vec3 (y * z, x * z, x * y)
                 + a.z * vec3 (-2.0 * x * y, 4.0 * zz - xx - 3.0 * yy, 8.0 * y * z)
                 + a.w * vec3 (-6.0 * x * z, -6.0 * y * z, 6.0 * zz - 3.0 * (xx + yy))
                 + b.x * vec3 (4.0 * zz - 3.0 * xx - yy, -2.0 * x * y, 8.0 * x * z)
                 + b.y * vec3 (2.0 * x * z, -2.0 * y * z, xx - yy)
                 + b.z * vec3 (3.0 * (xx - yy), -6.0 * x * y, 0.0);
    }
  else
    {
      vec4 a = c0 * vec4 (2.50334294, 1.77013077, 0.94617470, 0.66904654);
      vec4 b = c1 * vec4 (0.10578555, 0.66904654, 0.47308735, 1.77013077);
      float d = 0.62583574 * c2;
      gradient
          = a.x * vec3 (y * (3.0 * xx - yy), x * (xx - 3.0 * yy), 0.0)
            + a.y * vec3 (6.0 * x * y * z, 3.0 * z * (xx - yy), y * (3.0 * xx - yy))
            + a.z
                  * vec3 (y * (6.0 * zz - 3.0 * xx - yy), x * (6.0 * zz - xx - 3.0 * yy),
                          12.0 * x * y * z)
            + a.w
                  * vec3 (-6.0 * x * y * z, z * (4.0 * zz - 3.0 * xx - 9.0 * yy),
                          3.0 * y * (4.0 * zz - xx - yy))
            + b.x
                  * vec3 (x * (12.0 * (xx + yy) - 48.0 * zz), y * (12.0 * (xx + yy) - 48.0 * zz),
                          z * (32.0 * zz - 48.0 * (xx + yy)))
            + b.y
                  * vec3 (z * (4.0 * zz - 9.0 * xx - 3.0 * yy), -6.0 * x * y * z,
                          3.0 * x * (4.0 * zz - xx - yy))
            + b.z
                  * vec3 (x * (12.0 * zz - 4.0 * xx), y * (4.0 * yy - 12.0 * zz),
                          12.0 * z * (xx - yy))
            + b.w * vec3 (3.0 * z * (xx - yy), -6.0 * x * y * z, x * (xx - 3.0 * yy))
            + d * vec3 (4.0 * x * (xx - 3.0 * yy), 4.0 * y * (yy - 3.0 * xx), 0.0);
    }
  return dot (gradient, u) / float (l); // Euler, for a polynomial of degree l
}
