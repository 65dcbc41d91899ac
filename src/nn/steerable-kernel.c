/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/steerable-kernel.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"

#ifdef SW_DOUBLE
#define gemm cblas_dgemm
#else
#define gemm cblas_sgemm
#endif

/* One pair of parts: a product of matrices [copies out copies in][n_basis] x [n_basis][n_m_out n_m_in n_taps]. */
typedef struct
{
  size_t copies_out, copies_in, n_m_out, n_m_in;
  size_t channel_out, channel_in; /* where the parts begin */
  size_t n_basis, weights;
  real scale;
  const real *basis;
} Pair;

typedef struct
{
  unsigned l_out, l_in;
  real *values;
  size_t n_basis;
} Table;

struct SwSteerableKernel
{
  size_t n_taps, c_in, c_out, n_weights, n_scratch, memory;
  size_t n_pairs, n_tables;
  Pair *pairs;
  Table *tables;
};

/* The table for a pair of orders, made on first use; in a network most parts repeat. */
static SwStatus
find_table (SwSteerableKernel *kernel,
            unsigned l_out,
            unsigned l_in,
            unsigned size,
            SwBasisRule rule,
            SwBasisKind kind,
            const Table **ret,
            SwError *error)
{
  SwBasisSpec spec;
  SwStatus status;
  size_t n;
  double *samples;

  for (size_t t = 0; t < kernel->n_tables; t++)
    if (kernel->tables[t].l_out == l_out && kernel->tables[t].l_in == l_in)
      {
        *ret = &kernel->tables[t];
        return SW_OK;
      }
  status = sw_basis_spec_init (&spec, l_out, l_in, size, rule, error);
  if (status != SW_OK)
    return status;
  n = spec.n_elements * (2 * l_out + 1) * (2 * l_in + 1) * kernel->n_taps;
  Table *table = &kernel->tables[kernel->n_tables];
  *table = (Table) { .l_out = l_out, .l_in = l_in, .n_basis = spec.n_elements };
  samples = SW_NEW (double, n);
  table->values = SW_NEW (real, n);
  kernel->n_tables++;
  if (samples == NULL || table->values == NULL)
    status = sw_error_set (error, SW_ERROR_MEMORY, "no memory for a kernel basis");
  else if (n > 0)
    status = sw_basis_sample (&spec, kind, samples, error);
  if (status == SW_OK)
    for (size_t i = 0; i < n; i++)
      table->values[i] = (real) samples[i];
  sw_free (samples);
  kernel->memory += n * sizeof (real);
  *ret = table;
  return status;
}

SwStatus
sw_steerable_kernel_new (const SwFieldType *in,
                         const SwFieldType *out,
                         unsigned size,
                         SwBasisRule rule,
                         SwBasisKind kind,
                         SwSteerableKernel **ret,
                         SwError *error)
{
  SwSteerableKernel *kernel = SW_NEW0 (SwSteerableKernel, 1);
  const size_t n_fields_in = sw_field_type_copies (in), n_pairs = in->n_parts * out->n_parts;
  size_t channel_out = 0;
  SwStatus status = SW_OK;

  if (kernel != NULL)
    {
      kernel->pairs = SW_NEW0 (Pair, n_pairs);
      kernel->tables = SW_NEW0 (Table, n_pairs);
    }
  if (kernel == NULL || kernel->pairs == NULL || kernel->tables == NULL)
    {
      sw_steerable_kernel_free (kernel);
      return sw_error_set (error, SW_ERROR_MEMORY, "no memory for a steerable kernel");
    }
  kernel->n_taps = (size_t) size * size * size;
  kernel->c_in = sw_field_type_dim (in);
  kernel->c_out = sw_field_type_dim (out);
  for (size_t o = 0; o < out->n_parts; o++)
    {
      size_t channel_in = 0;
      for (size_t i = 0; i < in->n_parts; i++)
        {
          const SwFieldPart *po = &out->parts[o], *pi = &in->parts[i];
          Pair *pair = &kernel->pairs[kernel->n_pairs++];
          const Table *table;
          status = find_table (kernel, po->l, pi->l, size, rule, kind, &table, error);
          if (status != SW_OK)
            {
              sw_steerable_kernel_free (kernel);
              return status;
            }
          *pair = (Pair) { .copies_out = po->copies,
                           .copies_in = pi->copies,
                           .n_m_out = 2 * po->l + 1,
                           .n_m_in = 2 * pi->l + 1,
                           .channel_out = channel_out,
                           .channel_in = channel_in,
                           .n_basis = table->n_basis,
                           .weights = kernel->n_weights,
                           .basis = table->values };
          if (table->n_basis > 0)
            pair->scale = (real) sqrt ((2.0 * po->l + 1) / ((double) table->n_basis * (double) n_fields_in));
          kernel->n_weights += pair->copies_out * pair->copies_in * pair->n_basis;
          const size_t block = pair->copies_out * pair->copies_in * pair->n_m_out * pair->n_m_in
                               * kernel->n_taps;
          kernel->n_scratch = block > kernel->n_scratch ? block : kernel->n_scratch;
          channel_in += pair->copies_in * pair->n_m_in;
        }
      channel_out += out->parts[o].copies * (2 * out->parts[o].l + 1);
    }
  *ret = kernel;
  return SW_OK;
}

