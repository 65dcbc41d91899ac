/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real window on a display: opening, turning, dropping, choosing. Skipped without a display. */
#include "config.h"

#include <glib/gstdio.h>
#include <math.h>

#include "app/explain-panel.h"
#include "app/layer-panel.h"
#include "app/layout.h"
#include "app/numbers.h"
#include "app/rotation-panel.h"
#include "app/settings.h"
#include "app-test.h"


static SwApplication *application;

static GFile *
example (const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("SW_DATADIR"), "examples", name, NULL);
  return g_file_new_for_path (path);
}

static SwWindow *
window_with (const char *name)
{
  SwWindow *window = sw_window_new (ADW_APPLICATION (application));
  g_autoptr (GFile) file = example (name);

  gtk_window_present (GTK_WINDOW (window));
  sw_window_open (window, &file, 1);
  WAIT_UNTIL (sw_session_get_comparison (sw_window_get_session (window)) != NULL);
  return window;
}

static char *
status_of (SwWindow *window)
{
  g_autoptr (GVariant) state = g_action_group_get_action_state (G_ACTION_GROUP (window), "status");
  return g_variant_dup_string (state, NULL);
}

/* Dialogs above the window; closes them. */
static guint
close_dialogs (char **ret_body)
{
  guint n = 0;
  GListModel *toplevels = gtk_window_get_toplevels ();
  for (guint i = g_list_model_get_n_items (toplevels); i > 0; i--)
    {
      g_autoptr (GtkWindow) dialog = g_list_model_get_item (toplevels, i - 1);
      if (!ADW_IS_MESSAGE_DIALOG (dialog))
        continue;
      if (ret_body != NULL)
        *ret_body = g_strdup (adw_message_dialog_get_body (ADW_MESSAGE_DIALOG (dialog)));
      gtk_window_destroy (dialog);
      n++;
    }
  return n;
}

static void
test_open_and_turn (void)
{
  SwWindow *window = window_with ("1crn.pdb.gz");
  SwSession *session = sw_window_get_session (window);

  app_test_settle (session);
  g_assert_cmpstr (sw_session_get_document (session)->name, ==, "1CRN");
  g_assert_cmpfloat (sw_session_get_comparison (session)->output_error, ==, 0.0);

  gtk_widget_activate_action (GTK_WIDGET (window), "win.turn", "(dd)", 40.0, 0.0);
  g_assert_false (sw_session_is_current (session));
  g_assert_cmpfloat_with_epsilon (
      sw_quat_distance (sw_session_get_rotation (session), SW_QUAT_IDENTITY), 40.0 * G_PI / 180.0,
      1e-9);
  app_test_settle (session);
  const SwComparison *comparison = sw_session_get_comparison (session);
  g_test_message ("layer error %g, output error %g", comparison->error.error,
                  comparison->output_error);
  g_assert_cmpfloat (comparison->error.error, >, 0.0);
  g_assert_cmpfloat (comparison->error.error, <, 0.5);
  g_autofree char *status = status_of (window);
  g_autofree char *error = sw_numbers_format_error (comparison->error.error);
  g_assert_nonnull (strstr (status, error));
  g_assert_nonnull (strstr (status, "40.0°"));

  /* Many rotations asked for at once: the last one arrives. */
  for (int i = 0; i < 50; i++)
    gtk_widget_activate_action (GTK_WIDGET (window), "win.turn", "(dd)", 1.0, 0.5);
  app_test_settle (session);

  gtk_widget_activate_action (GTK_WIDGET (window), "win.reset-rotation", NULL);
  app_test_settle (session);
  g_assert_cmpfloat (sw_session_get_comparison (session)->output_error, ==, 0.0);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_cube_rotation (void)
{
  SwWindow *window = window_with ("ideal-helix.pdb");
  SwSession *session = sw_window_get_session (window);

  gtk_widget_activate_action (GTK_WIDGET (window), "win.engine", "s", "bandlimited");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.cube", "i", 7);
  app_test_settle (session);
  const SwComparison *comparison = sw_session_get_comparison (session);
  g_test_message ("layer error %g, output error %g", comparison->error.error,
                  comparison->output_error);
  g_assert_cmpfloat (comparison->error.error, <, 1e-4);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_choices (void)
{
  SwWindow *window = window_with ("ideal-helix.pdb");
  SwSession *session = sw_window_get_session (window);
  const SwCatalogNetwork *network
      = sw_catalog_find_network (sw_session_get_catalog (session), "quick");

  g_assert_nonnull (network);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.engine", "s", "sampled");
  app_test_settle (session);
  g_assert_cmpint (sw_session_get_comparison (session)->at_rotation->engine, ==,
                   SW_ENGINE_SAMPLED);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.layer", "s", "input");
  app_test_settle (session);
  g_assert_cmpint (sw_session_get_comparison (session)->layer, ==, -1);
  if (network->twin[0] != '\0')
    {
      gtk_widget_activate_action (GTK_WIDGET (window), "win.engine", "s", "bandlimited");
      gtk_widget_activate_action (GTK_WIDGET (window), "win.network", "s", network->twin);
      g_assert_cmpint (sw_session_get_engine_used (session), ==, SW_ENGINE_SAMPLED);
      WAIT_UNTIL (sw_session_get_comparison (session) != NULL);
      app_test_settle (session);
      g_assert_false (sw_session_get_first_run (session)->layers[0].typed);
    }
  /* Of unknown names nothing changes. */
  g_autofree char *before = g_strdup (sw_session_get_network (session));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.network", "s", "no such network");
  g_assert_cmpstr (sw_session_get_network (session), ==, before);
  for (int panes = 0; panes < 3; panes++)
    gtk_widget_activate_action (GTK_WIDGET (window), "win.panes", "s",
                                ((const char *[]){ "one", "three", "two" })[panes]);
  gtk_window_destroy (GTK_WINDOW (window));
}

static GtkEventController *
drop_target_of (SwWindow *window)
{
  g_autoptr (GListModel) controllers
      = gtk_widget_observe_controllers (GTK_WIDGET (window));
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      if (g_strcmp0 (gtk_event_controller_get_name (controller), "open-by-drop") == 0)
        return controller;
    }
  return NULL;
}

static gboolean
drop (SwWindow *window, GFile **files, gsize n)
{
  g_auto (GValue) value = G_VALUE_INIT;
  gboolean accepted = FALSE;

  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_array (files, n));
  g_signal_emit_by_name (drop_target_of (window), "drop", &value, 10.0, 10.0, &accepted);
  return accepted;
}

