/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/application.h"

#include <glib/gi18n.h>

#include "app/settings.h"
#include "app/statistics.h"
#include "app/window.h"
#include "workbench/self-test.h"

struct _SwApplication
{
  AdwApplication parent_instance;
  gboolean start_page; /* --start-page */
};

G_DEFINE_FINAL_TYPE (SwApplication, sw_application, ADW_TYPE_APPLICATION)

static SwWindow *
find_window (SwApplication *self, gboolean *ret_new)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));
  while (window != NULL && !SW_IS_WINDOW (window))
    window = gtk_window_get_transient_for (window);
  *ret_new = window == NULL;
  if (window == NULL)
    window = GTK_WINDOW (sw_window_new (ADW_APPLICATION (self)));
  return SW_WINDOW (window);
}

static void
sw_application_activate (GApplication *application)
{
  SwApplication *self = SW_APPLICATION (application);
  gboolean is_new;
  SwWindow *window = find_window (self, &is_new);

  if (is_new && !self->start_page)
    (void) sw_window_open_default (window);
  gtk_window_present (GTK_WINDOW (window));
}

static void
sw_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  gboolean is_new;
  SwWindow *window = find_window (SW_APPLICATION (application), &is_new);

  sw_window_open (window, files, (gsize) n_files);
  gtk_window_present (GTK_WINDOW (window));
}

static char *
debug_information (GtkApplication *application)
{
  GString *text = g_string_new (NULL);
  GtkWindow *window = gtk_application_get_active_window (application);
  SwDriverInfo driver;

  g_string_append_printf (text, "Swivel %s\nGTK %u.%u.%u, libadwaita %u.%u.%u, GLib %u.%u.%u\n",
                          SW_VERSION, gtk_get_major_version (), gtk_get_minor_version (),
                          gtk_get_micro_version (), adw_get_major_version (),
                          adw_get_minor_version (), adw_get_micro_version (), glib_major_version,
                          glib_minor_version, glib_micro_version);
  g_autofree char *libraries = sw_self_test_dup_libraries ();
  g_string_append_printf (text, "%s\n", libraries);
  g_string_append_printf (text, "Processors: %u\n", g_get_num_processors ());
  g_string_append_printf (text, "Settings are kept: %s\n",
                          sw_settings_are_kept () ? "yes" : "no (schema not found)");
  if (SW_IS_WINDOW (window))
    {
      SwStage *stage = sw_window_get_stage (SW_WINDOW (window));
      SwSession *session = sw_window_get_session (SW_WINDOW (window));
      if (sw_stage_get_problem (stage) != NULL)
        g_string_append_printf (text, "OpenGL: none (%s)\n", sw_stage_get_problem (stage));
      else if (sw_view_get_driver (sw_stage_get_view (stage), &driver))
        g_string_append_printf (text, "OpenGL: %s, %s%s\n", driver.renderer, driver.version,
                                driver.is_software ? ", drawn by the processor" : "");
      g_string_append (text, "Data folders:\n");
      for (const char *const *folder = sw_catalog_folders (sw_session_get_catalog (session));
           *folder != NULL; folder++)
        g_string_append_printf (text, "  %s\n", *folder);
      const SwComparison *comparison = sw_session_get_comparison (session);
      if (comparison != NULL)
        g_string_append_printf (text, "Peak memory: %u MB\n",
                                (unsigned) (comparison->at_rotation->memory_peak >> 20));
    }
  return g_string_free (text, FALSE);
}

static void
activate_about (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GtkApplication *application = data;
  const char *developers[] = { _ ("The Swivel developers"), NULL };
  g_autofree char *debug = debug_information (application);
  GtkWidget *about = adw_about_window_new ();

  g_object_set (about, "application-name", _ ("Swivel"), "application-icon", SW_APP_ID, "version",
                SW_VERSION, "developer-name", _ ("The Swivel developers"), "developers", developers,
                "license-type", GTK_LICENSE_GPL_3_0, "comments",
                _ ("Turn a protein and watch the feature fields of a steerable neural network turn "
                   "with it."),
                "debug-info", debug, "debug-info-filename", "swivel-debug.txt", NULL);
  /* Translators: your name, one per line */
  adw_about_window_set_translator_credits (ADW_ABOUT_WINDOW (about), _ ("translator-credits"));
  adw_about_window_add_legal_section (
      ADW_ABOUT_WINDOW (about), _ ("The method"), NULL, GTK_LICENSE_CUSTOM,
      "M. Weiler, M. Geiger, M. Welling, W. Boomsma, T. Cohen: 3D Steerable CNNs: Learning "
      "Rotationally Equivariant Features in Volumetric Data. NeurIPS 2018.");
  adw_about_window_add_legal_section (ADW_ABOUT_WINDOW (about), "gemmi", NULL,
                                      GTK_LICENSE_MPL_2_0, NULL);
  adw_about_window_add_legal_section (ADW_ABOUT_WINDOW (about), "FFTW", NULL, GTK_LICENSE_GPL_2_0,
                                      NULL);
  adw_about_window_add_legal_section (ADW_ABOUT_WINDOW (about), "OpenBLAS", NULL, GTK_LICENSE_BSD_3,
                                      NULL);
  gtk_window_set_transient_for (GTK_WINDOW (about),
                                gtk_application_get_active_window (application));
  gtk_window_present (GTK_WINDOW (about));
}

