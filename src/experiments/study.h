/* SPDX-License-Identifier: GPL-3.0-or-later */
/* experiments/study.h: accuracy against the number of training samples, as a table and a plot */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

G_BEGIN_DECLS

typedef struct
{
  const char *network;
  bool conventional;
  unsigned reduction;    /* the training set was divided by this */
  size_t n_train, n_test;
  unsigned epochs;
  double accuracy;       /* test, turned at random */
  double accuracy_given; /* the same samples as they are */
  double seconds;        /* of training */
} SwStudyRow;

/* rows: [n]. Written atomically. */
bool sw_study_write_csv (const SwStudyRow *rows, size_t n, const char *path, GError **error);
/* The accuracies (turned: full lines, as given: points) over the number of samples; the paper's curves for CATH, dashed, when
 * published is true. */
bool sw_study_write_svg (const SwStudyRow *rows, size_t n, bool published, const char *path, GError **error);

G_END_DECLS
