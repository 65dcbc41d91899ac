/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Blocks from this size on are laid out for huge pages. */
#define HUGE_PAGE ((size_t) 1 << 21)
#define HUGE_FROM (2 * HUGE_PAGE)

static atomic_size_t fail_after;

int
sw_mul (size_t a, size_t b, size_t *ret)
{
  return __builtin_mul_overflow (a, b, ret) ? -1 : 0;
}

static int
should_fail (void)
{
  size_t n = atomic_load (&fail_after);
  if (n == 0)
    return 0;
  if (n == 1)
    return 1;
  atomic_compare_exchange_strong (&fail_after, &n, n - 1);
  return 0;
}

void
sw_memory_fail_after (size_t n)
{
  atomic_store (&fail_after, n);
}

void *
sw_alloc (size_t count, size_t size)
{
  size_t bytes;
  if (sw_mul (count, size, &bytes) != 0 || bytes > SIZE_MAX - SW_ALIGN || should_fail ())
    return NULL;
  const size_t align = bytes >= HUGE_FROM ? HUGE_PAGE : SW_ALIGN;
  if (bytes > SIZE_MAX - align)
    return NULL;
  bytes = (bytes + SW_ALIGN - 1) / SW_ALIGN * SW_ALIGN;
  void *block;
  if (posix_memalign (&block, align, bytes > 0 ? bytes : SW_ALIGN) != 0)
    return NULL;
#ifdef MADV_HUGEPAGE
  /* A hint: transforms jump from plane to plane, and small pages are too many for the processor's tables of addresses. */
  if (align == HUGE_PAGE)
    (void) madvise (block, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
  return block;
}

void *
sw_alloc0 (size_t count, size_t size)
{
  void *block = sw_alloc (count, size);
  if (block != NULL)
    memset (block, 0, count * size);
  return block;
}

void
sw_free (void *block)
{
  free (block);
}

static size_t
read_number (const char *path, const char *key)
{
  char line[256];
  size_t value = SIZE_MAX;
  FILE *file = fopen (path, "re");
  if (file == NULL)
    return SIZE_MAX;
  while (fgets (line, sizeof line, file) != NULL)
    if (strncmp (line, key, strlen (key)) == 0)
      {
        unsigned long long number;
        if (sscanf (line + strlen (key), "%llu", &number) == 1)
          value = (size_t) number;
        break;
      }
  fclose (file);
  return value;
}

size_t
sw_memory_available (void)
{
  size_t available = read_number ("/proc/meminfo", "MemAvailable:");
  const size_t limit = read_number ("/sys/fs/cgroup/memory.max", "");
  const size_t used = read_number ("/sys/fs/cgroup/memory.current", "");
  if (available != SIZE_MAX)
    available *= 1024;
  if (limit != SIZE_MAX && used != SIZE_MAX && limit > used && limit - used < available)
    available = limit - used;
  return available;
}

size_t
sw_memory_peak (void)
{
  struct rusage usage;
  if (getrusage (RUSAGE_SELF, &usage) != 0)
    return 0;
  return (size_t) usage.ru_maxrss * 1024;
}
