/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/libraries.h"

#include <cblas.h>
#include <fftw3.h>

const char *
sw_libraries_blas (void)
{
  return openblas_get_config ();
}

int
sw_libraries_blas_threads (void)
{
  return openblas_get_num_threads ();
}

const char *
sw_libraries_fftw (void)
{
  return fftwf_version;
}