static void
test_drop (void)
{
  SwWindow *window = window_with ("1crn.pdb.gz");
  SwSession *session = sw_window_get_session (window);
  SwDocument *document = sw_session_get_document (session);
  g_autofree char *folder = g_dir_make_tmp ("swivel-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "noise.pdb", NULL);
  g_autoptr (GFile) bad = g_file_new_for_path (path);
  g_autoptr (GFile) place = g_file_new_for_path (folder);
  g_autoptr (GFile) good = example ("5pti.cif.gz");
  g_autofree char *body = NULL;
  guint n = 0;

  g_assert_true (g_file_set_contents (path, "this is no structure\n", -1, NULL));
  app_test_settle (session);

  g_assert_true (drop (window, &bad, 1));
  WAIT_UNTIL ((n = close_dialogs (&body)) > 0);
  g_test_message ("refused: %s", body);
  g_assert_cmpuint (n, ==, 1);
  g_assert_nonnull (strstr (body, "noise.pdb"));
  g_assert_true (sw_session_get_document (session) == document);
  g_assert_nonnull (sw_session_get_comparison (session));

  g_clear_pointer (&body, g_free);
  g_assert_true (drop (window, &place, 1));
  WAIT_UNTIL (close_dialogs (&body) > 0);
  g_assert_nonnull (strstr (body, folder));
  g_assert_true (sw_session_get_document (session) == document);

  /* Among several, the good one opens, and the list has both structures. */
  g_clear_pointer (&body, g_free);
  GFile *several[] = { bad, good };
  g_assert_true (drop (window, several, 2));
  WAIT_UNTIL (close_dialogs (&body) > 0);
  g_assert_cmpstr (sw_session_get_document (session)->name, ==, "5PTI");
  g_assert_cmpuint (g_list_model_get_n_items (sw_session_get_names (session)), ==, 2);
  sw_session_set_current (session, 0);
  g_assert_true (sw_session_get_document (session) == document);

  gtk_window_destroy (GTK_WINDOW (window));
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static GVariant *
senseless (const GVariantType *type)
{
  return type == NULL                                            ? NULL
         : g_variant_type_equal (type, G_VARIANT_TYPE_STRING)    ? g_variant_new_string ("x")
         : g_variant_type_equal (type, G_VARIANT_TYPE_INT32)     ? g_variant_new_int32 (-5)
         : g_variant_type_equal (type, G_VARIANT_TYPE_DOUBLE)    ? g_variant_new_double (0.0)
         : g_variant_type_equal (type, G_VARIANT_TYPE ("(dd)"))  ? g_variant_new ("(dd)", 1.0, 2.0)
         : g_variant_type_equal (type, G_VARIANT_TYPE ("(ii)"))  ? g_variant_new ("(ii)", -5, 1000)
         : g_variant_type_equal (type, G_VARIANT_TYPE ("(ddd)")) ? g_variant_new ("(ddd)", 1.0, -9.0, 0.0)
                                                                 : g_variant_new ("(dddd)", 0.0, 0.0, 0.0, 0.0);
}

/* Every action but those named, with arguments that make no sense. */
static void
activate_all (SwWindow *window, const char *const *but)
{
  g_auto (GStrv) names = g_action_group_list_actions (G_ACTION_GROUP (window));
  for (char **name = names; *name != NULL; name++)
    if (!g_strv_contains (but, *name))
      g_action_group_activate_action (G_ACTION_GROUP (window), *name,
                                      senseless (g_action_group_get_action_parameter_type (G_ACTION_GROUP (window), *name)));
}

static void
close_others (SwWindow *window)
{
  GListModel *toplevels = gtk_window_get_toplevels ();
  for (guint i = g_list_model_get_n_items (toplevels); i > 0; i--)
    {
      g_autoptr (GtkWindow) other = g_list_model_get_item (toplevels, i - 1);
      /* A file dialog belongs to its chooser, which the window keeps. */
      if (other != GTK_WINDOW (window) && !GTK_IS_DIALOG (other))
        gtk_window_destroy (other);
    }
}

/* Every action with nothing open: nothing may happen, least of all a crash. */
static void
test_actions_on_nothing (void)
{
  SwWindow *window = sw_window_new (ADW_APPLICATION (application));

  activate_all (window, (const char *const[]){ "open", "close", "help", "show-help-overlay", "status", NULL });
  g_assert_null (sw_session_get_document (sw_window_get_session (window)));
  WAIT_UNTIL (TRUE);
  close_others (window);
  gtk_window_destroy (GTK_WINDOW (window));
}

/* And with one document of each kind: it stays, and what was begun ends. */
static void
test_actions_on (gconstpointer data)
{
  static const char *const but[] = { "open",  "close",  "help",    "show-help-overlay", "status", "start",
                                     "train", "lesson", "picture", "color-scheme",      "guide",  NULL }; /* a lesson opens what it is about */
  g_autofree char *path = g_str_has_prefix (data, "shared:")
                              ? g_build_filename (g_getenv ("SW_SHARED_DATA"), (const char *) data + strlen ("shared:"), NULL)
                              : g_build_filename (g_getenv ("SW_DATADIR"), data, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("there is no such file");
      return;
    }
  SwWindow *window = sw_window_new (ADW_APPLICATION (application));
  SwSession *session = sw_window_get_session (window);
  gtk_window_present (GTK_WINDOW (window));
  sw_window_open (window, &file, 1);
  WAIT_UNTIL (sw_session_get_document (session) != NULL);
  const SwDocument *document = sw_session_get_document (session);
  app_test_settle (session);
  for (int pass = 0; pass < 2; pass++)
    {
      activate_all (window, but);
      close_others (window);
      app_test_settle (session);
      g_assert_true (sw_session_get_document (session) == document);
    }
  for (guint i = 0; i < 4; i++)
    g_action_group_activate_action (G_ACTION_GROUP (window), "cancel", NULL);
  WAIT_UNTIL (TRUE);
  close_others (window);
  gtk_window_destroy (GTK_WINDOW (window));
}

static GtkWidget *
find_child (GtkWidget *widget, GType type)
{
  if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_child (child, type);
      if (found != NULL)
        return found;
    }
  return NULL;
}

static GtkWidget *
find_class (GtkWidget *widget, const char *name)
{
  GtkWidget *found = gtk_widget_has_css_class (widget, name) ? widget : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_class (child, name);
  return found;
}

/* Asks for a size and waits for it, but for a frame; the display has no window manager that could refuse. */
static void
resize (SwWindow *window, int width, int height)
{
  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  WAIT_UNTIL (ABS (gtk_widget_get_width (GTK_WIDGET (window)) - width) <= 12);
  /* The new arrangement is made when idle, and asks for an allocation of its own. */
  for (int i = 0; i < 30; i++)
    g_main_context_iteration (NULL, TRUE);
}

static int
least_width (SwWindow *window)
{
  int least = 0;
  gtk_widget_measure (GTK_WIDGET (window), GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  return least;
}

/* Step by step from wide to as narrow as a telephone: the panel slides over, and nothing keeps the window wide. */
static void
test_layout (void)
{
  SwWindow *window = window_with ("1crn.pdb.gz");
  GtkWidget *panel = find_child (GTK_WIDGET (window), SW_TYPE_LAYER_PANEL);
  AdwFlap *flap = ADW_FLAP (gtk_widget_get_ancestor (panel, ADW_TYPE_FLAP));
  GtkWidget *explain = find_child (GTK_WIDGET (window), SW_TYPE_EXPLAIN_PANEL);
  AdwFlap *explain_flap = ADW_FLAP (gtk_widget_get_ancestor (explain, ADW_TYPE_FLAP));
  const char *wanted = g_getenv ("GDK_SCALE");
  static const struct
  {
    int width, least;
    gboolean folded;
  } cases[] = { { 1200, 1000, FALSE }, { 900, 680, FALSE }, { 700, 640, TRUE }, { 650, 460, TRUE },
              { 600, 460, TRUE },  { 490, 366, TRUE } };

  /* No window is larger than the monitor. */
  GdkRectangle monitor;
  gdk_monitor_get_geometry (
      gdk_display_get_monitor_at_surface (gtk_widget_get_display (GTK_WIDGET (window)),
                                          gtk_native_get_surface (GTK_NATIVE (window))),
      &monitor);
  if (wanted != NULL)
    g_assert_cmpint (gtk_widget_get_scale_factor (GTK_WIDGET (window)), ==, atoi (wanted));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      if (cases[i].width > monitor.width)
        continue;
      resize (window, cases[i].width, MIN (640, monitor.height));
      WAIT_UNTIL (adw_flap_get_folded (flap) == cases[i].folded);
      g_test_message ("%d: at least %d, folded %d", cases[i].width, least_width (window), adw_flap_get_folded (flap));
      g_assert_cmpint (least_width (window), <=, cases[i].least);
      GtkWidget *rotation = find_child (GTK_WIDGET (window), SW_TYPE_ROTATION_PANEL);
      GtkScrolledWindow *bottom = GTK_SCROLLED_WINDOW (gtk_widget_get_ancestor (rotation, GTK_TYPE_SCROLLED_WINDOW));
      GtkAdjustment *across = gtk_scrolled_window_get_hadjustment (bottom);
      g_assert_cmpfloat (gtk_adjustment_get_upper (across), <=, gtk_adjustment_get_page_size (across)); /* nothing is cut off */
    }
  /* The panel is a key away, and the way back is the same. */
  g_assert_false (adw_flap_get_reveal_flap (flap));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.sidebar", NULL);
  g_assert_true (adw_flap_get_reveal_flap (flap));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.sidebar", NULL);
  if (monitor.width >= 1200)
    {
      resize (window, 1200, 700);
      WAIT_UNTIL (!adw_flap_get_folded (flap) && !adw_flap_get_folded (explain_flap));
      g_assert_true (adw_flap_get_reveal_flap (flap));
    }
  /* Where there is room the captions share the line of the tool bar; where there is none they go below it. */
  if (monitor.width >= 1280)
    {
      GtkWidget *captions = gtk_widget_get_parent (find_class (GTK_WIDGET (sw_window_get_stage (window)), "pane-caption"));
      resize (window, 1280, 760);
      WAIT_UNTIL (gtk_widget_get_margin_top (captions) < 20);
      g_action_group_change_action_state (G_ACTION_GROUP (window), "panes", g_variant_new_string ("three"));
      WAIT_UNTIL (gtk_widget_get_margin_top (captions) > 40);
      g_action_group_change_action_state (G_ACTION_GROUP (window), "panes", g_variant_new_string ("four"));
      WAIT_UNTIL (gtk_widget_get_margin_top (captions) < 20);
      g_action_group_change_action_state (G_ACTION_GROUP (window), "panes", g_variant_new_string ("two"));
    }
  /* Nobody asked why. */
  g_assert_false (adw_flap_get_reveal_flap (explain_flap));
  gtk_window_destroy (GTK_WINDOW (window));
}

/* What a screen reader would say: a name of its own, a label, or the text inside. */
static gboolean
has_name (GtkWidget *widget)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (widget);
  if (gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL)
      || gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY))
    return TRUE;
  GtkWidget *label = find_child (widget, GTK_TYPE_LABEL);
  return label != NULL && gtk_label_get_label (GTK_LABEL (label))[0] != '\0';
}

