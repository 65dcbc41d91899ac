/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "nn/spectral-modes.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "nn/spectral-vector-private.h"
#include "so3/wigner.h"

/* Integer squares against a real radius. */
#define SLACK 1e-6

size_t
sw_spectral_lanes (void)
{
  return SW_LANES;
}

static bool
is_kept (int x, int y, int z)
{
  return y > 0 || (y == 0 && (x > 0 || (x == 0 && z >= 0)));
}

/* counts: [square + 1] */
static void
count_shells (double k_max, size_t *counts)
{
  const int reach = (int) floor (k_max + SLACK);
  const double square = k_max * k_max + SLACK;
  for (int y = 0; y <= reach; y++)
    for (int x = -reach; x <= reach; x++)
      for (int z = -reach; z <= reach; z++)
        if (is_kept (x, y, z) && x * x + y * y + z * z <= square)
          counts[x * x + y * y + z * z]++;
}

static size_t
frame_size (unsigned l_max)
{
  size_t size = 0;
  for (unsigned l = 1; l <= l_max; l++)
    size += (2 * l + 1) * (2 * l + 1);
  return size;
}

void
sw_modes_count (double k_max, unsigned l_max, size_t *ret_n_blocks, size_t *ret_bytes)
{
  const double volume = 2.0 / 3.0 * M_PI * k_max * k_max * k_max;
  const size_t n_blocks = (size_t) ((volume + k_max * k_max * SW_LANES) / SW_LANES) + 1;
  *ret_n_blocks = n_blocks;
  *ret_bytes = n_blocks * SW_LANES * (frame_size (l_max) * sizeof (real) + 3 * sizeof (int16_t) + 5);
}

/* A rotation that takes the z axis to k. */
static void
frame_of (const int16_t k[3], double ret[9])
{
  const double length = sqrt ((double) (k[0] * k[0] + k[1] * k[1] + k[2] * k[2]));
  const double across = sqrt ((double) (k[0] * k[0] + k[1] * k[1]));
  const double cb = length > 0 ? k[2] / length : 1.0, sb = length > 0 ? across / length : 0.0;
  const double ca = across > 0 ? k[0] / across : 1.0, sa = across > 0 ? k[1] / across : 0.0;
  const double r[9] = { ca * cb, -sa, ca * sb, sa * cb, ca, sa * sb, -sb, 0.0, cb };
  memcpy (ret, r, sizeof r);
}

static void
fill_frames (SwModes *modes)
{
#pragma omp parallel for schedule(static)
  for (size_t b = 0; b < modes->n_blocks; b++)
    for (size_t v = 0; v < SW_LANES; v++)
      {
        real *out = modes->frame + b * modes->frame_size * SW_LANES + v;
        double rotation[9], d[(2 * SW_FIELD_L_MAX + 1) * (2 * SW_FIELD_L_MAX + 1)];
        if (!modes->present[b * SW_LANES + v])
          continue;
        frame_of (modes->k[b * SW_LANES + v], rotation);
        for (unsigned l = 1; l <= modes->l_max; l++)
          {
            const size_t size = (2 * l + 1) * (2 * l + 1);
            sw_wigner_d (l, rotation, d);
            for (size_t i = 0; i < size; i++, out += SW_LANES)
              *out = (real) d[i];
          }
      }
}

