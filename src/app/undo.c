/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/undo.h"

#include <glib/gi18n.h>

#define STEPS_MAX 500
/* Changes of one thing closer than this are one step. */
#define STEP_MICROSECONDS 700000

static const struct
{
  const char *action, *title;
} watched[] = {
  { "network", N_ ("Network") },
  { "weights", N_ ("Weights") },
  { "engine", N_ ("Engine") },
  { "layer", N_ ("Layer") },
  { "field", N_ ("Field") },
  { "panes", N_ ("Pictures Side by Side") },
  { "drag-turns", N_ ("What Dragging Turns") },
  { "show-molecule", N_ ("Molecule") },
  { "show-field", N_ ("Field Shown") },
  { "show-density", N_ ("Density") },
  { "show-box", N_ ("Grid Box") },
  { "show-gate", N_ ("Gate") },
  { "color-scheme", N_ ("Light or Dark") },
  { "molecule-style", N_ ("Representation") },
  { "molecule-color", N_ ("Colouring") },
  { "depth-cue", N_ ("Depth Cue") },
  { "occlusion", N_ ("Ambient Occlusion") },
  { "outlines", N_ ("Outlines") },
  { "field-display", N_ ("Representation of the Field") },
  { "field-range", N_ ("Range") },
  { "field-opacity", N_ ("Opacity") },
  { "field-levels", N_ ("Levels") },
  { "slices", N_ ("Slices") },
  { "range-lock", N_ ("Scale") },
};

#define ROTATION "rotation"
#define PLAY "play"

typedef struct
{
  const char *name;  /* of the action; ROTATION */
  const char *title; /* translated */
  GVariant *before, *after;
  char *layer; /* of a change of the network: what was shown before; or NULL */
  gsize copy;
} Step;

struct _SwUndo
{
  GObject parent_instance;

  GActionMap *actions; /* borrowed */
  SwSession *session;  /* owned */
  GHashTable *states;  /* the last known, by name */
  GPtrArray *steps;    /* of Step */
  guint done;          /* so many of them are in force */
  gint64 last_change;
  gboolean turns_on; /* a play has begun to turn, and goes on */
  gboolean applying;
  char *layer; /* before the change that is under way */
  gsize copy;
};

enum
{
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwUndo, sw_undo, G_TYPE_OBJECT)

static void
step_free (gpointer data)
{
  Step *step = data;
  g_variant_unref (step->before);
  g_variant_unref (step->after);
  g_free (step->layer);
  g_free (step);
}

static GVariant *
rotation_state (SwUndo *self)
{
  const SwQuat q = sw_session_get_rotation (self->session);
  return g_variant_ref_sink (g_variant_new ("(dddd)", q.w, q.x, q.y, q.z));
}

/* Takes the new state. joined: one step with the change before, if that was of the same thing. */
static void
note (SwUndo *self, const char *name, const char *title, GVariant *after, gboolean joined)
{
  GVariant *before = g_hash_table_lookup (self->states, name);
  const gint64 now = g_get_monotonic_time ();

  if (before == NULL || g_variant_equal (before, after) || self->applying)
    {
      g_hash_table_insert (self->states, (char *) name, after);
      return;
    }
  Step *last = self->done > 0 ? g_ptr_array_index (self->steps, self->done - 1) : NULL;
  if (self->done < self->steps->len)
    g_ptr_array_remove_range (self->steps, self->done, self->steps->len - self->done);
  if (last != NULL && last->name == name && (joined || now - self->last_change < STEP_MICROSECONDS))
    {
      g_variant_unref (last->after);
      last->after = g_variant_ref (after);
    }
  else
    {
      Step *step = g_new0 (Step, 1);
      step->name = name;
      step->title = title;
      step->before = g_variant_ref (before);
      step->after = g_variant_ref (after);
      if (g_str_equal (name, "network"))
        {
          step->layer = g_strdup (self->layer);
          step->copy = self->copy;
        }
      g_ptr_array_add (self->steps, step);
      if (self->steps->len > STEPS_MAX)
        g_ptr_array_remove_index (self->steps, 0);
      self->done = self->steps->len;
    }
  self->last_change = now;
  g_hash_table_insert (self->states, (char *) name, after);
  g_signal_emit (self, signals[CHANGED], 0);
}

/* Asked for by a person or a script. What the session then chooses by itself is not a step. */
static void
on_change_state (GSimpleAction *action, GVariant *value, SwUndo *self)
{
  const char *name = g_action_get_name (G_ACTION (action));

  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    if (g_str_equal (watched[i].action, name))
      note (self, watched[i].action, _ (watched[i].title), g_action_get_state (G_ACTION (action)), FALSE);
}

static void
on_state (GSimpleAction *action, GParamSpec *pspec, SwUndo *self)
{
  /* What is shown, for a change of the network that may follow. Such a change empties the layer first. */
  const char *name = g_action_get_name (G_ACTION (action));
  if ((g_str_equal (name, "layer") || g_str_equal (name, "field")) && sw_session_get_layer (self->session)[0] != '\0')
    {
      g_free (self->layer);
      self->layer = g_strdup (sw_session_get_layer (self->session));
      self->copy = sw_session_get_copy (self->session);
    }
}

