/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "structure/volume.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/npy.h"
#include "structure/format-table.h"
#include "structure/gemmi-shim-private.h"
#include "structure/packed-private.h"
#include "structure/report-private.h"

typedef struct
{
  SwVolume pub; /* first: the public pointer is this block */
  gatomicrefcount references;
  float *data;
  char *path;
  SwReport report;
} Volume;

static void
volume_free (Volume *v)
{
  if (v == NULL)
    return;
  sw_free (v->data);
  g_free (v->path);
  sw_report_clear (&v->report);
  g_free (v);
}

SwVolume *
sw_volume_ref (SwVolume *volume)
{
  g_atomic_ref_count_inc (&((Volume *) volume)->references);
  return volume;
}

void
sw_volume_unref (SwVolume *volume)
{
  if (volume != NULL && g_atomic_ref_count_dec (&((Volume *) volume)->references))
    volume_free ((Volume *) volume);
}

static void *
fail (GError **error, SwStructureError code, const char *name, const char *text)
{
  /* Translators: a file name and what is wrong with it */
  g_set_error (error, SW_STRUCTURE_ERROR, code, _ ("%s: %s"), name, text);
  return NULL;
}

static Volume *
volume_new (const char *path, const char *format, const size_t n[3])
{
  Volume *v = g_new0 (Volume, 1);
  size_t n_voxels;
  g_atomic_ref_count_init (&v->references);
  sw_report_init (&v->report);
  v->path = g_strdup (path);
  v->pub.path = v->path;
  v->pub.format = format;
  memcpy (v->pub.n, n, sizeof v->pub.n);
  if (sw_mul (n[0], n[1], &n_voxels) != 0 || sw_mul (n_voxels, n[2], &n_voxels) != 0)
    n_voxels = SIZE_MAX / 2;
  v->data = sw_alloc0 (n_voxels, sizeof *v->data);
  v->pub.data = v->data;
  if (v->data != NULL)
    return v;
  volume_free (v);
  return NULL;
}

/* Statistics, report and the last check. */
static SwVolume *
publish (Volume *v, const char *name, GError **error)
{
  SwVolume *pub = &v->pub;
  const size_t n = pub->n[0] * pub->n[1] * pub->n[2];
  double sum = 0, squares = 0;
  pub->min = pub->max = v->data[0];
  for (size_t i = 0; i < n; i++)
    {
      if (!isfinite (v->data[i]))
        {
          volume_free (v);
          return fail (error, SW_STRUCTURE_ERROR_COORDINATES, name,
                       _ ("it has values that are not numbers"));
        }
      pub->min = fminf (pub->min, v->data[i]);
      pub->max = fmaxf (pub->max, v->data[i]);
      sum += (double) v->data[i];
    }
  pub->mean = sum / (double) n;
  for (size_t i = 0; i < n; i++)
    squares += ((double) v->data[i] - pub->mean) * ((double) v->data[i] - pub->mean);
  pub->deviation = sqrt (squares / (double) n);
  sw_report_add (&v->report, SW_REPORT_READ, "grid", n,
                 /* Translators: three numbers of voxels and a length in angstrom */
                 _ ("%zu × %zu × %zu voxels of %.3g Å"), pub->n[2], pub->n[1], pub->n[0],
                 pub->spacing);
  if (pub->min == pub->max)
    sw_report_add (&v->report, SW_REPORT_WARNING, "flat", 1, _ ("All values are alike"));
  pub->report
      = (SwLoadReport){ v->report.items->len, (const SwReportItem *) v->report.items->data };
  return pub;
}

/* ---- CCP4/MRC ---- */

static uint32_t
word (const unsigned char *bytes, size_t w, bool swap)
{
  uint32_t value;
  memcpy (&value, bytes + 4 * (w - 1), 4);
  return swap ? __builtin_bswap32 (value) : value;
}

static bool
plausible (const unsigned char *bytes, bool swap)
{
  for (size_t w = 1; w <= 3; w++)
    if (word (bytes, w, swap) == 0 || word (bytes, w, swap) > 65536)
      return false;
  return word (bytes, 4, swap) <= 101;
}

