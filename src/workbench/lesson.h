/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/lesson.h: guided lessons, read from plain files
 *
 * A lesson is a file lessons/NAME.xml of a data folder; a new file is a new lesson. It has a title, a summary and steps; a step
 * has a text, actions that prepare the window, and perhaps a goal: conditions that must hold all at once, and the actions by
 * which a test reaches them. data/lessons/README.md has the format. Texts are as in the file, white space collapsed; they
 * are the msgids of their translations.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

#include "workbench/catalog.h"

G_BEGIN_DECLS

/* Either a named number within bounds, or the state of an action as text. */
typedef struct
{
  const char *value;   /* or NULL */
  double least, most;  /* -INFINITY, INFINITY where not given */
  const char *state, *is; /* "win.panes", "four"; or NULL */
} SwLessonCondition;

typedef struct
{
  const char *text;
  size_t n_actions;
  const char *const *actions; /* "win.network::stride", "win.turn((40.0, 0.0))"; "win.break-size=true" sets a state */
  const char *goal;           /* what is to be done; NULL: only to be read */
  size_t n_conditions;
  const SwLessonCondition *conditions;
  size_t n_solution;
  const char *const *solution;
} SwLessonStep;

typedef struct
{
  const char *name; /* of the file, without ".xml" */
  const char *title, *summary;
  size_t n_steps;
  const SwLessonStep *steps;
} SwLesson;

/* Refuses what it does not understand, with line and reason. */
SwLesson *sw_lesson_read (const char *path, GError **error);
void sw_lesson_free (SwLesson *lesson);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwLesson, sw_lesson_free)

/* Those of all data folders, by name; of two of one name the first folder's. Files that cannot be read are left out, with a
 * warning in the log. Elements: SwLesson *. */
GPtrArray *sw_lessons_load (const SwCatalog *catalog);

G_END_DECLS