static void
activate_quit (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GList *windows = g_list_copy (gtk_application_get_windows (data));
  for (GList *item = windows; item != NULL; item = item->next)
    if (SW_IS_WINDOW (item->data))
      gtk_window_close (item->data);
  g_list_free (windows);
}

/* From the notification that a run has ended. */
static void
activate_train_run (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  gboolean is_new;
  SwWindow *window = find_window (data, &is_new);

  g_action_group_activate_action (G_ACTION_GROUP (window), "train-run", parameter);
  gtk_window_present (GTK_WINDOW (window));
}

/* Where the processor draws (llvmpipe), GTK's own OpenGL renderer puts the whole window together anew for each frame, which
 * takes as long as three frames of ours; cairo draws what has changed. Ours stays OpenGL. */
static void
choose_renderer (void)
{
  GdkDisplay *display = gdk_display_get_default ();
  SwDriverInfo driver;

  if (g_getenv ("GSK_RENDERER") != NULL || display == NULL || !gdk_display_prepare_gl (display, NULL))
    return;
  g_autoptr (GdkGLContext) context = gdk_display_create_gl_context (display, NULL);
  if (context == NULL || !gdk_gl_context_realize (context, NULL))
    return;
  gdk_gl_context_make_current (context);
  if (sw_renderer_get_driver (&driver, NULL) && driver.is_software)
    g_setenv ("GSK_RENDERER", "cairo", TRUE);
  gdk_gl_context_clear_current ();
}

static void
sw_application_startup (GApplication *application)
{
  static const GActionEntry actions[]
      = { { "about", activate_about }, { "quit", activate_quit }, { "train-run", activate_train_run, "s" } };
  static const struct
  {
    const char *action;
    const char *keys[3];
  } accels[] = {
    { "app.quit", { "<Control>q" } },
    { "win.open", { "<Control>o" } },
    { "win.train", { "<Control>t" } },
    { "win.lesson", { "<Control>l" } },
    { "win.close", { "<Control>w" } },
    { "win.save-picture", { "<Control>s" } },
    { "win.kernels", { "<Control>k" } },
    { "win.diagram", { "<Control>d" } },
    { "win.copy-numbers", { "<Control><Shift>c" } },
    { "win.show-help-overlay", { "<Control>question" } },
    { "win.help", { "F1" } },
    { "win.panes::one", { "F2" } },
    { "win.panes::two", { "F3" } },
    { "win.panes::three", { "F4" } },
    { "win.panes::four", { "F5" } },
    { "win.laboratory", { "F6" } },
    { "win.sweep", { "F7" } },
    { "win.guide", { "F8" } },
    { "win.guide-next", { "<Control>Page_Down" } },
    { "win.guide-back", { "<Control>Page_Up" } },
    { "win.sidebar", { "F9" } },
  };

  G_APPLICATION_CLASS (sw_application_parent_class)->startup (application);
  choose_renderer ();
  g_action_map_add_action_entries (G_ACTION_MAP (application), actions, G_N_ELEMENTS (actions),
                                   application);
  for (guint i = 0; i < G_N_ELEMENTS (accels); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (application), accels[i].action,
                                           accels[i].keys);
  gtk_window_set_default_icon_name (SW_APP_ID);
}

static void
sw_application_shutdown (GApplication *application)
{
  G_APPLICATION_CLASS (sw_application_parent_class)->shutdown (application);
  sw_window_finish_pictures ();
}

static int
sw_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  SwApplication *self = SW_APPLICATION (application);

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("swivel %s\n", SW_VERSION);
      return 0;
    }
  self->start_page = g_variant_dict_contains (options, "start-page");
  if (g_variant_dict_contains (options, "stats"))
    sw_statistics_start ();
  return -1;
}

static void
sw_application_class_init (SwApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  application_class->activate = sw_application_activate;
  application_class->open = sw_application_open;
  application_class->startup = sw_application_startup;
  application_class->shutdown = sw_application_shutdown;
  application_class->handle_local_options = sw_application_handle_local_options;
}

static void
sw_application_init (SwApplication *self)
{
  static const GOptionEntry options[] = {
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version and exit"), NULL },
    { "start-page", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Begin with the start page"), NULL },
    { "stats", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print frames and results per second"), NULL },
    { NULL },
  };
  g_application_add_main_option_entries (G_APPLICATION (self), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _ ("[FILE…]"));
  g_application_set_option_context_summary (
      G_APPLICATION (self),
      _ ("Turn a protein and watch the feature fields of a steerable network turn with it."));
}

SwApplication *
sw_application_new (void)
{
  return g_object_new (SW_TYPE_APPLICATION, "application-id", SW_APP_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN, "resource-base-path", "/org/swivel/Swivel",
                       NULL);
}