/* Brings header and data to this machine's byte order, in place, and refuses what does not add up
 * before gemmi sees it: gemmi 0.5.7 allocates what the header claims, and swaps bytes of modes 1
 * and 6 after their conversion to float. */
static bool
prepare_map (
    unsigned char *bytes, size_t size, const char *name, size_t *ret_points, GError **error)
{
  bool swap;
  uint32_t mode, n_extra;
  size_t n_points, n_bytes, item;
  const uint16_t one = 1;
  const bool little = *(const unsigned char *) &one == 1;
  if (size < 1024)
    {
      fail (error, SW_STRUCTURE_ERROR_FORMAT, name,
            _ ("the map is cut short: its header has 1024 bytes"));
      return false;
    }
  swap = bytes[212] == 0x11 ? little : bytes[212] == 0x44 ? !little : !plausible (bytes, false);
  if (!plausible (bytes, swap) && plausible (bytes, !swap))
    swap = !swap;
  if (!plausible (bytes, swap))
    {
      fail (error, SW_STRUCTURE_ERROR_FORMAT, name, _ ("the map's dimensions make no sense"));
      return false;
    }
  mode = word (bytes, 4, swap);
  item = mode == 0 ? 1 : mode == 1 || mode == 6 ? 2 : mode == 2 ? 4 : 0;
  if (item == 0)
    {
      g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_UNSUPPORTED,
                   _ ("%s: a map of mode %u; modes 0, 1, 2 and 6 are read"), name, mode);
      return false;
    }
  n_extra = word (bytes, 24, swap);
  n_points = (size_t) word (bytes, 1, swap) * word (bytes, 2, swap) * word (bytes, 3, swap);
  if (n_extra > size - 1024 || n_extra % 4 != 0)
    {
      fail (error, SW_STRUCTURE_ERROR_FORMAT, name, _ ("the map's extended header makes no sense"));
      return false;
    }
  if (sw_mul (n_points, item, &n_bytes) != 0 || n_bytes > size - 1024 - n_extra)
    {
      g_set_error (
          error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_FORMAT,
          /* Translators: a file name, three dimensions, the size needed and the size there is, in
             bytes */
          _ ("%s: the map is cut short: %u × %u × %u values need %zu bytes, but there are %zu"),
          name, word (bytes, 1, swap), word (bytes, 2, swap), word (bytes, 3, swap), n_bytes,
          size - 1024 - n_extra);
      return false;
    }
  /* Two copies of float in the reader, one here, one more when resampled. */
  if (n_points > sw_memory_available () / 20)
    {
      fail (error, SW_STRUCTURE_ERROR_TOO_LARGE, name,
            _ ("there is not enough memory for this map"));
      return false;
    }
  if (swap)
    {
      /* Words 53 (MAP) and 57 to 256 (labels) are text. */
      for (size_t w = 1; w <= 56; w++)
        if (w != 53 && w != 54 && w != 27)
          {
            const uint32_t value = word (bytes, w, true);
            memcpy (bytes + 4 * (w - 1), &value, 4);
          }
      for (size_t i = 0; item > 1 && i < n_points; i++)
        {
          unsigned char *at = bytes + 1024 + n_extra + i * item;
          for (size_t j = 0; j < item / 2; j++)
            {
              const unsigned char keep = at[j];
              at[j] = at[item - 1 - j];
              at[item - 1 - j] = keep;
            }
        }
    }
  memcpy (bytes + 208, "MAP ", 4);
  memcpy (bytes + 212, little ? "\x44\x41\0\0" : "\x11\x11\0\0", 4);
  *ret_points = n_points;
  return true;
}

/* Smooths a row of the map in place; width in its own voxels. */
static void
smooth_rows (float *data,
             size_t n,
             size_t stride,
             size_t n_rows_a,
             size_t stride_a,
             size_t n_rows_b,
             size_t stride_b,
             double sigma,
             double *line)
{
  const long reach = (long) ceil (4 * sigma);
  for (size_t b = 0; b < n_rows_b; b++)
    for (size_t a = 0; a < n_rows_a; a++)
      {
        float *row = data + a * stride_a + b * stride_b;
        for (size_t i = 0; i < n; i++)
          {
            double sum = 0, weights = 0;
            for (long k = -reach; k <= reach; k++)
              if ((long) i + k >= 0 && (long) i + k < (long) n)
                {
                  const double w = exp (-(double) (k * k) / (2 * sigma * sigma));
                  sum += w * (double) row[((size_t) ((long) i + k)) * stride];
                  weights += w;
                }
            line[i] = sum / weights;
          }
        for (size_t i = 0; i < n; i++)
          row[i * stride] = (float) line[i];
      }
}

