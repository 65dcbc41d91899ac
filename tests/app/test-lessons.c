/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every step of every lesson in the real window: its actions exist and can be carried out, and its solution reaches its goal, so that
 * no lesson rots. Skipped without a display. */
#include "config.h"

#include "app-test.h"
#include "app/guide-bar.h"
#include "app/guide-goal.h"

static SwApplication *application;

static void
report_numbers (const SwLessonStep *step, SwSession *session, SwLaboratoryPanel *laboratory)
{
  for (gsize i = 0; i < step->n_conditions; i++)
    if (step->conditions[i].value != NULL)
      g_test_message ("    %s = %.4g, wanted %g to %g", step->conditions[i].value,
                      sw_guide_measure (step->conditions[i].value, session, laboratory), step->conditions[i].least,
                      step->conditions[i].most);
}

static void
run_lesson (const void *data)
{
  const guint index = GPOINTER_TO_UINT (data);
  SwWindow *window = sw_window_new (ADW_APPLICATION (application));
  SwSession *session = sw_window_get_session (window);
  SwGuideBar *bar = SW_GUIDE_BAR (app_test_find (GTK_WIDGET (window), SW_TYPE_GUIDE_BAR));
  SwLaboratoryPanel *laboratory = SW_LABORATORY_PANEL (app_test_find (GTK_WIDGET (window), SW_TYPE_LABORATORY_PANEL));
  const SwLesson *lesson = g_ptr_array_index (sw_guide_bar_get_lessons (bar), index);

  gtk_window_present (GTK_WINDOW (window));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.guide-lesson", "s", lesson->name);
  for (gsize i = 0; i < lesson->n_steps; i++)
    {
      const SwLessonStep *step = &lesson->steps[i];
      g_assert_true (sw_guide_bar_get_step (bar) == step);
      WAIT_UNTIL (sw_guide_bar_is_ready (bar));
      app_test_settle (session);
      if (step->goal != NULL)
        {
          g_test_message ("%s, step %u", lesson->name, (unsigned) i + 1);
          sw_guide_bar_run (bar, step->n_solution, step->solution);
          WAIT_UNTIL (sw_guide_bar_is_ready (bar));
          app_test_settle (session);
          const gint64 end = g_get_monotonic_time () + app_test_patience () / 3;
          while (!sw_guide_bar_is_reached (bar) && g_get_monotonic_time () < end)
            g_main_context_iteration (NULL, TRUE);
          report_numbers (step, session, laboratory);
          if (!sw_guide_bar_is_reached (bar))
            g_error ("%s, step %u: the solution does not reach the goal: %s", lesson->name, (unsigned) i + 1, step->goal);
        }
      gtk_widget_activate_action (GTK_WIDGET (window), "win.guide-next", NULL);
    }
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Before anything is done a goal is open; going back and forth, and closing, do no harm. */
static void
test_navigation (void)
{
  SwWindow *window = sw_window_new (ADW_APPLICATION (application));
  SwGuideBar *bar = SW_GUIDE_BAR (app_test_find (GTK_WIDGET (window), SW_TYPE_GUIDE_BAR));
  SwSession *session = sw_window_get_session (window);
  GtkWidget *widget = GTK_WIDGET (window);
  const SwLesson *first = g_ptr_array_index (sw_guide_bar_get_lessons (bar), 0);

  gtk_window_present (GTK_WINDOW (window));
  gtk_widget_activate_action (widget, "win.guide", NULL);
  WAIT_UNTIL (sw_guide_bar_is_ready (bar));
  app_test_settle (session);
  g_assert_true (sw_guide_bar_get_step (bar) == &first->steps[0]);
  gtk_widget_activate_action (widget, "win.guide-back", NULL);
  g_assert_true (sw_guide_bar_get_step (bar) == &first->steps[0]);
  gtk_widget_activate_action (widget, "win.guide-next", NULL);
  WAIT_UNTIL (sw_guide_bar_is_ready (bar));
  g_assert_false (sw_guide_bar_is_reached (bar));
  gtk_widget_activate_action (widget, "win.turn", "(dd)", 31.0, 0.0);
  WAIT_UNTIL (sw_guide_bar_is_reached (bar));
  /* reached stays reached */
  gtk_widget_activate_action (widget, "win.reset-rotation", NULL);
  app_test_settle (session);
  g_assert_true (sw_guide_bar_is_reached (bar));
  gtk_widget_activate_action (widget, "win.guide", NULL);
  g_assert_false (gtk_revealer_get_reveal_child (GTK_REVEALER (gtk_widget_get_ancestor (GTK_WIDGET (bar), GTK_TYPE_REVEALER))));
  gtk_widget_activate_action (widget, "win.guide", NULL);
  g_assert_true (sw_guide_bar_get_step (bar) == &first->steps[1]);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* Values that no code knows would be goals that nobody can reach. */
static void
test_values (void)
{
  g_autoptr (SwCatalog) catalog = sw_catalog_new ();
  g_autoptr (GPtrArray) lessons = sw_lessons_load (catalog);

  g_assert_cmpuint (lessons->len, >=, 6);
  for (guint k = 0; k < lessons->len; k++)
    {
      const SwLesson *lesson = g_ptr_array_index (lessons, k);
      for (gsize i = 0; i < lesson->n_steps; i++)
        for (gsize c = 0; c < lesson->steps[i].n_conditions; c++)
          g_assert_true (lesson->steps[i].conditions[c].value == NULL || sw_guide_knows (lesson->steps[i].conditions[c].value));
    }
  g_assert_false (sw_guide_knows ("no-such-value"));
}

int
main (int argc, char **argv)
{
  g_setenv ("GTK_A11Y", "test", TRUE);
  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP there is no display\n");
      return 0;
    }
  application = app_test_application_new ();
  g_test_add_func ("/app/lessons/values", test_values);
  g_test_add_func ("/app/lessons/navigation", test_navigation);
  g_autoptr (SwCatalog) catalog = sw_catalog_new ();
  g_autoptr (GPtrArray) lessons = sw_lessons_load (catalog);
  for (guint i = 0; i < lessons->len; i++)
    {
      g_autofree char *path = g_strdup_printf ("/app/lessons/%s", ((SwLesson *) g_ptr_array_index (lessons, i))->name);
      g_test_add_data_func (path, GUINT_TO_POINTER (i), run_lesson);
    }
  const int result = g_test_run ();
  g_object_unref (application);
  return result;
}
