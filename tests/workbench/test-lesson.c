/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of lessons: what is read, and what is refused. */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "workbench/lesson.h"

static SwLesson *
read_text (const char *body, GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("swivel-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "3-test.xml", NULL);
  SwLesson *lesson;

  g_assert_true (g_file_set_contents (path, body, -1, NULL));
  lesson = sw_lesson_read (path, error);
  g_remove (path);
  g_rmdir (folder);
  return lesson;
}

static void
test_read (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SwLesson) lesson
      = read_text ("<lesson><title>A\n   title</title><summary>s</summary>"
                   "<step><text> one  two\n three </text><do action='win.a'/><do action='win.b=true'/></step>"
                   "<step><text>t</text><goal><text>g &lt; 5</text><when value='rotation' at-least='30'/>"
                   "<when state='win.engine' is='sampled'/><solve action='win.c(1)'/></goal></step></lesson>",
                   &error);

  g_assert_no_error (error);
  g_assert_cmpstr (lesson->name, ==, "3-test");
  g_assert_cmpstr (lesson->title, ==, "A title");
  g_assert_cmpuint (lesson->n_steps, ==, 2);
  g_assert_cmpstr (lesson->steps[0].text, ==, "one two three");
  g_assert_cmpuint (lesson->steps[0].n_actions, ==, 2);
  g_assert_cmpstr (lesson->steps[0].actions[1], ==, "win.b=true");
  g_assert_null (lesson->steps[0].goal);
  g_assert_cmpstr (lesson->steps[1].goal, ==, "g < 5");
  g_assert_cmpstr (lesson->steps[1].text, ==, "t");
  g_assert_cmpuint (lesson->steps[1].n_conditions, ==, 2);
  g_assert_cmpfloat (lesson->steps[1].conditions[0].least, ==, 30.0);
  g_assert_true (isinf (lesson->steps[1].conditions[0].most));
  g_assert_cmpstr (lesson->steps[1].conditions[1].is, ==, "sampled");
  g_assert_cmpstr (lesson->steps[1].solution[0], ==, "win.c(1)");
}

#define STEP(goal) "<lesson><title>t</title><summary>s</summary><step><text>x</text>" goal "</step></lesson>"

static void
test_refused (void)
{
  static const struct
  {
    const char *text, *says;
  } cases[] = {
    { "", "3-test.xml" },
    { "<lesson>", "3-test.xml" },
    { "<lesson><title>t</title><summary>s</summary></lesson>", "step" },
    { "<story/>", "story" },
    { STEP ("<jump/>"), "jump" },
    { STEP ("<do/>"), "action" },
    { STEP ("<goal><text>g</text></goal>"), "conditions" },
    { STEP ("<goal><when value='rotation' at-least='1'/></goal>"), "conditions" },
    { STEP ("<goal><text>g</text><when value='rotation'/></goal>"), "bound" },
    { STEP ("<goal><text>g</text><when value='rotation' at-least='many'/></goal>"), "many" },
    { STEP ("<goal><text>g</text><when state='win.engine'/></goal>"), "state" },
    { STEP ("<goal><text>g</text><when value='a' at-least='1' colour='red'/></goal>"), "colour" },
    { "<lesson><title>t</title><summary>s</summary><step><do action='a'/></step></lesson>", "text" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_assert_null (read_text (cases[i].text, &error));
      g_assert_nonnull (error);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, "3-test.xml"));
      g_assert_nonnull (strstr (error->message, cases[i].says));
    }
}

/* The six that come with the program, in order. */
static void
test_shipped (void)
{
  g_autoptr (SwCatalog) catalog = sw_catalog_new ();
  g_autoptr (GPtrArray) lessons = sw_lessons_load (catalog);

  g_assert_cmpuint (lessons->len, >=, 6);
  for (guint i = 0; i < 6; i++)
    {
      const SwLesson *lesson = g_ptr_array_index (lessons, i);
      gsize n_goals = 0;
      g_assert_cmpint (lesson->name[0], ==, '1' + (int) i);
      for (gsize k = 0; k < lesson->n_steps; k++)
        {
          n_goals += lesson->steps[k].goal != NULL;
          g_assert_true (lesson->steps[k].goal == NULL || lesson->steps[k].n_solution > 0);
        }
      g_assert_cmpuint (n_goals, >=, 3);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/workbench/lesson/read", test_read);
  g_test_add_func ("/workbench/lesson/refused", test_refused);
  g_test_add_func ("/workbench/lesson/shipped", test_shipped);
  return g_test_run ();
}