SwStatus
sw_modes_init (SwModes *modes, size_t n_box, double k_max, unsigned l_max)
{
  *modes = (SwModes){ .n_box = n_box, .l_max = l_max, .frame_size = frame_size (l_max) };
  const size_t n_squares = (size_t) (k_max * k_max + SLACK) + 1;
  size_t *counts = SW_NEW0 (size_t, n_squares);
  if (counts == NULL)
    return SW_ERROR_MEMORY;
  count_shells (k_max, counts);
  for (size_t r = 0; r < n_squares; r++)
    {
      modes->n_shells += counts[r] > 0;
      modes->n_blocks += SW_LANES_ROUND (counts[r]) / SW_LANES;
    }
  modes->shell_square = SW_NEW (unsigned, modes->n_shells);
  modes->shell_block = SW_NEW (size_t, modes->n_shells + 1);
  modes->k = sw_alloc0 (modes->n_blocks * SW_LANES, sizeof *modes->k);
  modes->present = SW_NEW0 (bool, modes->n_blocks * SW_LANES);
  modes->frame = SW_NEW0 (real, modes->n_blocks * SW_LANES * modes->frame_size);
  if (modes->shell_square == NULL || modes->shell_block == NULL || modes->k == NULL || modes->present == NULL
      || modes->frame == NULL)
    {
      sw_free (counts);
      sw_modes_clear (modes);
      return SW_ERROR_MEMORY;
    }
  size_t shell = 0, block = 0;
  for (size_t r = 0; r < n_squares; r++)
    if (counts[r] > 0)
      {
        modes->shell_square[shell] = (unsigned) r;
        modes->shell_block[shell++] = block;
        const size_t n = SW_LANES_ROUND (counts[r]) / SW_LANES;
        counts[r] = block * SW_LANES; /* from here on: next free slot of the shell */
        block += n;
      }
  modes->shell_block[shell] = block;
  const int reach = (int) floor (k_max + SLACK);
  const double square = k_max * k_max + SLACK;
  for (int y = 0; y <= reach; y++)
    for (int x = -reach; x <= reach; x++)
      for (int z = -reach; z <= reach; z++)
        if (is_kept (x, y, z) && x * x + y * y + z * z <= square)
          {
            const size_t slot = counts[x * x + y * y + z * z]++;
            modes->k[slot][0] = (int16_t) x;
            modes->k[slot][1] = (int16_t) y;
            modes->k[slot][2] = (int16_t) z;
            modes->present[slot] = true;
          }
  sw_free (counts);
  fill_frames (modes);
  return SW_OK;
}

void
sw_modes_clear (SwModes *modes)
{
  sw_free (modes->shell_square);
  sw_free (modes->shell_block);
  sw_free (modes->k);
  sw_free (modes->present);
  sw_free (modes->frame);
  *modes = (SwModes){ 0 };
}

size_t
sw_level_grid_size (size_t n_box, unsigned stride, double w_max, bool exact_size)
{
  const size_t n = (n_box + stride - 1) / stride;
  if (stride == 1 || exact_size)
    return n;
  const double k_max = w_max * (double) n_box / (2.0 * M_PI * stride);
  const size_t needed = 2 * (size_t) floor (k_max + SLACK) + 1;
  return sw_fft_good_size (n > needed ? n : needed);
}

double
sw_level_k_max (size_t n_box, unsigned stride, double w_max)
{
  /* The Nyquist planes of even sizes are left out. */
  const double k_max = w_max * (double) n_box / (2.0 * M_PI * stride);
  const size_t n = (n_box + stride - 1) / stride;
  return fmin (k_max, (double) ((n - 1) / 2));
}

double
sw_level_frequency (const SwLevel *level, const SwModes *modes, size_t shell)
{
  return 2.0 * M_PI * sqrt ((double) modes->shell_square[shell]) * level->stride / (double) modes->n_box;
}

/* Lines of kx are taken SW_FFT_LINES at a time, so those of a group have columns alike. */
static void
set_disc (SwLevel *level)
{
  const double square = level->k_max * level->k_max + SLACK;
  size_t column = 0;
  for (size_t first = 0; first < level->n_lines; first += SW_FFT_LINES)
    {
      int reach = 0;
      for (size_t i = first; i < first + SW_FFT_LINES && i < level->n_lines; i++)
        {
          const int x = (int) i - level->reach, y = (int) sqrt (square - x * x);
          reach = y > reach ? y : reach;
        }
      for (size_t i = first; i < first + SW_FFT_LINES && i < level->n_lines; i++)
        {
          level->line_reach[i] = reach;
          level->line_column[i] = column + (size_t) reach;
          column += 2 * (size_t) reach + 1;
        }
    }
  level->n_columns = column;
}

static size_t
column_of (const SwLevel *level, int x, int y)
{
  return level->line_column[(size_t) (x + level->reach)] + (size_t) y;
}