static void
check_names (GtkWidget *widget, guint *n)
{
  static const GtkAccessibleRole wanting[]
      = { GTK_ACCESSIBLE_ROLE_BUTTON,   GTK_ACCESSIBLE_ROLE_COMBO_BOX,
          GTK_ACCESSIBLE_ROLE_SWITCH,   GTK_ACCESSIBLE_ROLE_SPIN_BUTTON,   GTK_ACCESSIBLE_ROLE_CHECKBOX,
          GTK_ACCESSIBLE_ROLE_SLIDER,   GTK_ACCESSIBLE_ROLE_METER,         GTK_ACCESSIBLE_ROLE_PROGRESS_BAR,
          GTK_ACCESSIBLE_ROLE_TEXT_BOX, GTK_ACCESSIBLE_ROLE_IMG };
  const GtkAccessibleRole role = gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (widget));
  gboolean wants = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (wanting); i++)
    wants = wants || wanting[i] == role;
  /* Pictures inside a button or label are decoration; GTK's own windows name their buttons. */
  if (role == GTK_ACCESSIBLE_ROLE_IMG && !GTK_IS_GL_AREA (widget))
    wants = FALSE;
  if (GTK_IS_WINDOW_CONTROLS (widget) || !gtk_widget_get_visible (widget))
    return;
  if (wants && !has_name (widget))
    {
      GString *path = g_string_new (NULL);
      for (GtkWidget *w = widget; w != NULL; w = gtk_widget_get_parent (w))
        g_string_append_printf (path, " < %s", G_OBJECT_TYPE_NAME (w));
      g_test_message ("nameless, role %d:%s", role, path->str);
      g_string_free (path, TRUE);
      g_test_fail ();
    }
  *n += wants;
  /* Composites are one thing to a screen reader. */
  if (wants && !GTK_IS_POPOVER (widget) && !GTK_IS_MENU_BUTTON (widget))
    return;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    check_names (child, n);
}

