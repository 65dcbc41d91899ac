/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/guide-goal.h"

#include <math.h>
#include <string.h>

/* Two rotations that are the same to the eye, in radians. */
#define SAME 1e-3

typedef struct
{
  SwSession *session;
  SwLaboratoryPanel *laboratory;
  const SwComparison *comparison; /* of the present rotation, or NULL */
  const SwComparison *twin;
} Scene;

static double
measure_rotation (const Scene *scene)
{
  return sw_quat_distance (sw_session_get_rotation (scene->session), SW_QUAT_IDENTITY) * 180.0 / G_PI;
}

static double
error_of (const SwComparison *comparison)
{
  return comparison == NULL || comparison->error.silent ? NAN : comparison->error.error;
}

static double
measure_layer_error (const Scene *scene)
{
  return error_of (scene->comparison);
}

static double
measure_output_error (const Scene *scene)
{
  return scene->comparison != NULL ? scene->comparison->output_error : NAN;
}

static double
measure_twin_error (const Scene *scene)
{
  return error_of (scene->twin);
}

static double
measure_twin_ratio (const Scene *scene)
{
  return error_of (scene->twin) / fmax (error_of (scene->comparison), 1e-7);
}

static double
measure_field_order (const Scene *scene)
{
  const SwComparison *c = scene->comparison;
  unsigned l;
  gsize channel;

  return c != NULL && sw_field_copy_locate (&sw_run_result_get_layer (c->at_rotation, c->layer)->fields, c->copy, &l, &channel)
             ? (double) l
             : NAN;
}

static double
measure_grid_size (const Scene *scene)
{
  return scene->comparison != NULL ? (double) scene->comparison->at_rotation->input.size : NAN;
}

static double
measure_curves (const Scene *scene)
{
  const SwSweep *sweep = sw_laboratory_panel_get_sweep (scene->laboratory);
  return sweep != NULL ? (double) sweep->n_curves : 0.0;
}

static double
largest (const Scene *scene, guint curve)
{
  SwQuat rotation;
  double error = NAN;
  return sw_laboratory_panel_get_worst (scene->laboratory, curve, &rotation, &error) ? error : NAN;
}

static double
measure_largest_1 (const Scene *scene)
{
  return largest (scene, 0);
}

static double
measure_largest_2 (const Scene *scene)
{
  return largest (scene, 1);
}

static double
measure_largest_3 (const Scene *scene)
{
  return largest (scene, 2);
}

static double
measure_largest_4 (const Scene *scene)
{
  return largest (scene, 3);
}

static double
measure_at_worst (const Scene *scene)
{
  SwQuat rotation;
  double error;

  for (guint c = 0; c < SW_SWEEP_CASES_MAX; c++)
    if (sw_laboratory_panel_get_worst (scene->laboratory, c, &rotation, &error)
        && sw_quat_distance (rotation, sw_session_get_rotation (scene->session)) < SAME)
      return 1.0;
  return 0.0;
}

static const struct
{
  const char *name;
  double (*measure) (const Scene *scene);
} values[] = {
  { "rotation", measure_rotation },
  { "layer-error", measure_layer_error },
  { "output-error", measure_output_error },
  { "field-order", measure_field_order },
  { "grid-size", measure_grid_size },
  { "twin-error", measure_twin_error },
  { "twin-ratio", measure_twin_ratio },
  { "sweep-curves", measure_curves },
  { "sweep-largest-1", measure_largest_1 },
  { "sweep-largest-2", measure_largest_2 },
  { "sweep-largest-3", measure_largest_3 },
  { "sweep-largest-4", measure_largest_4 },
  { "at-worst", measure_at_worst },
};

/* Of the rotation, the layer and the field that are chosen now. */
static gboolean
is_current (SwSession *session)
{
  const SwComparison *c = sw_session_get_comparison (session);

  if (c == NULL || !sw_session_is_current (session) || c->copy != sw_session_get_copy (session))
    return FALSE;
  const SwRunLayer *layer = sw_run_result_get_layer (c->at_rotation, c->layer);
  const char *wanted = sw_session_get_layer (session);
  return g_str_equal (wanted, layer->name) || g_str_equal (wanted, layer->stage);
}

gboolean
sw_guide_knows (const char *value)
{
  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    if (g_str_equal (values[i].name, value))
      return TRUE;
  return FALSE;
}

double
sw_guide_measure (const char *value, SwSession *session, SwLaboratoryPanel *laboratory)
{
  const gboolean current = is_current (session);
  const Scene scene = { session, laboratory, current ? sw_session_get_comparison (session) : NULL,
                        current ? sw_session_get_twin_comparison (session) : NULL };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    if (g_str_equal (values[i].name, value))
      return values[i].measure (&scene);
  return NAN;
}

/* A string without its quotes, else GVariant's own words. */
static gboolean
has_state (GActionGroup *actions, const char *name, const char *wanted)
{
  g_autoptr (GVariant) state
      = g_action_group_get_action_state (actions, g_str_has_prefix (name, "win.") ? name + strlen ("win.") : name);

  if (state == NULL)
    return FALSE;
  if (g_variant_is_of_type (state, G_VARIANT_TYPE_STRING))
    return g_str_equal (g_variant_get_string (state, NULL), wanted);
  g_autofree char *text = g_variant_print (state, FALSE);
  return g_str_equal (text, wanted);
}

gboolean
sw_guide_is_reached (const SwLessonStep *step, SwSession *session, SwLaboratoryPanel *laboratory, GActionGroup *actions)
{
  for (gsize i = 0; i < step->n_conditions; i++)
    {
      const SwLessonCondition *condition = &step->conditions[i];
      if (condition->state != NULL)
        {
          if (!has_state (actions, condition->state, condition->is))
            return FALSE;
          continue;
        }
      const double value = sw_guide_measure (condition->value, session, laboratory);
      if (!(value >= condition->least && value <= condition->most)) /* NaN is neither */
        return FALSE;
    }
  return TRUE;
}
