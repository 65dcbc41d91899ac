/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base/memory.h: allocation that can fail and says so
 *
 * All blocks are aligned to 64 bytes and freed with sw_free. Sizes are products; an overflow gives NULL
 * like any other shortage. Tests make the n-th allocation fail with sw_memory_fail_after.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SW_ALIGN 64

/* count * size bytes, not initialised. NULL when there is no memory or the product overflows. A product of 0 gives a block of one unit. */
void *sw_alloc (size_t count, size_t size) __attribute__ ((malloc, warn_unused_result));
/* The same, all bytes zero. */
void *sw_alloc0 (size_t count, size_t size) __attribute__ ((malloc, warn_unused_result));
void sw_free (void *block);

#define SW_NEW(type, n) ((type *) sw_alloc ((n), sizeof (type)))
#define SW_NEW0(type, n) ((type *) sw_alloc0 ((n), sizeof (type)))

/* a * b into *ret; 0 on success, -1 on overflow. */
int sw_mul (size_t a, size_t b, size_t *ret);

/* The n-th allocation from now on fails (n = 1 is the next one), and all after it; n = 0 switches this
 * off. For tests; applies to the whole process. */
void sw_memory_fail_after (size_t n);

/* Bytes of physical memory that a new job may reasonably take now (MemAvailable of the kernel, or what
 * the cgroup leaves); SIZE_MAX when unknown. */
size_t sw_memory_available (void);

/* Highest resident set of this process so far, in bytes; 0 when unknown. */
size_t sw_memory_peak (void);
