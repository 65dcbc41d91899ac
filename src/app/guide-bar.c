/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/guide-bar.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/guide-goal.h"

struct _SwGuideBar
{
  AdwBin parent_instance;

  GtkDropDown *lessons_list;
  GtkLabel *progress, *text, *goal;
  GtkImage *tick;
  GtkWidget *goal_row, *next;

  GPtrArray *lessons; /* of SwLesson */
  SwSession *session; /* owned */
  SwLaboratoryPanel *laboratory;
  GActionGroup *actions;
  gboolean (*is_loading) (gpointer data);
  gpointer data;

  guint lesson; /* index; G_MAXUINT: none yet */
  guint step;
  gboolean reached;
  GQueue queue;   /* of char *, actions to carry out */
  guint run_id;   /* the queue is looked at soon */
  gboolean filling;
};

enum
{
  CLOSED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwGuideBar, sw_guide_bar, ADW_TYPE_BIN)

static const SwLesson *
lesson_of (SwGuideBar *self)
{
  return self->lesson < self->lessons->len ? g_ptr_array_index (self->lessons, self->lesson) : NULL;
}

const SwLessonStep *
sw_guide_bar_get_step (SwGuideBar *self)
{
  const SwLesson *lesson = lesson_of (self);
  return lesson != NULL ? &lesson->steps[self->step] : NULL;
}

/* ---- goals */

static void
show_goal (SwGuideBar *self)
{
  const SwLessonStep *step = sw_guide_bar_get_step (self);

  gtk_widget_set_visible (self->goal_row, step->goal != NULL);
  if (step->goal == NULL)
    {
      gtk_widget_add_css_class (self->next, "suggested-action");
      return;
    }
  gtk_label_set_label (self->goal, _ (step->goal));
  gtk_image_set_from_icon_name (self->tick, self->reached ? "object-select-symbolic" : "sw-goal-symbolic");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->tick), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  self->reached ? _ ("Reached") : _ ("To do"), -1);
  if (self->reached)
    {
      gtk_widget_add_css_class (self->goal_row, "reached");
      gtk_widget_add_css_class (self->next, "suggested-action");
    }
  else
    {
      gtk_widget_remove_css_class (self->goal_row, "reached");
      gtk_widget_remove_css_class (self->next, "suggested-action");
    }
}

static void
look_at_goal (SwGuideBar *self)
{
  const SwLessonStep *step = sw_guide_bar_get_step (self);

  /* What held before the window was prepared is no answer. */
  if (step == NULL || self->reached || step->goal == NULL || !sw_guide_bar_is_ready (self))
    return;
  self->reached = sw_guide_is_reached (step, self->session, self->laboratory, self->actions);
  if (self->reached)
    show_goal (self);
}

gboolean
sw_guide_bar_is_reached (SwGuideBar *self)
{
  const SwLessonStep *step = sw_guide_bar_get_step (self);
  return step != NULL && (step->goal == NULL || self->reached);
}

/* ---- actions */

gboolean
sw_guide_bar_is_ready (SwGuideBar *self)
{
  return g_queue_is_empty (&self->queue);
}

static GActionGroup *
group_of (SwGuideBar *self, const char *name, const char **ret_plain)
{
  const gboolean lab = g_str_has_prefix (name, "lab.");

  *ret_plain = name + (lab || g_str_has_prefix (name, "win.") ? strlen ("win.") : 0);
  return lab ? sw_laboratory_panel_get_actions (self->laboratory) : self->actions;
}

/* "win.break-size=true": the state, in the words of GVariant; strings without quotes. */
static gboolean
set_state (SwGuideBar *self, const char *text, const char *sign)
{
  g_autofree char *name = g_strndup (text, (gsize) (sign - text));
  const char *plain;
  GActionGroup *group = group_of (self, name, &plain);
  const GVariantType *type = g_action_group_get_action_state_type (group, plain);

  if (type == NULL)
    {
      g_warning ("a lesson wants the state of “%s”, which has none", name);
      return TRUE;
    }
  if (!g_action_group_get_action_enabled (group, plain))
    return FALSE;
  GVariant *value = g_variant_type_equal (type, G_VARIANT_TYPE_STRING) ? g_variant_new_string (sign + 1)
                                                                       : g_variant_parse (type, sign + 1, NULL, NULL, NULL);
  if (value == NULL)
    g_warning ("a lesson sets “%s” to “%s”, which it cannot be", name, sign + 1);
  else
    g_action_group_change_action_state (group, plain, value);
  return TRUE;
}

