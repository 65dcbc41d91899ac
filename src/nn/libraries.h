/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/libraries.h: which libraries the networks compute with, for reports of faults */
#pragma once

/* Version, build and the processor type that it chose, for example "OpenBLAS 0.3.21 ... SkylakeX". The library's own text. */
const char *sw_libraries_blas (void);
/* Threads that the BLAS would use outside our parallel loops. */
int sw_libraries_blas_threads (void);
/* Version and instruction sets, for example "fftw-3.3.10-sse2-avx". */
const char *sw_libraries_fftw (void);
