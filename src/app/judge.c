/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/judge.h"

struct _SwJudge
{
  GObject parent_instance;

  float scores[SW_TETRIS_N_PIECES];
  gboolean answered;
  gsize piece;
  char *problem;

  GThread *thread;
  GMutex mutex; /* guards what follows */
  GCond cond;
  gboolean quit, asked;
  gsize asked_piece;
  SwQuat asked_rotation;
  char *network, *weights;
  gboolean fresh; /* network or weights were set since the thread read them */
};

enum
{
  ANSWERED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (SwJudge, sw_judge, G_TYPE_OBJECT)

typedef struct
{
  SwJudge *judge; /* owned */
  float scores[SW_TETRIS_N_PIECES];
  gsize piece;
  char *problem; /* owned; NULL: scores hold */
} Answer;

static void
answer_free (Answer *answer)
{
  g_object_unref (answer->judge);
  g_free (answer->problem);
  g_free (answer);
}

static gboolean
deliver (gpointer data)
{
  Answer *answer = data;
  SwJudge *self = answer->judge;

  if (self->thread == NULL)
    return G_SOURCE_REMOVE;
  self->answered = answer->problem == NULL;
  self->piece = answer->piece;
  memcpy (self->scores, answer->scores, sizeof self->scores);
  g_free (self->problem);
  self->problem = g_steal_pointer (&answer->problem);
  g_signal_emit (self, signals[ANSWERED], 0);
  return G_SOURCE_REMOVE;
}

static gpointer
thread_main (gpointer data)
{
  SwJudge *self = data;
  SwTetrisJudge *judge = NULL;

  g_mutex_lock (&self->mutex);
  for (;;)
    {
      while (!self->asked && !self->quit)
        g_cond_wait (&self->cond, &self->mutex);
      if (self->quit)
        break;
      g_autoptr (GError) error = NULL;
      g_autofree char *network = g_strdup (self->network), *weights = g_strdup (self->weights);
      const gboolean fresh = self->fresh;
      const SwQuat rotation = self->asked_rotation;
      Answer *answer = g_new0 (Answer, 1);
      answer->judge = g_object_ref (self);
      answer->piece = self->asked_piece;
      self->asked = self->fresh = FALSE;
      g_mutex_unlock (&self->mutex);

      if (fresh || judge == NULL)
        {
          sw_tetris_judge_free (judge);
          judge = sw_tetris_judge_new (network, weights, &error);
        }
      if (judge == NULL || !sw_tetris_judge (judge, answer->piece, rotation, answer->scores, &error))
        answer->problem = g_strdup (error->message);

      g_mutex_lock (&self->mutex);
      g_idle_add_full (G_PRIORITY_DEFAULT, deliver, answer, (GDestroyNotify) answer_free);
    }
  g_mutex_unlock (&self->mutex);
  sw_tetris_judge_free (judge);
  return NULL;
}

void
sw_judge_set_network (SwJudge *self, const char *network, const char *weights)
{
  g_mutex_lock (&self->mutex);
  g_free (self->network);
  g_free (self->weights);
  self->network = g_strdup (network);
  self->weights = g_strdup (weights);
  self->fresh = TRUE;
  g_mutex_unlock (&self->mutex);
}

void
sw_judge_ask (SwJudge *self, gsize piece, SwQuat rotation)
{
  g_mutex_lock (&self->mutex);
  self->asked = self->network != NULL;
  self->asked_piece = piece;
  self->asked_rotation = rotation;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
}

const float *
sw_judge_get_scores (SwJudge *self)
{
  return self->answered ? self->scores : NULL;
}

gsize
sw_judge_get_piece (SwJudge *self)
{
  return self->piece;
}

const char *
sw_judge_get_problem (SwJudge *self)
{
  return self->problem;
}

void
sw_judge_shutdown (SwJudge *self)
{
  if (self->thread == NULL)
    return;
  g_mutex_lock (&self->mutex);
  self->quit = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
  g_thread_join (g_steal_pointer (&self->thread));
}

static void
sw_judge_dispose (GObject *object)
{
  sw_judge_shutdown (SW_JUDGE (object));
  G_OBJECT_CLASS (sw_judge_parent_class)->dispose (object);
}

static void
sw_judge_finalize (GObject *object)
{
  SwJudge *self = SW_JUDGE (object);
  g_free (self->problem);
  g_free (self->network);
  g_free (self->weights);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  G_OBJECT_CLASS (sw_judge_parent_class)->finalize (object);
}

static void
sw_judge_class_init (SwJudgeClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sw_judge_dispose;
  G_OBJECT_CLASS (klass)->finalize = sw_judge_finalize;
  signals[ANSWERED] = g_signal_new ("answered", SW_TYPE_JUDGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
sw_judge_init (SwJudge *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->thread = g_thread_new ("judge", thread_main, self);
}

SwJudge *
sw_judge_new (void)
{
  return g_object_new (SW_TYPE_JUDGE, NULL);
}