static void
catmull_rom (double t, double w[4])
{
  w[0] = 0.5 * (-t + 2 * t * t - t * t * t);
  w[1] = 0.5 * (2 - 5 * t * t + 3 * t * t * t);
  w[2] = 0.5 * (t + 4 * t * t - 3 * t * t * t);
  w[3] = 0.5 * (-t * t + t * t * t);
}

/* u: index along a b c. Outside the map 0; at its border the outermost values are repeated. */
static double
read_off (const float *data, const int n[3], const double u[3])
{
  double w[3][4], sum = 0;
  long first[3];
  for (int i = 0; i < 3; i++)
    {
      if (!(u[i] >= -1e-6 && u[i] <= n[i] - 1 + 1e-6))
        return 0;
      first[i] = (long) floor (u[i]);
      catmull_rom (u[i] - (double) first[i], w[i]);
    }
  for (int c = 0; c < 4; c++)
    for (int b = 0; b < 4; b++)
      {
        const long z = CLAMP (first[2] + c - 1, 0, n[2] - 1),
                   y = CLAMP (first[1] + b - 1, 0, n[1] - 1);
        const float *row = data + ((size_t) z * (size_t) n[1] + (size_t) y) * (size_t) n[0];
        double part = 0;
        for (int a = 0; a < 4; a++)
          part += w[0][a] * (double) row[CLAMP (first[0] + a - 1, 0, n[0] - 1)];
        sum += w[2][c] * w[1][b] * part;
      }
  return sum;
}

typedef struct
{
  double spacing[3];     /* of the map, along a b c */
  double to_space[3][3]; /* index to angstrom, without origin */
  double from_space[3][3];
  double origin[3];
  bool cubic; /* axes along x y z and one spacing */
} Frame;

static bool
invert (const double m[3][3], double out[3][3])
{
  const double det = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
                     - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
                     + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
  if (!(fabs (det) > 1e-12) || !isfinite (det))
    return false;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      {
        const int a = (j + 1) % 3, b = (j + 2) % 3, c = (i + 1) % 3, d = (i + 2) % 3;
        out[i][j] = (m[a][c] * m[b][d] - m[a][d] * m[b][c]) / det;
      }
  return true;
}

static bool
find_frame (const SwRawMap *raw, Frame *frame)
{
  bool uses_origin = false;
  frame->cubic = true;
  for (int i = 0; i < 3; i++)
    {
      double length = 0;
      if (raw->sampling[i] <= 0 || !isfinite (raw->origin[i]))
        return false;
      for (int j = 0; j < 3; j++)
        {
          frame->to_space[j][i] = raw->orth[j][i] / raw->sampling[i];
          length += frame->to_space[j][i] * frame->to_space[j][i];
        }
      frame->spacing[i] = sqrt (length);
      uses_origin = uses_origin || raw->origin[i] != 0;
    }
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      {
        const double expected = i == j ? frame->spacing[0] : 0;
        frame->cubic
            = frame->cubic && fabs (frame->to_space[i][j] - expected) < 1e-4 * frame->spacing[0];
      }
  /* As ChimeraX does: the ORIGIN words where they are set, NSTART otherwise. */
  for (int j = 0; j < 3; j++)
    {
      frame->origin[j] = uses_origin ? raw->origin[j] : 0;
      for (int i = 0; !uses_origin && i < 3; i++)
        frame->origin[j] += frame->to_space[j][i] * raw->start[i];
    }
  return invert (frame->to_space, frame->from_space);
}

static void
box_of (const SwRawMap *raw, const Frame *frame, double low[3], double high[3])
{
  for (int j = 0; j < 3; j++)
    {
      low[j] = high[j] = frame->origin[j];
      for (int i = 0; i < 3; i++)
        {
          const double side = frame->to_space[j][i] * (raw->n[i] - 1);
          low[j] += fmin (side, 0);
          high[j] += fmax (side, 0);
        }
    }
}

