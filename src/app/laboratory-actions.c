/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/window-private.h"
#include "app/window-save.h"

/* How often it is looked whether the picture has its place yet. */
#define REVEAL_MILLISECONDS 40

/* ---- panels beside the picture: one at a time */

static const char *const side_actions[] = { "show-explanation", "laboratory", "show-propensity" };
static const char *const side_pages[] = { "explanation", "laboratory", "propensity" };

/* A flap that opens before it has a place divides by its width. */
static gboolean
reveal_side (gpointer data)
{
  SwWindow *self = data;

  if (gtk_widget_get_width (GTK_WIDGET (self->explain_flap)) < 2)
    return G_SOURCE_CONTINUE;
  self->reveal_id = 0;
  adw_flap_set_reveal_flap (self->explain_flap, TRUE);
  sw_window_explanation_changed (self);
  sw_window_propensity_changed (self);
  return G_SOURCE_REMOVE;
}

void
sw_window_show_side (SwWindow *self, const char *page)
{
  if (page != NULL)
    gtk_stack_set_visible_child_name (self->side, page);
  for (guint i = 0; i < G_N_ELEMENTS (side_actions); i++)
    sw_window_set_state (self, side_actions[i], g_variant_new_boolean (g_strcmp0 (page, side_pages[i]) == 0));
  g_clear_handle_id (&self->reveal_id, g_source_remove);
  if (page == NULL)
    adw_flap_set_reveal_flap (self->explain_flap, FALSE);
  else if (reveal_side (self))
    self->reveal_id = g_timeout_add (REVEAL_MILLISECONDS, reveal_side, self);
  /* Colours are explained by the panel: without it they would puzzle. */
  sw_window_explanation_changed (self);
  sw_window_propensity_changed (self);
}

static void
change_laboratory (GSimpleAction *action, GVariant *state, gpointer data)
{
  SwWindow *self = data;
  sw_window_show_side (self, g_variant_get_boolean (state) ? "laboratory" : NULL);
}

/* ---- the sweep */

static void
activate_sweep (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  sw_window_show_side (self, "laboratory");
  sw_laboratory_panel_start (self->laboratory);
}

void
sw_window_sweep_changed (SwWindow *self)
{
  const gboolean there = sw_laboratory_panel_get_sweep (self->laboratory) != NULL;
  sw_window_enable (self, "export-sweep", there);
  sw_window_enable (self, "worst-rotation", there);
}

static void
activate_worst (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  SwQuat rotation;
  double error;

  if (sw_laboratory_panel_get_worst (self->laboratory, (guint) MAX (g_variant_get_int32 (parameter), 0), &rotation, &error))
    sw_session_set_rotation (self->session, rotation);
}

typedef struct
{
  SwSweep *sweep;
  char *layer;
  bool linear;
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;
  sw_sweep_unref (export->sweep);
  g_free (export->layer);
  g_free (export);
}

static gboolean
write_sweep (gconstpointer what, const char *path, char **ret_second, GError **error)
{
  const Export *export = what;
  const SwSweepChartOptions options = { .layer = export->layer, .linear = export->linear };
  return sw_sweep_write (export->sweep, &options, sw_chart_page_render, path, ret_second, error);
}

static void
activate_export (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  SwSweep *sweep = sw_laboratory_panel_get_sweep (self->laboratory);
  const SwSave save = { _ ("Export Sweep"), _ ("Could Not Save the Sweep"), write_sweep, export_free };
  SwSweepChartOptions options;

  if (sweep == NULL)
    return;
  Export *export = g_new0 (Export, 1);
  sw_laboratory_panel_get_chart_options (self->laboratory, &options);
  *export = (Export){ sw_sweep_ref (sweep), g_strdup (options.layer), options.linear };
  g_autofree char *name = g_strdup_printf ("%s-equivariance.%s", sweep->document, g_variant_get_string (parameter, NULL));
  sw_window_save (self, &save, name, export);
}

/* ---- what is broken */

static gboolean
is_on (SwWindow *self, const char *name)
{
  g_autoptr (GVariant) state = g_action_get_state (sw_window_find_action (self, name));
  return g_variant_get_boolean (state);
}

void
sw_window_apply_breaks (SwWindow *self)
{
  g_autoptr (GVariant) sigma = g_action_get_state (sw_window_find_action (self, "break-sigma"));
  const SwDocument *document = sw_session_get_document (self->session);
  const SwBreaks breaks = { .stride = is_on (self, "break-stride"),
                            .size = is_on (self, "break-size"),
                            .box = is_on (self, "break-box"),
                            .band = is_on (self, "break-band"),
                            .sigma = g_variant_get_double (sigma) };
  const SwLoadedModel *model = sw_session_get_model (self->session);
  SwJobOptions options;

  /* Sizes are known when the network is: until then they stay (this is called again when it has run). */
  sw_laboratory_break_options (&breaks, model != NULL ? model->network : NULL, sw_session_get_engine_used (self->session),
                               document != NULL ? document->radius : 0.0, &options);
  if (model == NULL && (breaks.size || breaks.box))
    options.size = sw_session_get_job_options (self->session)->size;
  sw_session_set_job_options (self->session, &options);
}

static void
change_break (GSimpleAction *action, GVariant *state, gpointer data)
{
  g_simple_action_set_state (action, state);
  sw_window_apply_breaks (data);
}

