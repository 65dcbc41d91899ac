/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kernel/quadrature.h"

#include <math.h>

void
sw_gauss_legendre (size_t n, double from, double to, double *ret_nodes, double *ret_weights)
{
  const double middle = 0.5 * (from + to), half = 0.5 * (to - from);
  for (size_t i = 0; i < (n + 1) / 2; i++)
    {
      double x = cos (M_PI * ((double) i + 0.75) / ((double) n + 0.5)), slope = 1;
      /* Newton; Tricomi's start is so near that five steps reach rounding */
      for (int step = 0; step < 8; step++)
        {
          double p = 1, previous = 0;
          for (size_t k = 0; k < n; k++)
            {
              const double next
                  = ((2.0 * (double) k + 1) * x * p - (double) k * previous) / ((double) k + 1);
              previous = p;
              p = next;
            }
          slope = (double) n * (x * p - previous) / (x * x - 1);
          const double move = p / slope;
          x -= move;
          if (fabs (move) < 1e-16)
            break;
        }
      if (2 * i + 1 == n)
        x = 0;
      const double weight = 2 / ((1 - x * x) * slope * slope) * half;
      ret_nodes[i] = middle - half * x;
      ret_nodes[n - 1 - i] = middle + half * x;
      ret_weights[i] = ret_weights[n - 1 - i] = weight;
    }
}
