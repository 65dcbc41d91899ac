/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/spectral-mix.h: steerable convolution on modes
 *
 *   out_k = K(w) in_k,   K(w) = D_out(R_w) i^l_out [K_m(|w|)] i^l_in D_in(R_w)^T
 *
 * In the frame of the mode and in helicity components u_(+-m) = f_m -+ i f_-m the kernel is one real matrix for each signed m
 * and each radius: K_m(r)[o][i] = sum_e w[o,i,e] T_e(r, m). The T are tables of the geometry alone (spectral.md, section 1 and 2).
 */
#pragma once

#include "kernel/basis.h"
#include "nn/spectral-channels.h"
#include "nn/spectral-modes.h"

typedef struct
{
  SwChannelOrder in, out;
  unsigned m_max; /* smaller of both l_max */
  size_t n_shells, n_blocks; /* of the output ball */
  unsigned size;
  SwBasisRule rule;
  size_t rows_in[SW_FIELD_L_MAX + 1], rows_out[SW_FIELD_L_MAX + 1]; /* by |m| */
  size_t matrix_at[2 * SW_FIELD_L_MAX + 1]; /* by m + m_max */
  size_t matrix_size;                       /* reals per shell */
  size_t n_weights;
  real *matrices;   /* [n_shells][matrix_size], owned */
  real *table;      /* [n_shells][pair of l][m][element], owned */
  size_t table_size; /* reals per shell */
  size_t table_at[SW_FIELD_L_MAX + 1][SW_FIELD_L_MAX + 1];
  size_t n_elements[SW_FIELD_L_MAX + 1][SW_FIELD_L_MAX + 1]; /* [l_out][l_in] */
} SwMix;

/* Radial transforms of one network's kernels: most of its convolutions share theirs, and they are what takes time. {0} is empty. */
typedef struct
{
  size_t n;
  struct
  {
    unsigned stride, shell, j;
    double *h; /* [shells of the level], owned */
  } entries[256];
} SwRadialCache;

void sw_radial_cache_clear (SwRadialCache *cache);

/* in_level: whose voxel the kernel is measured in; out_level: whose ball is made, with its taper where it is a smaller one. */
SwStatus sw_mix_init (SwMix *mix,
                      const SwModes *modes,
                      const SwLevel *in_level,
                      const SwLevel *out_level,
                      const SwFieldType *in,
                      const SwFieldType *out,
                      unsigned size,
                      SwBasisRule rule,
                      SwRadialCache *cache,
                      SwError *error) SW_WARN_UNUSED;
void sw_mix_clear (SwMix *mix);
/* Bytes that init takes. */
size_t sw_mix_memory (size_t n_shells, const SwFieldType *in, const SwFieldType *out, unsigned size);
/* weights: [out part][in part][o][i][element]. */
void sw_mix_set_weights (SwMix *mix, const real *weights);

/* Reals of scratch per thread. */
size_t sw_mix_scratch_size (const SwMix *mix);
/* in: [blocks][channels of in][2][lanes], out likewise. scratch: [threads][sw_mix_scratch_size]. */
void sw_mix_forward (const SwMix *mix, const SwModes *modes, const real *in, real *out, real *scratch);
/* d_in += K^H d_out (assigned where add is false; blocks beyond the output ball are cleared then). n_in_blocks: blocks of d_in. */
void sw_mix_backward_input (const SwMix *mix, const SwModes *modes, const real *d_out, size_t n_in_blocks, real *d_in, bool add, real *scratch);
/* d_matrices: [n_shells][matrix_size], double, added to, or assigned where add is false. */
void sw_mix_backward_matrices (const SwMix *mix, const SwModes *modes, const real *in, const real *d_out, double *d_matrices, bool add, real *scratch);
/* Adds to d_weights. */
void sw_mix_weight_gradient (const SwMix *mix, const double *d_matrices, real *d_weights);
