/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/threads.h"

#include <stdlib.h>
#include <unistd.h>

void
sw_threads_wait_asleep (char **argv)
{
  /* OpenBLAS's own threads turn about for 2^26 cycles after each product, unless told to give up at once. */
  if (getenv ("OMP_WAIT_POLICY") == NULL && setenv ("OMP_WAIT_POLICY", "passive", 1) == 0
      && setenv ("OPENBLAS_THREAD_TIMEOUT", "4", 0) == 0)
    execv ("/proc/self/exe", argv);
}