static void
test_names (void)
{
  SwWindow *window = window_with ("1crn.pdb.gz");
  GtkWidget *view = GTK_WIDGET (sw_stage_get_view (sw_window_get_stage (window)));
  guint n = 0;

  app_test_settle (sw_window_get_session (window));
  check_names (GTK_WIDGET (window), &n);
  g_test_message ("%u named widgets", n);
  g_assert_cmpuint (n, >, 60); /* the 24 rotations of the cube among them */
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_ROLE_IMG);
  g_assert_true (gtk_test_accessible_has_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL));
  g_assert_true (
      gtk_test_accessible_has_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION));
  gtk_widget_activate_action (GTK_WIDGET (window), "win.start", NULL);
  check_names (GTK_WIDGET (window), &n);
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
collect_key (GHashTable *keys, guint value, GdkModifierType state)
{
  g_autofree char *name = gtk_accelerator_name (value, state);
  g_hash_table_add (keys, g_steal_pointer (&name));
}

static void
collect_trigger (GHashTable *keys, GtkShortcutTrigger *trigger)
{
  if (GTK_IS_ALTERNATIVE_TRIGGER (trigger))
    {
      /* The others are names of the same key on another part of the keyboard. */
      GtkAlternativeTrigger *both = GTK_ALTERNATIVE_TRIGGER (trigger);
      collect_trigger (keys, gtk_alternative_trigger_get_first (both));
    }
  else if (GTK_IS_KEYVAL_TRIGGER (trigger))
    collect_key (keys, gtk_keyval_trigger_get_keyval (GTK_KEYVAL_TRIGGER (trigger)),
                 gtk_keyval_trigger_get_modifiers (GTK_KEYVAL_TRIGGER (trigger)));
}

