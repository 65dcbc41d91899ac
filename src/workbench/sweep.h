/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/sweep.h: how the error of every layer depends on the rotation, for several networks at once
 *
 * Two series of rotations, either of which may be left out: about one axis from 0 to 360 degrees in equal steps, and a
 * random sample that is uniform on SO(3) (seeded Haar measure). Every case (a model, an engine, choices) is measured at
 * the same rotations by the protocol of README.md, so that a network, its other engine and its conventional twin can be
 * put into one plot. Results are immutable and counted atomically.
 */
#pragma once

#include <gio/gio.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workbench/job.h"

G_BEGIN_DECLS

/* What is measured: one curve for each layer. */
typedef struct
{
  SwLoadedModel *model;
  SwJobOptions options;
  const char *label; /* for legends: "band-limited" */
} SwSweepCase;

#define SW_SWEEP_CASES_MAX 8
#define SW_SWEEP_STEPS_MAX 3600
#define SW_SWEEP_RANDOM_MAX 100000

typedef struct
{
  double axis[3];  /* of any length; all zero: z */
  size_t n_steps;  /* steps of 360 / n_steps degrees; 0: no series about an axis */
  size_t n_random; /* random rotations; 0: none */
  uint64_t seed;   /* of the random rotations and the sample points */
  size_t n_points; /* sample points of each layer, at most; 0: 4000 */
  bool all_layers; /* else the last layer of each stage */
} SwSweepParams;

/* Errors of one layer (or of the output), [n_rotations]; NaN where silent. */
typedef struct
{
  const char *name, *stage, *kind; /* "output" each for the output */
  SwFieldType fields;
  size_t size; /* edge of its grid */
  bool silent;
  const double *all;
  const double *by_l[SW_FIELD_L_MAX + 1]; /* NULL where there are no fields of this order */
} SwSweepLayer;

typedef struct
{
  const char *label, *model_name, *title;
  const SwLoadedModel *model;
  SwJobOptions options;
  SwEngine engine;
  bool conventional;
  size_t size;                           /* edge of the input grid */
  double spacing, sigma_angstrom, w_max; /* as in SwEquivariance */
  size_t n_atoms, n_atoms_outside;       /* at the identity */
  const char *weights_sha256; /* of the file; of the parameters (float32, as in memory) when they are random */
  const char *problem;        /* why there are no numbers, or NULL; then n_layers is 0 */
  size_t n_layers;
  const SwSweepLayer *layers; /* [n_layers]: the input first, the output last */
  size_t n_class_changes;     /* over all rotations */
  double seconds;
} SwSweepCurve;

typedef struct
{
  const char *document, *path; /* name and file */
  SwDocumentKind kind; /* of the document */
  SwSweepParams params;        /* axis of unit length */
  size_t n_angles;             /* n_steps + 1, or 0: rotations 0 .. n_angles - 1 are the series about the axis */
  const double *angles;        /* [n_angles], degrees */
  size_t n_rotations;          /* n_angles + n_random */
  const SwQuat *rotations;     /* [n_rotations] */
  size_t n_curves;
  const SwSweepCurve *curves; /* in the order of the cases */
  const char *program;        /* "swivel 1.2" */
  double seconds;
} SwSweep;

/* The usual cases of a model: both engines where it has them, and its conventional (or steerable) twin with the
 * catalogue's weights, else random ones of the same seed. */
typedef enum
{
  SW_SWEEP_BANDLIMITED = 1 << 0,
  SW_SWEEP_SAMPLED = 1 << 1,
  SW_SWEEP_TWIN = 1 << 2,
} SwSweepChoice;

typedef struct
{
  size_t n;
  SwSweepCase cases[SW_SWEEP_CASES_MAX];
} SwSweepCases;

/* Starts as {0}. options: of all cases, but for the engine. */
bool sw_sweep_cases_fill (SwSweepCases *cases,
                          const SwCatalog *catalog,
                          SwLoadedModel *model,
                          const SwJobOptions *options,
                          unsigned choices,
                          GError **error);
/* Takes a reference of the model; copies the label. */
void sw_sweep_cases_add (SwSweepCases *cases, SwLoadedModel *model, const SwJobOptions *options, const char *label);
void sw_sweep_cases_clear (SwSweepCases *cases);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SwSweepCases, sw_sweep_cases_clear)

/* Is any of these measured at a layer or stage of this name? "input" and "output" always are. */
bool sw_sweep_cases_have_layer (const SwSweepCases *cases, const char *name, bool all_layers);

/* "x", "y", "z", or three numbers with commas or spaces between, not all zero; false: something else. */
bool sw_sweep_parse_axis (const char *text, double ret[3]);

/* A case that cannot be run says why; the sweep fails when none can. */
SwSweep *sw_sweep_measure (const SwSweepCases *cases,
                           SwDocument *document,
                           const SwSweepParams *params,
                           const SwProgress *progress,
                           GError **error);
/* The same in a thread. progress (may be NULL) and callback run in the caller's main context; progress is not called any
 * more once callback was. Stopped by cancellable. */
typedef void (*SwSweepProgress) (double fraction, const char *sentence, gpointer data);
void sw_sweep_measure_async (const SwSweepCases *cases,
                             SwDocument *document,
                             const SwSweepParams *params,
                             GCancellable *cancellable,
                             SwSweepProgress progress,
                             gpointer progress_data,
                             GAsyncReadyCallback callback,
                             gpointer data);
SwSweep *sw_sweep_measure_finish (GAsyncResult *result, GError **error);

SwSweep *sw_sweep_ref (SwSweep *sweep);
void sw_sweep_unref (SwSweep *sweep);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SwSweep, sw_sweep_unref)

/* A layer by name, or the last one of a stage; "output" is the output. NULL when there is none. */
const SwSweepLayer *sw_sweep_curve_find (const SwSweepCurve *curve, const char *name);

/* Of the values first .. first + n - 1. NaN are left out; all NaN: worst is first. */
typedef struct
{
  double mean, max;
  size_t worst; /* index of the rotation of the maximum */
} SwSweepSummary;

void sw_sweep_summarize (const double *values, size_t first, size_t n, SwSweepSummary *ret);

/* ---- files */

/* One line for each rotation, curve and layer: what a spreadsheet wants. */
bool sw_sweep_write_csv (const SwSweep *sweep, const char *path, GError **error);
/* Everything, with seeds, versions, conventions. A new reference. */
json_t *sw_sweep_to_json (const SwSweep *sweep);

G_END_DECLS