void
sw_steerable_kernel_free (SwSteerableKernel *kernel)
{
  if (kernel == NULL)
    return;
  if (kernel->tables != NULL)
    for (size_t t = 0; t < kernel->n_tables; t++)
      sw_free (kernel->tables[t].values);
  sw_free (kernel->tables);
  sw_free (kernel->pairs);
  sw_free (kernel);
}

size_t
sw_steerable_kernel_n_weights (const SwSteerableKernel *kernel)
{
  return kernel->n_weights;
}

size_t
sw_steerable_kernel_memory (const SwSteerableKernel *kernel)
{
  return kernel->memory;
}

size_t
sw_steerable_kernel_scratch (const SwSteerableKernel *kernel)
{
  return kernel->n_scratch;
}

static size_t
columns_of (const SwSteerableKernel *kernel, const Pair *pair)
{
  return pair->n_m_out * pair->n_m_in * kernel->n_taps;
}

/* Where row [a, b, p] of a pair's product, n_m_in n_taps long, lies in the dense kernel. */
static size_t
row_in_kernel (const SwSteerableKernel *kernel, const Pair *pair, size_t a, size_t b, size_t p)
{
  return ((pair->channel_out + a * pair->n_m_out + p) * kernel->c_in + pair->channel_in
          + b * pair->n_m_in)
         * kernel->n_taps;
}

void
sw_steerable_kernel_build (const SwSteerableKernel *kernel,
                           const real *restrict weights,
                           real *restrict ret,
                           real *restrict scratch)
{
  memset (ret, 0, kernel->c_out * kernel->c_in * kernel->n_taps * sizeof (real));
  for (size_t n = 0; n < kernel->n_pairs; n++)
    {
      const Pair *pair = &kernel->pairs[n];
      const size_t rows = pair->copies_out * pair->copies_in, columns = columns_of (kernel, pair);
      const size_t length = pair->n_m_in * kernel->n_taps;
      if (pair->n_basis == 0 || rows == 0)
        continue;
      gemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, (int) rows, (int) columns, (int) pair->n_basis,
            pair->scale, weights + pair->weights, (int) pair->n_basis, pair->basis, (int) columns, 0,
            scratch, (int) columns);
      for (size_t r = 0; r < rows * pair->n_m_out; r++)
        {
          const size_t p = r % pair->n_m_out, b = r / pair->n_m_out % pair->copies_in;
          const size_t a = r / pair->n_m_out / pair->copies_in;
          memcpy (ret + row_in_kernel (kernel, pair, a, b, p), scratch + r * length, length * sizeof (real));
        }
    }
}

void
sw_steerable_kernel_backward (const SwSteerableKernel *kernel,
                              const real *restrict d_kernel,
                              real *restrict d_weights,
                              real *restrict scratch)
{
  for (size_t n = 0; n < kernel->n_pairs; n++)
    {
      const Pair *pair = &kernel->pairs[n];
      const size_t rows = pair->copies_out * pair->copies_in, columns = columns_of (kernel, pair);
      const size_t length = pair->n_m_in * kernel->n_taps;
      if (pair->n_basis == 0 || rows == 0)
        continue;
      for (size_t r = 0; r < rows * pair->n_m_out; r++)
        {
          const size_t p = r % pair->n_m_out, b = r / pair->n_m_out % pair->copies_in;
          const size_t a = r / pair->n_m_out / pair->copies_in;
          memcpy (scratch + r * length, d_kernel + row_in_kernel (kernel, pair, a, b, p),
                  length * sizeof (real));
        }
      gemm (CblasRowMajor, CblasNoTrans, CblasTrans, (int) rows, (int) pair->n_basis, (int) columns,
            pair->scale, scratch, (int) columns, pair->basis, (int) columns, 1, d_weights + pair->weights,
            (int) pair->n_basis);
    }
}