/* FALSE: not possible yet. */
static gboolean
carry_out (SwGuideBar *self, const char *text)
{
  const char *sign = strchr (text, '=');
  g_autofree char *name = NULL;
  g_autoptr (GVariant) target = NULL;
  const char *plain;

  if (sign != NULL && strpbrk (text, "(:") == NULL)
    return set_state (self, text, sign);
  if (!g_action_parse_detailed_name (text, &name, &target, NULL))
    {
      g_warning ("a lesson has an action that cannot be read: %s", text);
      return TRUE;
    }
  GActionGroup *group = group_of (self, name, &plain);
  if (!g_action_group_has_action (group, plain))
    {
      g_warning ("a lesson wants an action that there is not: %s", text);
      return TRUE;
    }
  if (!g_action_group_get_action_enabled (group, plain))
    return FALSE;
  g_action_group_activate_action (group, plain, target);
  return TRUE;
}

static gboolean
run_queue (gpointer data)
{
  SwGuideBar *self = data;

  self->run_id = 0;
  while (!g_queue_is_empty (&self->queue) && !self->is_loading (self->data))
    {
      if (!carry_out (self, g_queue_peek_head (&self->queue)))
        return G_SOURCE_REMOVE; /* sw_guide_bar_poke will come */
      g_free (g_queue_pop_head (&self->queue));
    }
  look_at_goal (self);
  return G_SOURCE_REMOVE;
}

void
sw_guide_bar_poke (SwGuideBar *self)
{
  if (self->session != NULL && self->run_id == 0)
    /* Not as an idle source: those wait while pictures are drawn one after the other. */
    self->run_id = g_idle_add_full (G_PRIORITY_DEFAULT, run_queue, self, NULL);
}

void
sw_guide_bar_run (SwGuideBar *self, gsize n, const char *const *actions)
{
  for (gsize i = 0; i < n; i++)
    g_queue_push_tail (&self->queue, g_strdup (actions[i]));
  sw_guide_bar_poke (self);
}

/* ---- steps */

static void
show_step (SwGuideBar *self)
{
  const SwLesson *lesson = lesson_of (self);
  const SwLessonStep *step = sw_guide_bar_get_step (self);

  self->reached = FALSE;
  self->filling = TRUE;
  gtk_drop_down_set_selected (self->lessons_list, self->lesson);
  self->filling = FALSE;
  /* Translators: number of the step, how many there are */
  g_autofree char *progress = g_strdup_printf (_ ("Step %u of %u"), self->step + 1, (unsigned) lesson->n_steps);
  gtk_label_set_label (self->progress, progress);
  gtk_label_set_label (self->text, _ (step->text));
  gtk_button_set_label (GTK_BUTTON (self->next), self->step + 1 < lesson->n_steps                 ? _ ("_Next")
                                                 : self->lesson + 1 < self->lessons->len ? _ ("_Next Lesson")
                                                                                          : _ ("_Done"));
  show_goal (self);
  sw_guide_bar_run (self, step->n_actions, step->actions);
}

gboolean
sw_guide_bar_open (SwGuideBar *self, const char *name)
{
  guint found = name == NULL ? (self->lesson < self->lessons->len ? self->lesson : 0) : G_MAXUINT;

  for (guint i = 0; name != NULL && i < self->lessons->len; i++)
    if (g_str_equal (((SwLesson *) g_ptr_array_index (self->lessons, i))->name, name))
      found = i;
  if (found >= self->lessons->len)
    return FALSE;
  if (name == NULL && found == self->lesson)
    return TRUE; /* goes on where it was */
  g_queue_clear_full (&self->queue, g_free);
  self->lesson = found;
  self->step = 0;
  show_step (self);
  return TRUE;
}

void
sw_guide_bar_next (SwGuideBar *self)
{
  const SwLesson *lesson = lesson_of (self);

  if (lesson == NULL)
    return;
  if (self->step + 1 < lesson->n_steps)
    self->step++;
  else if (self->lesson + 1 < self->lessons->len)
    {
      self->lesson++;
      self->step = 0;
    }
  else
    {
      self->lesson = G_MAXUINT;
      g_queue_clear_full (&self->queue, g_free);
      g_signal_emit (self, signals[CLOSED], 0);
      return;
    }
  show_step (self);
}

