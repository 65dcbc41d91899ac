/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/lesson.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "workbench/error.h"

typedef struct
{
  SwLesson lesson; /* first */
  GStringChunk *texts;
  GArray *steps;   /* of SwLessonStep */
} Lesson;

typedef struct
{
  Lesson *lesson;
  GString *text; /* of the element that is open */
  GPtrArray *actions, *solution;
  GArray *conditions;
  gboolean in_goal;
} Parser;

void
sw_lesson_free (SwLesson *lesson)
{
  Lesson *self = (Lesson *) lesson;

  if (self == NULL)
    return;
  for (guint i = 0; i < self->steps->len; i++)
    {
      const SwLessonStep *step = &g_array_index (self->steps, SwLessonStep, i);
      g_free ((void *) step->actions);
      g_free ((void *) step->solution);
      g_free ((void *) step->conditions);
    }
  g_array_unref (self->steps);
  g_string_chunk_free (self->texts);
  g_free (self);
}

/* White space collapsed, as xgettext does. */
static const char *
keep_text (Lesson *self, const char *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t\n\r", -1);
  g_autoptr (GString) out = g_string_new (NULL);

  for (char **word = words; *word != NULL; word++)
    if (**word != '\0')
      g_string_append_printf (out, "%s%s", out->len > 0 ? " " : "", *word);
  return g_string_chunk_insert (self->texts, out->str);
}

static SwLessonStep *
current_step (Parser *parser)
{
  GArray *steps = parser->lesson->steps;
  return steps->len > 0 ? &g_array_index (steps, SwLessonStep, steps->len - 1) : NULL;
}

static bool
parse_number (const char *text, double *ret, GError **error)
{
  char *end;

  *ret = g_ascii_strtod (text, &end);
  if (end != text && *end == '\0')
    return true;
  g_set_error (error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, _ ("“%s” is no number"), text);
  return false;
}

static void
start_when (Parser *parser, const char **names, const char **values, GError **error)
{
  SwLessonCondition condition = { .least = -INFINITY, .most = INFINITY };
  Lesson *lesson = parser->lesson;

  for (int i = 0; names[i] != NULL; i++)
    if (g_str_equal (names[i], "value"))
      condition.value = g_string_chunk_insert (lesson->texts, values[i]);
    else if (g_str_equal (names[i], "state"))
      condition.state = g_string_chunk_insert (lesson->texts, values[i]);
    else if (g_str_equal (names[i], "is"))
      condition.is = g_string_chunk_insert (lesson->texts, values[i]);
    else if (g_str_equal (names[i], "at-least") || g_str_equal (names[i], "at-most"))
      {
        if (!parse_number (values[i], g_str_equal (names[i], "at-least") ? &condition.least : &condition.most, error))
          return;
      }
    else
      {
        g_set_error (error, G_MARKUP_ERROR, G_MARKUP_ERROR_UNKNOWN_ATTRIBUTE, _ ("“%s” is not known here"), names[i]);
        return;
      }
  if ((condition.value == NULL) == (condition.state == NULL) || (condition.state == NULL) != (condition.is == NULL)
      || (condition.value != NULL && !isfinite (condition.least) && !isfinite (condition.most)))
    {
      g_set_error_literal (error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT,
                           _ ("a condition wants a value with a bound, or a state and what it is"));
      return;
    }
  g_array_append_val (parser->conditions, condition);
}

static void
start_action (Parser *parser, GPtrArray *list, const char **names, const char **values, GError **error)
{
  if (names[0] == NULL || !g_str_equal (names[0], "action") || names[1] != NULL)
    {
      g_set_error_literal (error, G_MARKUP_ERROR, G_MARKUP_ERROR_MISSING_ATTRIBUTE, _ ("an action wants the attribute “action”"));
      return;
    }
  g_ptr_array_add (list, g_string_chunk_insert (parser->lesson->texts, values[0]));
}

static void
on_start (GMarkupParseContext *context, const char *element, const char **names, const char **values, gpointer data, GError **error)
{
  Parser *parser = data;
  const GSList *stack = g_markup_parse_context_get_element_stack (context);
  const char *parent = stack->next != NULL ? stack->next->data : "";
  char *path = g_strdup_printf ("%s/%s", parent, element);
  static const char *const known[] = { "/lesson",   "lesson/title", "lesson/summary", "lesson/step", "step/text", "step/do",
                                       "step/goal", "goal/text",    "goal/when",      "goal/solve",  NULL };

  g_string_truncate (parser->text, 0);
  if (!g_strv_contains (known, path))
    g_set_error (error, G_MARKUP_ERROR, G_MARKUP_ERROR_UNKNOWN_ELEMENT, _ ("“%s” is not known here"), element);
  else if (g_str_equal (path, "lesson/step"))
    g_array_set_size (parser->lesson->steps, parser->lesson->steps->len + 1);
  else if (g_str_equal (path, "step/do"))
    start_action (parser, parser->actions, names, values, error);
  else if (g_str_equal (path, "goal/solve"))
    start_action (parser, parser->solution, names, values, error);
  else if (g_str_equal (path, "goal/when"))
    start_when (parser, names, values, error);
  else if (g_str_equal (path, "step/goal"))
    parser->in_goal = TRUE;
  g_free (path);
}

