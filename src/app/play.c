/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/play.h"

#include <math.h>

/* Radians per second; of the axis itself; of the walk (each component), and how long it remembers its direction. */
#define TUMBLE_SPEED (35.0 * G_PI / 180.0)
#define PRECESSION (11.0 * G_PI / 180.0)
#define WALK_SPEED (28.0 * G_PI / 180.0)
#define WALK_MEMORY 1.5
/* A frame that comes late must not jump. */
#define FRAME_LONGEST 0.1
/* Seconds of motion in one step where nothing may move, and how often there is one; how long each rotation of the cube stays. */
#define STEP_SECONDS 0.7
#define STEP_MILLISECONDS 1000
#define CUBE_MILLISECONDS 1200

struct SwPlay
{
  SwSession *session; /* borrowed */
  SwView *view;
  void (*stopped) (gpointer data);
  gpointer data;
  SwPlayKind kind;
  guint tick_id, timeout_id;
  gulong grab_id, document_id;
  gint64 before; /* time of the last frame; 0: none */
  double time;   /* seconds since it began */
  double velocity[3];
  SwRandom random;
  unsigned cube;
};

static const char *const names[SW_N_PLAYS] = { "none", "tumble", "walk", "cube" };

const char *
sw_play_name (SwPlayKind kind)
{
  return names[kind];
}

gboolean
sw_play_parse (const char *name, SwPlayKind *ret)
{
  for (int i = 0; i < SW_N_PLAYS; i++)
    if (g_str_equal (names[i], name))
      {
        *ret = (SwPlayKind) i;
        return TRUE;
      }
  return FALSE;
}

SwQuat
sw_play_tumble (SwQuat rotation, double time, double seconds)
{
  const double phase = PRECESSION * time;
  const double axis[3] = { 0.6 * sin (phase), 1.0, 0.6 * cos (phase) };
  return sw_quat_multiply (sw_quat_from_axis_angle (axis, TUMBLE_SPEED * seconds), rotation);
}

/* Ornstein and Uhlenbeck's process for the angular velocity: isotropic, so the walk has no favourite rotation. */
SwQuat
sw_play_walk (SwQuat rotation, double velocity[3], double seconds, SwRandom *random)
{
  const double kept = exp (-seconds / WALK_MEMORY), fresh = WALK_SPEED * sqrt (1.0 - kept * kept);
  double speed = 0.0;

  for (int i = 0; i < 3; i++)
    {
      velocity[i] = kept * velocity[i] + fresh * sw_random_normal (random);
      speed += velocity[i] * velocity[i];
    }
  speed = sqrt (speed);
  return speed > 0.0 ? sw_quat_multiply (sw_quat_from_axis_angle (velocity, speed * seconds), rotation) : rotation;
}

static void
advance (SwPlay *self, double seconds)
{
  const SwQuat rotation = sw_session_get_rotation (self->session);

  self->time += seconds;
  if (self->kind == SW_PLAY_TUMBLE)
    sw_session_set_rotation (self->session, sw_play_tumble (rotation, self->time, seconds));
  else if (self->kind == SW_PLAY_WALK)
    sw_session_set_rotation (self->session, sw_play_walk (rotation, self->velocity, seconds, &self->random));
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  SwPlay *self = data;
  const gint64 now = gdk_frame_clock_get_frame_time (clock);

  if (self->before != 0)
    advance (self, MIN ((double) (now - self->before) * 1e-6, FRAME_LONGEST));
  self->before = now;
  return G_SOURCE_CONTINUE;
}

static gboolean
on_step (gpointer data)
{
  advance (data, STEP_SECONDS);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_cube (gpointer data)
{
  SwPlay *self = data;
  double matrix[9];

  self->cube = (self->cube + 1) % SW_ROTATION_N_CUBE;
  sw_rotation_cube (self->cube, matrix);
  sw_session_set_rotation (self->session, sw_quat_from_matrix (matrix));
  return G_SOURCE_CONTINUE;
}

void
sw_play_start (SwPlay *self, SwPlayKind kind)
{
  gboolean animated = TRUE;

  if (self->tick_id != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self->view), self->tick_id);
  self->tick_id = 0;
  g_clear_handle_id (&self->timeout_id, g_source_remove);
  self->kind = kind;
  self->before = 0;
  g_object_get (gtk_widget_get_settings (GTK_WIDGET (self->view)), "gtk-enable-animations", &animated, NULL);
  if (kind == SW_PLAY_CUBE)
    {
      self->cube = SW_ROTATION_N_CUBE - 1;
      on_cube (self);
      self->timeout_id = g_timeout_add (CUBE_MILLISECONDS, on_cube, self);
    }
  else if (kind != SW_PLAY_NONE && animated)
    self->tick_id = gtk_widget_add_tick_callback (GTK_WIDGET (self->view), on_tick, self, NULL);
  else if (kind != SW_PLAY_NONE)
    self->timeout_id = g_timeout_add (STEP_MILLISECONDS, on_step, self);
}

SwPlayKind
sw_play_get_kind (const SwPlay *self)
{
  return self->kind;
}

static void
stop (SwPlay *self)
{
  if (self->kind == SW_PLAY_NONE)
    return;
  sw_play_start (self, SW_PLAY_NONE);
  self->stopped (self->data);
}

static void
on_grab (SwView *view, SwPlay *self)
{
  if (sw_view_get_grab (view) == SW_TURNS_INPUT)
    stop (self);
}

static void
on_document (SwSession *session, SwPlay *self)
{
  stop (self);
}

SwPlay *
sw_play_new (SwSession *session, SwView *view, void (*stopped) (gpointer data), gpointer data)
{
  SwPlay *self = g_new0 (SwPlay, 1);

  self->session = session;
  self->view = view;
  self->stopped = stopped;
  self->data = data;
  sw_random_init (&self->random, (guint64) g_get_monotonic_time ());
  self->grab_id = g_signal_connect (view, "grab-changed", G_CALLBACK (on_grab), self);
  self->document_id = g_signal_connect (session, "document-changed", G_CALLBACK (on_document), self);
  return self;
}

void
sw_play_free (SwPlay *self)
{
  if (self == NULL)
    return;
  sw_play_start (self, SW_PLAY_NONE);
  g_signal_handler_disconnect (self->view, self->grab_id);
  g_signal_handler_disconnect (self->session, self->document_id);
  g_free (self);
}