/* Tumbling, a walk, or all rotations of the cube are one step, however slow. */
static void
on_play (SwUndo *self)
{
  self->turns_on = FALSE;
  sw_undo_end_step (self);
}

static void
on_rotation (SwUndo *self)
{
  g_autoptr (GVariant) play = g_action_get_state (g_action_map_lookup_action (self->actions, PLAY));
  const gboolean joined = self->turns_on;

  self->turns_on = !g_str_equal (g_variant_get_string (play, NULL), "none");
  note (self, ROTATION, _ ("Rotation"), rotation_state (self), joined);
}

/* What a person has changed last may be what the session chose itself before. */
static void
refresh (SwUndo *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    {
      GAction *action = g_action_map_lookup_action (self->actions, watched[i].action);
      g_hash_table_insert (self->states, (char *) watched[i].action, g_action_get_state (action));
    }
  g_hash_table_insert (self->states, (char *) ROTATION, rotation_state (self));
}

static void
on_document (SwUndo *self)
{
  g_ptr_array_set_size (self->steps, 0);
  self->done = 0;
  refresh (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_run (SwUndo *self)
{
  static const char *const chosen[] = { "layer", "field" };
  for (guint i = 0; i < G_N_ELEMENTS (chosen); i++)
    for (guint k = 0; k < G_N_ELEMENTS (watched); k++)
      if (g_str_equal (watched[k].action, chosen[i]))
        g_hash_table_insert (self->states, (char *) watched[k].action,
                             g_action_get_state (g_action_map_lookup_action (self->actions, chosen[i])));
}

static void
apply (SwUndo *self, const Step *step, gboolean backwards)
{
  GVariant *value = backwards ? step->before : step->after;

  self->applying = TRUE;
  if (g_str_equal (step->name, ROTATION))
    {
      SwQuat q;
      g_variant_get (value, "(dddd)", &q.w, &q.x, &q.y, &q.z);
      sw_session_set_rotation (self->session, q);
    }
  else
    g_action_change_state (g_action_map_lookup_action (self->actions, step->name), value);
  if (backwards && step->layer != NULL && step->layer[0] != '\0')
    {
      sw_session_set_layer (self->session, step->layer);
      sw_session_set_copy (self->session, step->copy);
    }
  self->applying = FALSE;
  self->last_change = 0;
  refresh (self);
  g_signal_emit (self, signals[CHANGED], 0);
}

const char *
sw_undo_get_undo_name (SwUndo *self)
{
  return self->done > 0 ? ((const Step *) g_ptr_array_index (self->steps, self->done - 1))->title : NULL;
}

const char *
sw_undo_get_redo_name (SwUndo *self)
{
  return self->done < self->steps->len ? ((const Step *) g_ptr_array_index (self->steps, self->done))->title : NULL;
}

void
sw_undo_undo (SwUndo *self)
{
  if (self->done == 0)
    return;
  self->done--;
  apply (self, g_ptr_array_index (self->steps, self->done), TRUE);
}

void
sw_undo_redo (SwUndo *self)
{
  if (self->done >= self->steps->len)
    return;
  self->done++;
  apply (self, g_ptr_array_index (self->steps, self->done - 1), FALSE);
}

void
sw_undo_end_step (SwUndo *self)
{
  self->last_change = 0;
}

gboolean
sw_undo_is_applying (SwUndo *self)
{
  return self->applying;
}

SwUndo *
sw_undo_new (GActionMap *actions, SwSession *session)
{
  SwUndo *self = g_object_new (SW_TYPE_UNDO, NULL);

  self->actions = actions;
  self->session = g_object_ref (session);
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    {
      GAction *action = g_action_map_lookup_action (actions, watched[i].action);
      g_return_val_if_fail (action != NULL, self);
      g_signal_connect_object (action, "change-state", G_CALLBACK (on_change_state), self, G_CONNECT_AFTER);
      g_signal_connect_object (action, "notify::state", G_CALLBACK (on_state), self, 0);
    }
  g_signal_connect_object (g_action_map_lookup_action (actions, PLAY), "notify::state", G_CALLBACK (on_play), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "rotation-changed", G_CALLBACK (on_rotation), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "document-changed", G_CALLBACK (on_document), self, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (on_run), self, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  refresh (self);
  return self;
}

static void
sw_undo_finalize (GObject *object)
{
  SwUndo *self = SW_UNDO (object);
  g_clear_object (&self->session);
  g_hash_table_unref (self->states);
  g_ptr_array_unref (self->steps);
  g_free (self->layer);
  G_OBJECT_CLASS (sw_undo_parent_class)->finalize (object);
}

static void
sw_undo_class_init (SwUndoClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sw_undo_finalize;
  signals[CHANGED] = g_signal_new ("changed", SW_TYPE_UNDO, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sw_undo_init (SwUndo *self)
{
  self->states = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_variant_unref);
  self->steps = g_ptr_array_new_with_free_func (step_free);
}
