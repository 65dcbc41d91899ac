/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tests/app/app-test.h: an application of its own and waiting, for tests of the real window */
#pragma once

#include <stdlib.h>

#include "app/application.h"
#include "app/window.h"

/* SW_TIME_FACTOR: how much slower than usual programs run (sanitizers). */
static inline gint64
app_test_patience (void)
{
  const char *factor = g_getenv ("SW_TIME_FACTOR");
  return 90 * (factor != NULL ? atoi (factor) : 1) * G_USEC_PER_SEC;
}

/* Runs the main loop until done says so; fails when it does not in time. */
#define WAIT_UNTIL(done)                                                                           \
  G_STMT_START                                                                                     \
  {                                                                                                \
    const gint64 end_ = g_get_monotonic_time () + app_test_patience ();                            \
    gboolean done_ = FALSE;                                                                        \
    while (!(done_ = (done)) && g_get_monotonic_time () < end_)                                    \
      g_main_context_iteration (NULL, TRUE);                                                       \
    if (!done_)                                                                                    \
      g_error ("%s:%d: waited in vain for " #done, __FILE__, __LINE__);                            \
  }                                                                                                \
  G_STMT_END

static inline gboolean
app_test_wake (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Windows must be added to a registered application; the real name may be in use. */
static inline SwApplication *
app_test_application_new (void)
{
  SwApplication *application = sw_application_new ();
  g_application_set_application_id (G_APPLICATION (application), "org.swivel.Test");
  g_application_set_flags (G_APPLICATION (application), G_APPLICATION_NON_UNIQUE | G_APPLICATION_HANDLES_OPEN);
  g_assert_true (g_application_register (G_APPLICATION (application), NULL, NULL));
  g_timeout_add (20, app_test_wake, NULL);
  return application;
}

/* The first widget of that type inside, or NULL. */
static inline GtkWidget *
app_test_find (GtkWidget *widget, GType type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = app_test_find (child, type);
      if (found != NULL)
        return found;
    }
  return NULL;
}

/* Everything asked for has been computed. */
static inline void
app_test_settle (SwSession *session)
{
  WAIT_UNTIL (sw_session_is_current (session) && !sw_session_get_busy (session, NULL, NULL));
}
