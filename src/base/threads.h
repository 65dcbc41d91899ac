/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base/threads.h: how the threads of parallel loops wait */
#pragma once

/* Makes threads that wait for a parallel loop sleep instead of spin, unless OMP_WAIT_POLICY says otherwise. First thing in
 * main: libgomp reads its environment when it is loaded, so the program starts itself once more with the variable set (and
 * OpenBLAS's, OPENBLAS_THREAD_TIMEOUT). On an
 * idle machine this costs a few per cent; next to other work it gains a factor (measured at load 18: 10 ms instead of 1.1 s
 * for the network "quick"). Where the restart fails, the program goes on as it is. */
void sw_threads_wait_asleep (char **argv);