static gboolean
has_key (GHashTable *keys, const char *name)
{
  guint value;
  GdkModifierType state;
  gtk_accelerator_parse (name, &value, &state);
  g_autofree char *normal = gtk_accelerator_name (value, state);
  return g_hash_table_contains (keys, normal);
}

/* The keys in the shortcuts window are those that do something, no more and no fewer. */
static void
test_shortcuts_window (void)
{
  g_autoptr (GtkBuilder) builder
      = gtk_builder_new_from_resource ("/org/swivel/Swivel/gtk/help-overlay.ui");
  g_autoptr (GHashTable) shown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  SwWindow *window = sw_window_new (ADW_APPLICATION (application));
  GSList *objects = gtk_builder_get_objects (builder);

  for (GSList *item = objects; item != NULL; item = item->next)
    {
      if (!GTK_IS_SHORTCUTS_SHORTCUT (item->data))
        continue;
      g_autofree char *accelerator = NULL, *title = NULL;
      g_object_get (item->data, "accelerator", &accelerator, "title", &title, NULL);
      g_auto (GStrv) names = g_strsplit (accelerator, " ", -1);
      for (char **name = names; *name != NULL; name++)
        {
          guint value;
          GdkModifierType state;
          int first, last;
          if (sscanf (*name, "%d...%d", &first, &last) == 2)
            {
              for (int digit = first; digit <= last; digit++)
                collect_key (shown, (guint) (GDK_KEY_0 + digit), 0);
              continue;
            }
          gtk_accelerator_parse (*name, &value, &state);
          if (value == 0)
            g_error ("“%s” has no such key: %s", title, *name);
          collect_key (shown, value, state);
        }
    }
  g_slist_free (objects);

  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (window));
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      if (g_strcmp0 (gtk_event_controller_get_name (controller), "keys") != 0)
        continue;
      for (guint k = 0; k < g_list_model_get_n_items (G_LIST_MODEL (controller)); k++)
        {
          g_autoptr (GtkShortcut) shortcut = g_list_model_get_item (G_LIST_MODEL (controller), k);
          collect_trigger (keys, gtk_shortcut_get_trigger (shortcut));
        }
    }
  g_auto (GStrv) actions = gtk_application_list_action_descriptions (GTK_APPLICATION (application));
  for (char **action = actions; *action != NULL; action++)
    {
      g_auto (GStrv) accels
          = gtk_application_get_accels_for_action (GTK_APPLICATION (application), *action);
      for (char **accel = accels; *accel != NULL; accel++)
        {
          guint value;
          GdkModifierType state;
          gtk_accelerator_parse (*accel, &value, &state);
          collect_key (keys, value, state);
        }
    }
  g_assert_cmpuint (g_hash_table_size (keys), >, 30);
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, keys);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    if (!has_key (shown, key))
      {
        g_test_message ("the shortcuts window lacks %s", (char *) key);
        g_test_fail ();
      }
  g_hash_table_iter_init (&iter, shown);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    /* F10 is GTK's own. */
    if (!has_key (keys, key) && !g_str_equal (key, "F10"))
      {
        g_test_message ("the shortcuts window has %s, which does nothing", (char *) key);
        g_test_fail ();
      }
  gtk_window_destroy (GTK_WINDOW (window));
}