static SwVolume *
resample (const SwRawMap *raw,
          const Frame *frame,
          double spacing,
          const char *path,
          const char *name,
          GCancellable *cancellable,
          GError **error)
{
  double low[3], high[3];
  size_t n[3], n_voxels;
  const size_t n_source = (size_t) raw->n[0] * (size_t) raw->n[1] * (size_t) raw->n[2];
  float *source;
  double *line;
  Volume *v;

  box_of (raw, frame, low, high);
  for (int j = 0; j < 3; j++)
    {
      const double count = floor ((high[j] - low[j]) / spacing + 1e-6) + 1;
      if (!(count >= 1 && count <= 4096))
        return fail (error, SW_STRUCTURE_ERROR_TOO_LARGE, name,
                     _ ("at this spacing the map would have more than 4096 voxels along an edge"));
      n[2 - j] = (size_t) count;
    }
  if (sw_mul (n[0] * n[1], n[2], &n_voxels) != 0 || n_voxels > sw_memory_available () / 8)
    return fail (error, SW_STRUCTURE_ERROR_TOO_LARGE, name,
                 _ ("there is not enough memory for this map at this spacing"));
  v = volume_new (path, "CCP4/MRC", n);
  source = sw_alloc (n_source, sizeof *source);
  line = sw_alloc ((size_t) MAX (MAX (raw->n[0], raw->n[1]), raw->n[2]), sizeof *line);
  if (v == NULL || source == NULL || line == NULL)
    {
      volume_free (v);
      sw_free (source);
      sw_free (line);
      return fail (error, SW_STRUCTURE_ERROR_TOO_LARGE, name,
                   _ ("there is not enough memory for this map"));
    }
  memcpy (source, raw->data, n_source * sizeof *source);
  for (int i = 0; i < 3; i++)
    {
      const size_t strides[3] = { 1, (size_t) raw->n[0], (size_t) raw->n[0] * (size_t) raw->n[1] };
      const int a = (i + 1) % 3, b = (i + 2) % 3;
      const double q = spacing / frame->spacing[i];
      if (q > 1 + 1e-4)
        smooth_rows (source, (size_t) raw->n[i], strides[i], (size_t) raw->n[a], strides[a],
                     (size_t) raw->n[b], strides[b], 0.5 * sqrt (q * q - 1), line);
    }
  for (size_t z = 0; z < n[0]; z++)
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        {
          volume_free (v);
          v = NULL;
          break;
        }
      for (size_t y = 0; y < n[1]; y++)
        for (size_t x = 0; x < n[2]; x++)
          {
            const double at[3] = { low[0] + (double) x * spacing - frame->origin[0],
                                   low[1] + (double) y * spacing - frame->origin[1],
                                   low[2] + (double) z * spacing - frame->origin[2] };
            double u[3];
            for (int i = 0; i < 3; i++)
              u[i] = frame->from_space[i][0] * at[0] + frame->from_space[i][1] * at[1]
                     + frame->from_space[i][2] * at[2];
            v->data[(z * n[1] + y) * n[2] + x] = (float) read_off (source, raw->n, u);
          }
    }
  sw_free (source);
  sw_free (line);
  if (v == NULL)
    return NULL;
  v->pub.spacing = spacing;
  memcpy (v->pub.origin, low, sizeof low);
  v->pub.resampled = true;
  return &v->pub;
}