static void
change_sigma (GSimpleAction *action, GVariant *state, gpointer data)
{
  g_simple_action_set_state (action, g_variant_new_double (CLAMP (g_variant_get_double (state), 0.0, 4.0)));
  sw_window_apply_breaks (data);
}

void
sw_window_mend (SwWindow *self)
{
  static const char *const flags[] = { "break-stride", "break-size", "break-box", "break-band" };

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    sw_window_set_state (self, flags[i], g_variant_new_boolean (FALSE));
  sw_window_set_state (self, "break-sigma", g_variant_new_double (0.0));
  sw_window_apply_breaks (self);
}

static void
activate_mend (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  sw_window_mend (data);
}

/* ---- play */

void
sw_window_play_stopped (gpointer data)
{
  sw_window_set_state (data, "play", g_variant_new_string ("none"));
}

/* The same again stops it. */
static void
change_play (GSimpleAction *action, GVariant *state, gpointer data)
{
  SwWindow *self = data;
  SwPlayKind kind;

  if (!sw_play_parse (g_variant_get_string (state, NULL), &kind))
    return;
  if (kind == sw_play_get_kind (self->play))
    kind = SW_PLAY_NONE;
  g_simple_action_set_state (action, g_variant_new_string (sw_play_name (kind)));
  sw_play_start (self->play, kind);
}

/* ---- guided lessons */

static void
show_guide (SwWindow *self, gboolean shown)
{
  sw_window_set_state (self, "guide", g_variant_new_boolean (shown));
  /* Closed it must not ask for room either. */
  gtk_widget_set_visible (GTK_WIDGET (self->guide_revealer), shown);
  gtk_revealer_set_reveal_child (self->guide_revealer, shown);
  sw_window_enable (self, "guide-next", shown);
  sw_window_enable (self, "guide-back", shown);
}

/* Opens where it was left, or at the beginning. */
static void
change_guide (GSimpleAction *action, GVariant *state, gpointer data)
{
  SwWindow *self = data;
  const gboolean shown = g_variant_get_boolean (state);

  if (shown && !sw_guide_bar_open (self->guide_bar, NULL))
    {
      sw_window_say (self, _ ("There are no lessons in the data folders."));
      return;
    }
  show_guide (self, shown);
  if (shown && sw_session_get_document (self->session) != NULL)
    sw_window_show_page (self, "main");
}

static void
activate_guide_lesson (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  if (sw_guide_bar_open (self->guide_bar, g_variant_get_string (parameter, NULL)))
    show_guide (self, TRUE);
}

static void
activate_guide_next (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  sw_guide_bar_next (((SwWindow *) data)->guide_bar);
}

static void
activate_guide_back (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  sw_guide_bar_back (((SwWindow *) data)->guide_bar);
}

/* A structure of the catalogue by its name; nothing is read again that is shown already. */
static void
activate_example (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  SwWindow *self = data;
  const SwDocument *document = sw_session_get_document (self->session);
  const char *wanted = g_variant_get_string (parameter, NULL);
  gsize n = 0;
  const SwCatalogExample *examples = sw_catalog_examples (sw_session_get_catalog (self->session), &n);

  for (gsize i = 0; i < n; i++)
    if (g_str_equal (examples[i].id, wanted))
      {
        g_autoptr (GFile) file = g_file_new_for_path (examples[i].path);
        if (document != NULL && g_str_equal (document->path, examples[i].path))
          sw_window_show_page (self, "main");
        else
          sw_window_open (self, &file, 1);
        return;
      }
  /* Translators: %s is what a lesson asked for */
  g_autofree char *text = g_strdup_printf (_ ("There is no example “%s”"), wanted);
  sw_window_say (self, text);
}

static gboolean
is_loading (gpointer data)
{
  return ((SwWindow *) data)->loading != NULL;
}

static void
on_guide_closed (SwWindow *self)
{
  show_guide (self, FALSE);
}

void
sw_window_set_up_guide (SwWindow *self)
{
  sw_guide_bar_set_up (self->guide_bar, self->session, self->laboratory, G_ACTION_GROUP (self), is_loading, self);
  g_signal_connect_object (self->guide_bar, "closed", G_CALLBACK (on_guide_closed), self, G_CONNECT_SWAPPED);
  show_guide (self, FALSE);
}

static const GActionEntry actions[] = {
  { "guide", NULL, NULL, "false", change_guide },
  { "guide-lesson", activate_guide_lesson, "s" },
  { "guide-next", activate_guide_next },
  { "guide-back", activate_guide_back },
  { "example", activate_example, "s" },
  { "laboratory", NULL, NULL, "false", change_laboratory },
  { "sweep", activate_sweep },
  { "worst-rotation", activate_worst, "i" },
  { "export-sweep", activate_export, "s" },
  { "break-stride", NULL, NULL, "false", change_break },
  { "break-size", NULL, NULL, "false", change_break },
  { "break-box", NULL, NULL, "false", change_break },
  { "break-band", NULL, NULL, "false", change_break },
  { "break-sigma", NULL, "d", "0.0", change_sigma },
  { "mend", activate_mend },
  { "play", NULL, "s", "'none'", change_play },
};

void
sw_window_add_laboratory_actions (SwWindow *self)
{
  static const SwWindowKey keys[] = {
    { "p", "win.play('tumble')" },
    { "w", "win.play('walk')" },
    { "<Shift>c", "win.play('cube')" },
  };
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  sw_window_add_keys (self, keys, G_N_ELEMENTS (keys));
}
