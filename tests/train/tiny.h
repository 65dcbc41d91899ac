/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train/tiny.h: a network of two layers and a temporary folder, for tests */
#pragma once

#include "nn/model.h"

/* One gated layer 2x0+1x1 with batch norm, pool, dropout, a linear head "head" with n_outputs; 9^3 voxels. */
SwNetwork *tiny_network (unsigned n_outputs);
SwModel *tiny_model (SwNetwork *network, unsigned seed);

/* A new empty folder; free with g_free after tiny_folder_remove. */
char *tiny_folder_new (void);
/* Removes the folder and the files in it. */
void tiny_folder_remove (const char *path);