static SwVolume *
load_map (SwBytes *bytes,
          const char *path,
          const char *name,
          double spacing,
          GCancellable *cancellable,
          GError **error)
{
  SwRawMap raw = { 0 };
  Frame frame = { 0 };
  char message[SW_SHIM_TEXT];
  size_t n_points;
  SwVolume *volume = NULL;
  double own;

  if (!prepare_map (bytes->bytes, bytes->size, name, &n_points, error))
    return NULL;
  if (sw_shim_read_map ((const char *) bytes->bytes, bytes->size, &raw, message) != SW_SHIM_OK)
    return fail (error, SW_STRUCTURE_ERROR_FORMAT, name, message);
  for (size_t i = 0; i < n_points; i++)
    if (!isfinite (raw.data[i]))
      {
        sw_raw_map_free (&raw);
        return fail (error, SW_STRUCTURE_ERROR_COORDINATES, name,
                     _ ("it has values that are not numbers"));
      }
  if (!find_frame (&raw, &frame))
    {
      sw_raw_map_free (&raw);
      return fail (error, SW_STRUCTURE_ERROR_FORMAT, name,
                   _ ("the map's unit cell makes no sense"));
    }
  own = fmin (fmin (frame.spacing[0], frame.spacing[1]), frame.spacing[2]);
  if (spacing == 0)
    spacing = own;
  if (frame.cubic && fabs (spacing - own) < 1e-4 * own)
    {
      const size_t n[3] = { (size_t) raw.n[2], (size_t) raw.n[1], (size_t) raw.n[0] };
      Volume *v = volume_new (path, "CCP4/MRC", n);
      if (v != NULL)
        {
          memcpy (v->data, raw.data, n_points * sizeof *v->data);
          v->pub.spacing = own;
          memcpy (v->pub.origin, frame.origin, sizeof frame.origin);
          volume = &v->pub;
        }
      else
        fail (error, SW_STRUCTURE_ERROR_TOO_LARGE, name,
              _ ("there is not enough memory for this map"));
    }
  else
    volume = resample (&raw, &frame, spacing, path, name, cancellable, error);
  if (volume != NULL)
    {
      Volume *v = (Volume *) volume;
      for (int i = 0; i < 3; i++)
        {
          volume->source_spacing[i] = frame.spacing[i];
          volume->source_n[i] = (size_t) raw.n[i];
        }
      sw_report_add (&v->report, SW_REPORT_READ, "format", 1,
                     bytes->packed ? _ ("%s, gzipped") : "%s", "CCP4/MRC");
      if (volume->resampled)
        sw_report_add (
            &v->report, SW_REPORT_WARNING, "resampled", 1,
            /* Translators: numbers of voxels and spacings in angstrom along the axes of the cell */
            _ ("Resampled from %d × %d × %d points %.3g, %.3g and %.3g Å apart (Gaussian smoothing "
               "where coarser, cubic interpolation)"),
            raw.n[0], raw.n[1], raw.n[2], frame.spacing[0], frame.spacing[1], frame.spacing[2]);
      volume = publish (v, name, error);
    }
  sw_raw_map_free (&raw);
  return volume;
}

/* ---- NumPy ---- */

static SwVolume *
load_npy (const SwBytes *bytes, const char *path, const char *name, double spacing, GError **error)
{
  SwNpy array = { 0 };
  SwError fault = { 0 };
  size_t n[3];
  Volume *v;
  SwStatus status = sw_npy_parse (bytes->bytes, bytes->size, name, &array, &fault);
  if (status != SW_OK)
    {
      const bool named = strstr (fault.text, name) != NULL;
      g_set_error (error, SW_STRUCTURE_ERROR,
                   status == SW_ERROR_MEMORY ? SW_STRUCTURE_ERROR_TOO_LARGE
                                             : SW_STRUCTURE_ERROR_FORMAT,
                   named ? "%s%s" : "%s: %s", named ? "" : name, fault.text);
      return NULL;
    }
  if (!(array.n_dims == 3 || (array.n_dims == 4 && array.shape[0] == 1)) || array.n_items == 0
      || array.kind == 'S')
    {
      sw_npy_clear (&array);
      return fail (error, SW_STRUCTURE_ERROR_UNSUPPORTED, name,
                   _ ("a volume is an array of numbers with three dimensions (z, y, x)"));
    }
  memcpy (n, array.shape + (array.n_dims - 3), sizeof n);
  v = volume_new (path, "NumPy", n);
  if (v == NULL)
    {
      sw_npy_clear (&array);
      return fail (error, SW_STRUCTURE_ERROR_TOO_LARGE, name,
                   _ ("there is not enough memory for this volume"));
    }
  for (size_t i = 0; i < array.n_items; i++)
    v->data[i] = (float) sw_npy_get (&array, i);
  sw_npy_clear (&array);
  v->pub.spacing = spacing == 0 ? 1 : spacing;
  for (int i = 0; i < 3; i++)
    {
      v->pub.source_spacing[i] = v->pub.spacing;
      v->pub.source_n[i] = n[2 - i];
    }
  sw_report_add (&v->report, SW_REPORT_READ, "format", 1, "NumPy");
  return publish (v, name, error);
}