SwStatus
sw_level_init (SwLevel *level, const SwModes *modes, unsigned stride, const SwBand *band, size_t n)
{
  *level = (SwLevel){ .stride = stride, .n = n };
  level->k_max = sw_level_k_max (modes->n_box, stride, band->w_max);
  level->reach = (int) floor (level->k_max + SLACK);
  level->n_lines = 2 * (size_t) level->reach + 1;
  const double square = level->k_max * level->k_max + SLACK;
  while (level->n_shells < modes->n_shells && modes->shell_square[level->n_shells] <= square)
    level->n_shells++;
  level->n_blocks = modes->shell_block[level->n_shells];
  if (sw_fft_init (&level->fft, level->n) != SW_OK)
    return SW_ERROR_MEMORY;
  level->taper = SW_NEW (real, level->n_shells);
  level->line_reach = SW_NEW (int, level->n_lines);
  level->line_column = SW_NEW (size_t, level->n_lines);
  if (level->taper == NULL || level->line_reach == NULL || level->line_column == NULL)
    goto fail;
  /* The radius that the setting asks for, which no grid's Nyquist frequency changes. */
  const double k_edge = band->w_max * (double) modes->n_box / (2.0 * M_PI * stride);
  for (size_t s = 0; s < level->n_shells; s++)
    {
      const double part = sqrt ((double) modes->shell_square[s]) / fmax (k_edge, 1e-12);
      const double t = fmin (fmax ((part - band->rolloff) / fmax (1.0 - band->rolloff, 1e-6), 0.0), 1.0);
      level->taper[s] = (real) (s == 0 ? 1.0 : 0.5 * (1.0 + cos (M_PI * t)));
    }
  set_disc (level);
  level->pairs = SW_NEW (SwColumnPair, level->n_columns);
  level->empty = SW_NEW (size_t, level->n_columns);
  level->slots = SW_NEW (int32_t, level->n_blocks * SW_LANES + 2 * (size_t) level->reach + 1);
  /* [z][y][x] of one half, to find the slots */
  const size_t edge = level->n_lines;
  int32_t *where = SW_NEW (int32_t, edge * edge * ((size_t) level->reach + 1));
  if (level->pairs == NULL || level->empty == NULL || level->slots == NULL || where == NULL)
    {
      sw_free (where);
      goto fail;
    }
  for (size_t slot = 0; slot < level->n_blocks * SW_LANES; slot++)
    if (modes->present[slot])
      {
        const int16_t *k = modes->k[slot];
        where[((size_t) k[1] * edge + (size_t) (k[0] + level->reach)) * edge + (size_t) (k[2] + level->reach)]
            = (int32_t) slot;
      }
  size_t slot_at = 0;
  for (int x = -level->reach; x <= level->reach; x++)
    for (int y = -level->line_reach[x + level->reach]; y <= level->line_reach[x + level->reach]; y++)
      {
        const size_t column = column_of (level, x, y);
        const double rest = square - x * x - y * y;
        if (rest < 0)
          {
            level->empty[level->n_empty++] = column;
            continue;
          }
        if (!is_kept (x, y, 0))
          continue;
        const int reach = (int) sqrt (rest);
        const bool own = x == 0 && y == 0;
        slot_at += own ? 0 : (size_t) reach;
        level->pairs[level->n_pairs++] = (SwColumnPair){ column, column_of (level, -x, -y), reach, slot_at };
        for (int z = own ? 0 : -reach; z <= reach; z++)
          level->slots[(ptrdiff_t) slot_at + z]
              = where[((size_t) y * edge + (size_t) (x + level->reach)) * edge + (size_t) (z + level->reach)];
        slot_at += (size_t) reach + 1;
      }
  sw_free (where);
  return SW_OK;
fail:
  sw_level_clear (level);
  return SW_ERROR_MEMORY;
}

void
sw_level_clear (SwLevel *level)
{
  sw_fft_clear (&level->fft);
  sw_free (level->taper);
  sw_free (level->line_reach);
  sw_free (level->line_column);
  sw_free (level->pairs);
  sw_free (level->empty);
  sw_free (level->slots);
  *level = (SwLevel){ 0 };
}
