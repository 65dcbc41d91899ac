/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "render/headless.h"
#include "render/program-private.h"

static gboolean
is_listed (const char *const *list, size_t n, const char *name)
{
  for (size_t i = 0; i < n && list[i] != NULL; i++)
    if (strcmp (list[i], name) == 0)
      return TRUE;
  return FALSE;
}

/* All programs link, their block is as large as C's, and what the driver finds active is what the
 * table lists; what is listed and not active must at least be an attribute or uniform of no effect.
 */
static void
check_programs (SwHeadless *headless)
{
  sw_headless_make_current (headless);
  for (int id = 0; id < SW_N_PROGRAMS; id++)
    {
      const SwProgramRow *row = &sw_program_table[id];
      g_autoptr (GError) error = NULL;
      const GLuint program = sw_program_new ((SwProgramId) id, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (program, !=, 0);
      GLint n = 0, n_found = 0, size, block_size = 0;
      GLenum type;
      char name[64];
      glGetProgramiv (program, GL_ACTIVE_UNIFORMS, &n);
      for (GLint i = 0; i < n; i++)
        {
          glGetActiveUniform (program, (GLuint) i, sizeof name, NULL, &size, &type, name);
          if (glGetUniformLocation (program, name) < 0)
            continue; /* a member of the block */
          g_test_message ("%s: %s", row->name, name);
          g_assert_true (is_listed (row->uniforms, SW_UNIFORMS_MAX, name));
          n_found++;
        }
      int n_listed = 0;
      while (n_listed < SW_UNIFORMS_MAX && row->uniforms[n_listed] != NULL)
        n_listed++;
      g_assert_cmpint (n_found, ==, n_listed);
      glGetProgramiv (program, GL_ACTIVE_ATTRIBUTES, &n);
      for (GLint i = 0; i < n; i++)
        {
          glGetActiveAttrib (program, (GLuint) i, sizeof name, NULL, &size, &type, name);
          if (g_str_has_prefix (name, "gl_"))
            continue;
          const GLint location = glGetAttribLocation (program, name);
          g_assert_cmpint (location, <, SW_ATTRIBUTES_MAX);
          g_assert_cmpstr (row->attributes[location], ==, name);
        }
      glGetActiveUniformBlockiv (program, 0, GL_UNIFORM_BLOCK_DATA_SIZE, &block_size);
      g_assert_cmpint (block_size, ==, (3 * 16 + 5 * 4) * 4);
      glDeleteProgram (program);
    }
  g_assert_cmpuint (glGetError (), ==, GL_NO_ERROR);
}

static void
test_gl (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SwHeadless) headless = sw_headless_new (&error);
  g_assert_no_error (error);
  check_programs (headless);
}

static void
test_es (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SwHeadless) headless = sw_headless_new_es (&error);
  if (headless == NULL)
    {
      g_test_skip (error->message);
      return;
    }
  SwDriverInfo info;
  sw_headless_get_driver (headless, &info);
  g_assert_true (info.is_es);
  check_programs (headless);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  SwHeadless *probe = sw_headless_new (NULL);
  if (probe == NULL)
    exit (77);
  sw_headless_free (probe);
  g_test_add_func ("/render/shaders/gl", test_gl);
  g_test_add_func ("/render/shaders/es", test_es);
  return g_test_run ();
}
