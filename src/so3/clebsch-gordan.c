/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "so3/clebsch-gordan.h"

#include <assert.h>
#include <complex.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define L_MAX 6
#define J_MAX 12

/* Up to 25! these are exact: (a + b + j + 1)! is the largest. */
static const long double factorials[2 * J_MAX + 2] = {
  1.0L,
  1.0L,
  2.0L,
  6.0L,
  24.0L,
  120.0L,
  720.0L,
  5040.0L,
  40320.0L,
  362880.0L,
  3628800.0L,
  39916800.0L,
  479001600.0L,
  6227020800.0L,
  87178291200.0L,
  1307674368000.0L,
  20922789888000.0L,
  355687428096000.0L,
  6402373705728000.0L,
  121645100408832000.0L,
  2432902008176640000.0L,
  51090942171709440000.0L,
  1124000727777607680000.0L,
  25852016738884976640000.0L,
  620448401733239439360000.0L,
  15511210043330985984000000.0L,
};

/* <a ma, b mb | j m> with the phases of Condon and Shortley, by Racah's formula. Orders are small:
 * the alternating sum loses two digits at the most, which long double has to spare. */
static double
racah (int a, int ma, int b, int mb, int j, int m)
{
  long double sum = 0, factor;
  if (ma + mb != m)
    return 0;
  factor = sqrtl ((2 * j + 1) * factorials[a + b - j] * factorials[a - b + j]
                  * factorials[-a + b + j] / factorials[a + b + j + 1]);
  factor *= sqrtl (factorials[a + ma] * factorials[a - ma] * factorials[b + mb] * factorials[b - mb]
                   * factorials[j + m] * factorials[j - m]);
  for (int k = 0; k <= a + b - j; k++)
    {
      const int n1 = a - ma - k, n2 = b + mb - k, n3 = j - b + ma + k, n4 = j - a - mb + k;
      if (n1 < 0 || n2 < 0 || n3 < 0 || n4 < 0)
        continue;
      const long double term = 1
                               / (factorials[k] * factorials[a + b - j - k] * factorials[n1]
                                  * factorials[n2] * factorials[n3] * factorials[n4]);
      sum += k % 2 ? -term : term;
    }
  return (double) (factor * sum);
}

/* Row m of the unitary matrix from complex to real harmonics: the entries at -|m| and |m|.
 *   m > 0: Y = ((-1)^m Y_c^m + Y_c^-m) / sqrt 2;  m < 0: Y = -i ((-1)^m Y_c^|m| - Y_c^-|m|) / sqrt
 * 2 */
static double complex
to_real (int m, int m_complex)
{
  const int am = abs (m);
  const double sign = am % 2 ? -1 : 1;
  if (m == 0)
    return m_complex == 0;
  if (abs (m_complex) != am)
    return 0;
  if (m > 0)
    return (m_complex > 0 ? sign : 1) * M_SQRT1_2;
  return -I * (m_complex > 0 ? sign : -1) * M_SQRT1_2;
}

void
sw_clebsch_gordan (unsigned l_out, unsigned l_in, unsigned j_order, double *ret)
{
  const int a = (int) l_out, b = (int) l_in, j = (int) j_order;
  const int n_b = 2 * b + 1, n_j = 2 * j + 1;
  const bool odd = (a + b + j) % 2;
  double sign = 0;

  assert (a <= L_MAX && b <= L_MAX && j <= J_MAX && j >= abs (a - b) && j <= a + b);
  for (int ma = -a; ma <= a; ma++)
    for (int mb = -b; mb <= b; mb++)
      for (int m = -j; m <= j; m++)
        {
          double complex sum = 0;
          for (int ca = -abs (ma); ca <= abs (ma); ca += ma ? 2 * abs (ma) : 1)
            for (int cb = -abs (mb); cb <= abs (mb); cb += mb ? 2 * abs (mb) : 1)
              if (abs (ca + cb) == abs (m))
                sum += to_real (m, ca + cb) * racah (a, ca, b, cb, j, ca + cb)
                       * conj (to_real (ma, ca)) * conj (to_real (mb, cb));
          /* In the real basis all entries are real when l_out + l_in + J is even, imaginary when
           * odd. */
          ret[((ma + a) * n_b + mb + b) * n_j + m + j]
              = (odd ? cimag (sum) : creal (sum)) / sqrt (n_j);
        }
  if (!odd)
    sign = ret[(a * n_b + b) * n_j + j];
  else
    for (int i = 0; sign == 0; i++)
      if (fabs (ret[i]) > 1e-9)
        sign = ret[i];
  if (sign < 0)
    for (int i = 0; i < (2 * a + 1) * n_b * n_j; i++)
      ret[i] = -ret[i];
}