static void
test_numbers (void)
{
  static const struct
  {
    double error;
    const char *text;
  } cases[] = { { 0.0021, "0.21 %" }, { 0.172, "17.2 %" },        { 0.0, "0 %" },
                { NAN, "–" },         { 3.14e-7, "3.1·10⁻⁷" },    { 9.99e-7, "1.0·10⁻⁶" },
                { 5e-5, "0.0050 %" }, { 12.0, "1200.0 %" } };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = sw_numbers_format_error (cases[i].error);
      g_assert_cmpstr (text, ==, cases[i].text);
    }
  g_autofree char *none = sw_numbers_format_rotation (SW_QUAT_IDENTITY);
  g_assert_cmpstr (none, ==, "no rotation");
}

/* Defaults without the schema are those of the schema. */
static void
test_settings (void)
{
  static const char *const keys[]
      = { "network", "engine", "panes", "drag-turns", "color-scheme", "last-folder" };
  g_autofree char *path
      = g_build_filename (g_getenv ("SW_SOURCE_ROOT"), "data", SW_APP_ID ".gschema.xml", NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_autofree char *source = NULL, *source_path
      = g_build_filename (g_getenv ("SW_SOURCE_ROOT"), "src", "app", "settings.c", NULL);
  g_assert_true (g_file_get_contents (source_path, &source, NULL, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *key = g_strdup_printf ("<key name=\"%s\"", keys[i]);
      const char *at = strstr (text, key);
      g_assert_nonnull (at);
      at = strstr (at, "<default>") + strlen ("<default>");
      g_autofree char *value = g_strndup (at, (gsize) (strstr (at, "</default>") - at));
      g_autofree char *line = g_strdup_printf ("\"%s\", \"%s\"", keys[i], value);
      if (strstr (source, line) == NULL)
        g_error ("settings.c lacks { %s }", line);
    }
}

/* An explanation comes, is written, goes with the network that it explains, and can be cancelled. */
static void
test_explain (void)
{
  SwWindow *window = window_with ("1crn.pdb.gz");
  SwSession *session = sw_window_get_session (window);
  SwExplainPanel *panel = SW_EXPLAIN_PANEL (app_test_find (GTK_WIDGET (window), SW_TYPE_EXPLAIN_PANEL));
  GActionGroup *actions = G_ACTION_GROUP (window);
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "swivel-explained.csv", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (panel);
  g_action_group_change_action_state (actions, "network", g_variant_new_string ("quick"));
  app_test_settle (session);
  g_assert_false (g_action_group_get_action_enabled (actions, "export-explanation"));
  g_action_group_activate_action (actions, "explain", NULL);
  WAIT_UNTIL (sw_explain_panel_get_attribution (panel) != NULL);
  g_assert_cmpuint (sw_explain_panel_get_attribution (panel)->n_ranked, ==, 46);
  g_assert_cmpuint (sw_explain_panel_get_attribution (panel)->n_rotations, ==, 8);
  g_assert_true (g_action_group_get_action_enabled (actions, "export-explanation"));
  g_assert_true (sw_explain_write (sw_explain_panel_get_attribution (panel), path, NULL, &error));
  g_assert_no_error (error);
  g_unlink (path);
  sw_view_show_residue (sw_stage_get_view (sw_window_get_stage (window)), 7);

  /* turning and another layer leave it, another engine does not */
  g_action_group_activate_action (actions, "random-rotation", NULL);
  app_test_settle (session);
  g_action_group_change_action_state (actions, "layer", g_variant_new_string ("input"));
  app_test_settle (session);
  g_assert_nonnull (sw_explain_panel_get_attribution (panel));
  g_action_group_change_action_state (actions, "engine", g_variant_new_string ("sampled"));
  g_assert_null (sw_explain_panel_get_attribution (panel));
  g_assert_false (g_action_group_get_action_enabled (actions, "export-explanation"));
  app_test_settle (session);
  g_action_group_activate_action (actions, "explain", NULL);
  g_action_group_activate_action (actions, "cancel", NULL);
  g_action_group_change_action_state (actions, "engine", g_variant_new_string ("bandlimited"));
  app_test_settle (session);
  WAIT_UNTIL (!sw_explain_panel_cancel (panel));
  g_assert_null (sw_explain_panel_get_attribution (panel));
  /* closed while it computes */
  g_action_group_activate_action (actions, "explain", NULL);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  /* Roles and names are kept where tests can read them, and no bus is needed. */
  g_setenv ("GTK_A11Y", "test", TRUE);
  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP there is no display\n");
      return 0;
    }
  application = app_test_application_new ();

  g_test_add_func ("/app/numbers/format", test_numbers);
  g_test_add_func ("/app/settings/defaults", test_settings);
  g_test_add_func ("/app/shortcuts/keys-exist", test_shortcuts_window);
  g_test_add_func ("/app/window/actions-on-nothing", test_actions_on_nothing);
  g_test_add_data_func ("/app/window/actions-on-structure", "examples/ideal-helix.pdb", test_actions_on);
  g_test_add_data_func ("/app/window/actions-on-mesh", "shapes/brick-6143.off.gz", test_actions_on);
  g_test_add_data_func ("/app/window/actions-on-map", "shared:maps/generated/mode1_int16.map", test_actions_on);
  g_test_add_func ("/app/window/open-and-turn", test_open_and_turn);
  g_test_add_func ("/app/window/cube-rotation", test_cube_rotation);
  g_test_add_func ("/app/window/choices", test_choices);
  g_test_add_func ("/app/window/drop", test_drop);
  g_test_add_func ("/app/window/explain", test_explain);
  g_test_add_func ("/app/window/layout", test_layout);
  g_test_add_func ("/app/window/names", test_names);
  const int result = g_test_run ();
  g_object_unref (application);
  return result;
}