void
sw_guide_bar_back (SwGuideBar *self)
{
  if (lesson_of (self) == NULL || (self->step == 0 && self->lesson == 0))
    return;
  if (self->step > 0)
    self->step--;
  else
    {
      self->lesson--;
      self->step = (guint) lesson_of (self)->n_steps - 1;
    }
  show_step (self);
}

GPtrArray *
sw_guide_bar_get_lessons (SwGuideBar *self)
{
  return self->lessons;
}

static void
on_lesson_chosen (SwGuideBar *self)
{
  const guint i = gtk_drop_down_get_selected (self->lessons_list);

  if (!self->filling && i < self->lessons->len)
    sw_guide_bar_open (self, ((SwLesson *) g_ptr_array_index (self->lessons, i))->name);
}

void
sw_guide_bar_set_up (SwGuideBar *self,
                     SwSession *session,
                     SwLaboratoryPanel *laboratory,
                     GActionGroup *window_actions,
                     gboolean (*is_loading) (gpointer data),
                     gpointer data)
{
  static const char *const changes[] = { "run-changed", "rotation-changed", "choice-changed", "document-changed" };
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);

  self->session = g_object_ref (session);
  self->laboratory = laboratory;
  self->actions = window_actions;
  self->is_loading = is_loading;
  self->data = data;
  self->lessons = sw_lessons_load (sw_session_get_catalog (session));
  for (guint i = 0; i < self->lessons->len; i++)
    gtk_string_list_append (titles, _ (((SwLesson *) g_ptr_array_index (self->lessons, i))->title));
  self->filling = TRUE;
  gtk_drop_down_set_model (self->lessons_list, G_LIST_MODEL (titles));
  self->filling = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    g_signal_connect_object (session, changes[i], G_CALLBACK (sw_guide_bar_poke), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (laboratory, "changed", G_CALLBACK (sw_guide_bar_poke), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (window_actions, "action-state-changed", G_CALLBACK (sw_guide_bar_poke), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (window_actions, "action-enabled-changed", G_CALLBACK (sw_guide_bar_poke), self, G_CONNECT_SWAPPED);
}

/* ---- object */

static void
sw_guide_bar_dispose (GObject *object)
{
  SwGuideBar *self = SW_GUIDE_BAR (object);

  g_clear_handle_id (&self->run_id, g_source_remove);
  g_queue_clear_full (&self->queue, g_free);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (sw_guide_bar_parent_class)->dispose (object);
}

static void
sw_guide_bar_finalize (GObject *object)
{
  g_clear_pointer (&SW_GUIDE_BAR (object)->lessons, g_ptr_array_unref);
  G_OBJECT_CLASS (sw_guide_bar_parent_class)->finalize (object);
}

static void
sw_guide_bar_class_init (SwGuideBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sw_guide_bar_dispose;
  G_OBJECT_CLASS (klass)->finalize = sw_guide_bar_finalize;
  signals[CLOSED] = g_signal_new ("closed", SW_TYPE_GUIDE_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/swivel/Swivel/guide-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, SwGuideBar, lessons_list);
  gtk_widget_class_bind_template_child (widget_class, SwGuideBar, progress);
  gtk_widget_class_bind_template_child (widget_class, SwGuideBar, text);
  gtk_widget_class_bind_template_child (widget_class, SwGuideBar, goal);
  gtk_widget_class_bind_template_child (widget_class, SwGuideBar, tick);
  gtk_widget_class_bind_template_child (widget_class, SwGuideBar, goal_row);
  gtk_widget_class_bind_template_child (widget_class, SwGuideBar, next);
}

/* Titles may be longer than a narrow window is wide. */
static void
on_setup_title (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_width_chars (GTK_LABEL (label), 6);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 44);
  gtk_list_item_set_child (item, label);
}

static void
on_bind_title (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  gtk_label_set_label (GTK_LABEL (gtk_list_item_get_child (item)), gtk_string_object_get_string (gtk_list_item_get_item (item)));
}

static void
sw_guide_bar_init (SwGuideBar *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup_title), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind_title), NULL);
  gtk_drop_down_set_factory (self->lessons_list, factory);
  g_object_unref (factory);
  g_queue_init (&self->queue);
  self->lesson = G_MAXUINT;
  g_signal_connect_object (self->lessons_list, "notify::selected", G_CALLBACK (on_lesson_chosen), self, G_CONNECT_SWAPPED);
}