/* What was collected becomes the step's. */
static void
end_step (Parser *parser, GError **error)
{
  SwLessonStep *step = current_step (parser);

  step->n_actions = parser->actions->len;
  step->actions = g_memdup2 (parser->actions->pdata, parser->actions->len * sizeof (char *));
  step->n_solution = parser->solution->len;
  step->solution = g_memdup2 (parser->solution->pdata, parser->solution->len * sizeof (char *));
  step->n_conditions = parser->conditions->len;
  step->conditions = g_memdup2 (parser->conditions->data, parser->conditions->len * sizeof (SwLessonCondition));
  g_ptr_array_set_size (parser->actions, 0);
  g_ptr_array_set_size (parser->solution, 0);
  g_array_set_size (parser->conditions, 0);
  if (step->text == NULL || (step->goal != NULL) != (step->n_conditions > 0))
    g_set_error_literal (error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT,
                         _ ("a step wants a text, and a goal a text and conditions"));
}

static void
on_end (GMarkupParseContext *context, const char *element, gpointer data, GError **error)
{
  Parser *parser = data;
  Lesson *lesson = parser->lesson;

  if (g_str_equal (element, "title"))
    lesson->lesson.title = keep_text (lesson, parser->text->str);
  else if (g_str_equal (element, "summary"))
    lesson->lesson.summary = keep_text (lesson, parser->text->str);
  else if (g_str_equal (element, "text") && parser->in_goal)
    current_step (parser)->goal = keep_text (lesson, parser->text->str);
  else if (g_str_equal (element, "text"))
    current_step (parser)->text = keep_text (lesson, parser->text->str);
  else if (g_str_equal (element, "goal"))
    parser->in_goal = FALSE;
  else if (g_str_equal (element, "step"))
    end_step (parser, error);
}

static void
on_text (GMarkupParseContext *context, const char *text, gsize length, gpointer data, GError **error)
{
  g_string_append_len (((Parser *) data)->text, text, (gssize) length);
}

SwLesson *
sw_lesson_read (const char *path, GError **error)
{
  static const GMarkupParser functions = { .start_element = on_start, .end_element = on_end, .text = on_text };
  g_autofree char *text = NULL, *name = g_path_get_basename (path);
  g_autoptr (SwLesson) lesson = NULL;
  g_autoptr (GError) problem = NULL;
  Lesson *self;
  gsize size;

  if (!g_file_get_contents (path, &text, &size, error))
    return NULL;
  self = g_new0 (Lesson, 1);
  lesson = &self->lesson;
  self->texts = g_string_chunk_new (4096);
  self->steps = g_array_new (FALSE, TRUE, sizeof (SwLessonStep));
  if (g_str_has_suffix (name, ".xml"))
    name[strlen (name) - strlen (".xml")] = '\0';
  lesson->name = g_string_chunk_insert (self->texts, name);
  Parser parser = { .lesson = self,
                    .text = g_string_new (NULL),
                    .actions = g_ptr_array_new (),
                    .solution = g_ptr_array_new (),
                    .conditions = g_array_new (FALSE, FALSE, sizeof (SwLessonCondition)) };
  GMarkupParseContext *context
      = g_markup_parse_context_new (&functions, G_MARKUP_TREAT_CDATA_AS_TEXT | G_MARKUP_PREFIX_ERROR_POSITION, &parser, NULL);
  const bool fine = g_markup_parse_context_parse (context, text, (gssize) size, &problem)
                    && g_markup_parse_context_end_parse (context, &problem);
  g_markup_parse_context_free (context);
  g_string_free (parser.text, TRUE);
  g_ptr_array_unref (parser.actions);
  g_ptr_array_unref (parser.solution);
  g_array_unref (parser.conditions);
  lesson->n_steps = self->steps->len;
  lesson->steps = (const SwLessonStep *) self->steps->data;
  if (!fine)
    g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_FORMAT, "%s: %s", path, problem->message);
  else if (lesson->title == NULL || lesson->summary == NULL || lesson->n_steps == 0)
    g_set_error (error, SW_WORKBENCH_ERROR, SW_WORKBENCH_ERROR_FORMAT, _ ("%s: a lesson wants a title, a summary and a step"), path);
  else
    return g_steal_pointer (&lesson);
  return NULL;
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(SwLesson *const *) a)->name, (*(SwLesson *const *) b)->name);
}

GPtrArray *
sw_lessons_load (const SwCatalog *catalog)
{
  GPtrArray *lessons = g_ptr_array_new_with_free_func ((GDestroyNotify) sw_lesson_free);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (const char *const *folder = sw_catalog_folders (catalog); *folder != NULL; folder++)
    {
      g_autofree char *path = g_build_filename (*folder, "lessons", NULL);
      g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
      const char *name;
      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *file = g_build_filename (path, name, NULL);
          g_autoptr (GError) error = NULL;
          if (!g_str_has_suffix (name, ".xml") || !g_hash_table_add (seen, g_strdup (name)))
            continue;
          SwLesson *lesson = sw_lesson_read (file, &error);
          if (lesson != NULL)
            g_ptr_array_add (lessons, lesson);
          else
            g_warning ("%s", error->message);
        }
    }
  g_ptr_array_sort (lessons, by_name);
  return lessons;
}
