/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "so3/field-type.h"

static void
test_counts (void)
{
  SwFieldType type, other;
  char text[200];
  g_assert_cmpint (sw_field_type_parse (" 8x0 + 4x1+2x2", &type, NULL), ==, SW_OK);
  g_assert_cmpuint (sw_field_type_dim (&type), ==, 8 + 12 + 10);
  g_assert_cmpuint (sw_field_type_copies (&type), ==, 14);
  g_assert_cmpuint (sw_field_type_gates (&type), ==, 6);
  g_assert_cmpuint (sw_field_type_l_max (&type), ==, 2);
  g_assert_cmpstr (sw_field_type_format (&type, text, sizeof text), ==, "8x0+4x1+2x2");
  g_assert_cmpint (sw_field_type_parse (text, &other, NULL), ==, SW_OK);
  g_assert_true (sw_field_type_equal (&type, &other));
  g_assert_true (sw_field_type_append (&other, 1, 0));
  g_assert_false (sw_field_type_equal (&type, &other));
  other = sw_field_type_single (3, 2);
  g_assert_cmpstr (sw_field_type_format (&other, text, sizeof text), ==, "3x2");
  g_assert_cmpuint (sw_field_type_dim (&(SwFieldType){ 0 }), ==, 0);
  g_assert_cmpstr (sw_field_type_format (&(SwFieldType){ 0 }, text, sizeof text), ==, "");
}

/* The largest type fits into 200 bytes; a short buffer is cut and terminated. */
static void
test_format (void)
{
  SwFieldType type = { 0 }, other;
  char text[200], tiny[8];
  while (sw_field_type_append (&type, 65535, SW_FIELD_L_MAX))
    ;
  g_assert_cmpuint (type.n_parts, ==, SW_FIELD_PARTS_MAX);
  sw_field_type_format (&type, text, sizeof text);
  g_assert_cmpint (sw_field_type_parse (text, &other, NULL), ==, SW_OK);
  g_assert_true (sw_field_type_equal (&type, &other));
  g_assert_cmpstr (sw_field_type_format (&type, tiny, sizeof tiny), ==, "65535x6");
}

static void
test_refused (void)
{
  static const struct
  {
    const char *text, *message;
  } cases[] = {
    { "", "empty" },
    { "   ", "empty" },
    { "x", "character 1" },
    { "4", "character 1" },
    { "4x", "character 1" },
    { "4x0+", "character 5" },
    { "4x0+x1", "character 5" },
    { "-4x0", "character 1" },
    { "4x-1", "character 1" },
    { "4x0,4x1", "expected + at character 4" },
    { "4x0 4x1", "expected + at character 5" },
    { "0x1", "copies" },
    { "65536x1", "copies" },
    { "99999999999999999999x1", "copies" },
    { "1x7", "l = 6" },
    { "1x99999999999999999999", "l = 6" },
    { "1x0+1x0+1x0+1x0+1x0+1x0+1x0+1x0+1x0+1x0+1x0+1x0+1x0+1x0+1x0+1x0+1x0", "more than 16" },
    { "4\303\2270", "character 1" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      SwFieldType type = sw_field_type_single (9, 3);
      SwError error = { 0 };
      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (sw_field_type_parse (cases[i].text, &type, &error), !=, SW_OK);
      g_assert_nonnull (strstr (error.text, cases[i].message));
      /* written on success only */
      g_assert_cmpuint (type.parts[0].copies, ==, 9);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/so3/field-type/counts", test_counts);
  g_test_add_func ("/so3/field-type/format", test_format);
  g_test_add_func ("/so3/field-type/refused", test_refused);
  return g_test_run ();
}
