/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <stdint.h>

#include "base/memory.h"

static void
test_alignment (void)
{
  for (size_t n = 0; n < 300; n += 7)
    {
      unsigned char *block = sw_alloc0 (n, 1);
      g_assert_nonnull (block);
      g_assert_cmpuint ((uintptr_t) block % SW_ALIGN, ==, 0);
      for (size_t i = 0; i < n; i++)
        g_assert_cmpuint (block[i], ==, 0);
      sw_free (block);
    }
}

static void
test_overflow (void)
{
  size_t product;
  g_assert_null (sw_alloc (SIZE_MAX / 2, 3));
  g_assert_null (sw_alloc (SIZE_MAX, 1));
  g_assert_cmpint (sw_mul (SIZE_MAX / 2, 3, &product), ==, -1);
  g_assert_cmpint (sw_mul (6, 7, &product), ==, 0);
  g_assert_cmpuint (product, ==, 42);
}

static void
test_injected_failure (void)
{
  void *first, *second, *third;
  sw_memory_fail_after (2);
  first = sw_alloc (1, 1);
  second = sw_alloc (1, 1);
  third = sw_alloc (1, 1);
  sw_memory_fail_after (0);
  g_assert_nonnull (first);
  g_assert_null (second);
  g_assert_null (third);
  sw_free (first);
}

static void
test_numbers (void)
{
  g_assert_cmpuint (sw_memory_available (), >, 1 << 20);
  g_assert_cmpuint (sw_memory_peak (), >, 1 << 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/memory/alignment", test_alignment);
  g_test_add_func ("/base/memory/overflow", test_overflow);
  g_test_add_func ("/base/memory/injected-failure", test_injected_failure);
  g_test_add_func ("/base/memory/numbers", test_numbers);
  return g_test_run ();
}
