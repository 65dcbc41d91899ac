/* SPDX-License-Identifier: GPL-3.0-or-later */
/* voxel/cloud.h: a few numbers that say how a set of atoms looks, to tell what is unlike a training set
 *
 * For `experiments/`: a training run measures them over its training samples and keeps for each of the four numbers of
 * SwCloudStatistics the 1st and the 99th percentile in the training record (the JSON of SwModel.training) as
 *
 *   "card": { "data": "1,234 domains of CATH 4.2, ten architectures, split by superfamily",
 *             "range": { "atoms": [45, 312], "radius": [18.1, 47.9], "radius_of_gyration": [10.2, 24.8],
 *                        "neighbours": [9.1, 15.6] },
 *             "test": { "samples": 692, "accuracy": 0.61, "accuracy_rotated": 0.61 } }
 *
 * for the atoms that the network takes (C-alpha atoms for CATH). workbench/model-card.h shows it before an answer and warns
 * of structures outside the ranges. Every key may be missing. "data" is one phrase after "trained on".
 */
#pragma once

#include <stddef.h>

#include "base/status.h"

#define SW_CLOUD_NEIGHBOUR_ANGSTROM 10.0

typedef struct
{
  double atoms;              /* how many */
  double radius;             /* largest distance from their mean, angstrom */
  double radius_of_gyration; /* root mean square distance from their mean, angstrom */
  double neighbours;         /* mean number of other atoms within SW_CLOUD_NEIGHBOUR_ANGSTROM of an atom: density */
} SwCloudStatistics;

/* positions: angstrom; n > 0. Fails with SW_ERROR_MEMORY only. Linear in n. */
SwStatus sw_cloud_statistics (size_t n, const double (*positions)[3], SwCloudStatistics *ret) SW_WARN_UNUSED;