/* ---- public ---- */

static SwVolume *
load (SwBytes *bytes,
      const char *path,
      const char *name,
      const SwVolumeOptions *options,
      GCancellable *cancellable,
      GError **error)
{
  const SwFormat *format = sw_format_sniff (bytes->bytes, bytes->size);
  const double spacing = options != NULL ? options->spacing : 0;
  if (!(spacing >= 0) || !isfinite (spacing))
    return fail (error, SW_STRUCTURE_ERROR_OPTIONS, name,
                 _ ("the voxel spacing must be above zero"));
  if (bytes->size == 0)
    return fail (error, SW_STRUCTURE_ERROR_EMPTY, name, _ ("the file is empty"));
  if (format != NULL && strcmp (format->id, "ccp4") == 0)
    return load_map (bytes, path, name, spacing, cancellable, error);
  if (format != NULL && strcmp (format->id, "npy") == 0)
    return load_npy (bytes, path, name, spacing, error);
  if (format == NULL)
    return fail (error, SW_STRUCTURE_ERROR_FORMAT, name,
                 _ ("this is neither a CCP4/MRC map nor a NumPy array"));
  g_set_error (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_UNSUPPORTED,
               /* Translators: a file name, the name of its format, a hint or nothing */
               _ ("%s is not a CCP4/MRC map or NumPy array but: %s. %s"), name, _ (format->name),
               format->advice != NULL ? _ (format->advice) : "");
  return NULL;
}

SwVolume *
sw_volume_load (const char *path,
                const SwVolumeOptions *options,
                GCancellable *cancellable,
                GError **error)
{
  SwBytes bytes;
  SwVolume *volume;
  g_autofree char *name = NULL;
  g_return_val_if_fail (path != NULL, NULL);
  if (!sw_bytes_read (path, cancellable, &bytes, error))
    return NULL;
  name = g_filename_display_name (path);
  volume = load (&bytes, path, name, options, cancellable, error);
  sw_bytes_clear (&bytes);
  return volume;
}

SwVolume *
sw_volume_load_bytes (const void *data,
                      size_t size,
                      const char *name,
                      const SwVolumeOptions *options,
                      GCancellable *cancellable,
                      GError **error)
{
  SwBytes bytes;
  SwVolume *volume;
  g_return_val_if_fail (name != NULL, NULL);
  if (!sw_bytes_unpack (data, size, name, cancellable, &bytes, error))
    return NULL;
  volume = load (&bytes, "", name, options, cancellable, error);
  sw_bytes_clear (&bytes);
  return volume;
}

bool
sw_map_write_ccp4 (const char *path,
                   const float *grid,
                   const size_t n[3],
                   double spacing,
                   const double origin[3],
                   GError **error)
{
  const size_t reversed[3] = { n[2], n[1], n[0] };
  SwFileWriter *writer;
  SwError fault = { 0 };
  char message[SW_SHIM_TEXT];
  g_return_val_if_fail (path != NULL && grid != NULL, false);
  for (int i = 0; i < 3; i++)
    if (n[i] == 0 || n[i] > 65536 || !(spacing > 0) || !isfinite (origin[i]))
      {
        fail (error, SW_STRUCTURE_ERROR_OPTIONS, path,
              _ ("a map needs voxels, a spacing and an origin"));
        return false;
      }
  if (sw_file_writer_new (path, &writer, &fault) != SW_OK)
    {
      g_set_error_literal (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_IO, fault.text);
      return false;
    }
  if (sw_shim_write_map (sw_file_writer_path (writer), grid, reversed, spacing, origin, message)
      != SW_SHIM_OK)
    {
      sw_file_writer_abort (writer);
      fail (error, SW_STRUCTURE_ERROR_IO, path, message);
      return false;
    }
  if (sw_file_writer_commit (writer, &fault) != SW_OK)
    {
      g_set_error_literal (error, SW_STRUCTURE_ERROR, SW_STRUCTURE_ERROR_IO, fault.text);
      return false;
    }
  return true;
}
