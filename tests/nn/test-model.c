/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights files: what is written is read back bit for bit, and no hostile file gets past the reader. */
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "nn/model.h"
#include "nn/safetensors.h"

static char *folder;

static SwNetwork *
load (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".json", NULL);
  g_autofree char *path = g_build_filename (g_getenv ("SW_DATADIR"), "networks", file, NULL);
  SwNetwork *network = NULL;
  SwError error = { 0 };
  g_assert_cmpint (sw_network_read (path, &network, &error), ==, SW_OK);
  return network;
}

static void
test_round_trip (void)
{
  static const char *const names[] = { "quick", "quick-cnn", "tetris" };
  g_autofree char *path = g_build_filename (folder, "w.safetensors", NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    {
      SwNetwork *network = load (names[i]);
      SwModel *model, *back;
      SwError error = { 0 };
      g_assert_cmpint (sw_model_new (network, 3, &model, &error), ==, SW_OK);
      for (size_t k = 0; k < network->n_buffers; k++)
        model->buffers[k] = (real) k / 7;
      model->training = strdup ("{\"epochs\": 1}");
      model->calibrated = true;
      g_assert_cmpint (sw_model_write (model, path, &error), ==, SW_OK);
      /* With and without the network given: the file knows its own. */
      for (int own = 0; own < 2; own++)
        {
          g_assert_cmpint (sw_model_read (path, own ? NULL : network, &back, &error), ==, SW_OK);
          g_assert_cmpmem (back->parameters, network->n_parameters * sizeof (real), model->parameters,
                           network->n_parameters * sizeof (real));
          g_assert_cmpmem (back->buffers, network->n_buffers * sizeof (real), model->buffers, network->n_buffers * sizeof (real));
          g_assert_cmpstr (back->training, ==, model->training);
          g_assert_true (back->calibrated);
          g_assert_cmpstr (back->network->name, ==, names[i]);
          sw_model_free (back);
        }
      sw_model_free (model);
      sw_network_unref (network);
    }
  g_remove (path);
}

/* The seed decides; weights of a steerable convolution are N(0,1). */
static void
test_initial (void)
{
  SwNetwork *network = load ("tetris");
  SwModel *a, *b, *c;
  SwError error;
  double sum = 0, square = 0;
  const SwLayer *conv = &network->layers[sw_network_find (network, "block3.conv")];
  g_assert_cmpint (sw_model_new (network, 5, &a, &error), ==, SW_OK);
  g_assert_cmpint (sw_model_new (network, 5, &b, &error), ==, SW_OK);
  g_assert_cmpint (sw_model_new (network, 6, &c, &error), ==, SW_OK);
  g_assert_cmpmem (a->parameters, network->n_parameters * sizeof (real), b->parameters, network->n_parameters * sizeof (real));
  g_assert_cmpint (memcmp (a->parameters, c->parameters, network->n_parameters * sizeof (real)), !=, 0);
  for (size_t i = 0; i < conv->n_weights; i++)
    {
      const double w = (double) a->parameters[conv->weight_offset + i];
      sum += w;
      square += w * w;
    }
  g_assert_cmpfloat (fabs (sum / (double) conv->n_weights), <, 5 / sqrt ((double) conv->n_weights));
  g_assert_cmpfloat (fabs (square / (double) conv->n_weights - 1), <, 5 * sqrt (2.0 / (double) conv->n_weights));
  sw_model_free (a);
  sw_model_free (b);
  sw_model_free (c);
  sw_network_unref (network);
}

static void
test_other_network (void)
{
  g_autofree char *path = g_build_filename (folder, "w.safetensors", NULL);
  SwNetwork *quick = load ("quick"), *tetris = load ("tetris");
  SwModel *model, *back = NULL;
  SwError error = { 0 };
  g_assert_cmpint (sw_model_new (quick, 1, &model, &error), ==, SW_OK);
  g_assert_cmpint (sw_model_write (model, path, &error), ==, SW_OK);
  g_assert_cmpint (sw_model_read (path, tetris, &back, &error), ==, SW_ERROR_INVALID);
  g_assert_null (back);
  g_assert_nonnull (strstr (error.text, path));
  g_assert_nonnull (strstr (error.text, "block1.conv.weight"));
  sw_model_free (model);
  sw_network_unref (quick);
  sw_network_unref (tetris);
  g_remove (path);
}

/* header with a length in front and n bytes of data behind */
static SwStatus
parse (const char *header, uint64_t length, size_t n_data, SwError *error)
{
  const size_t n = strlen (header);
  g_autofree unsigned char *bytes = g_malloc0 (8 + n + n_data);
  SwTensorFile *file = NULL;
  SwStatus status;
  for (int i = 0; i < 8; i++)
    bytes[i] = (unsigned char) (length >> (8 * i));
  memcpy (bytes + 8, header, n);
  status = sw_tensor_file_parse (bytes, 8 + n + n_data, "h", &file, error);
  g_assert_true ((file != NULL) == (status == SW_OK));
  sw_tensor_file_free (file);
  return status;
}

static void
test_hostile (void)
{
  static const struct
  {
    const char *header, *message;
    size_t n_data;
  } cases[] = {
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", NULL, 8 },
    { "{}", NULL, 0 },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", "outside", 4 },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", "spans 8", 8 },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", "outside", 8 },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", "outside", 8 },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", "shape", 8 },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,8]}}", "shape", 8 },
    { "{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]}}", "F64", 8 },
    { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
      "overlap", 12 },
    { "{\"a\":7}", "no valid dtype", 8 },
    { "[]", "no JSON object", 0 },
    { "{\"a\"", "no JSON object", 0 },
  };
  SwError error = { 0 };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const SwStatus status = parse (cases[i].header, strlen (cases[i].header), cases[i].n_data, &error);
      if (cases[i].message == NULL)
        g_assert_cmpint (status, ==, SW_OK);
      else
        {
          g_assert_cmpint (status, !=, SW_OK);
          g_assert_nonnull (strstr (error.text, cases[i].message));
        }
    }
  g_assert_cmpint (parse ("{}", 3, 0, &error), ==, SW_ERROR_FORMAT);
  g_assert_cmpint (parse ("{}", UINT64_MAX, 0, &error), ==, SW_ERROR_FORMAT);
  g_assert_cmpint (parse ("{}", (uint64_t) 101 << 20, 0, &error), ==, SW_ERROR_FORMAT);
}

/* Every float16 comes back as itself; between two neighbours the nearer is taken, of equals the even one; BF16 is the upper half of
 * a float32. */
static void
test_half (void)
{
  g_autofree char *path = g_build_filename (folder, "h.safetensors", NULL);
  enum { N = 31744 }; /* finite positive float16 */
  g_autofree float *numbers = g_new (float, 2 * N);
  SwTensorFile *file;
  SwError error = { 0 };
  for (int i = 0; i < N; i++)
    {
      /* By the definition of the format. */
      const int exponent = i >> 10, fraction = i & 1023;
      numbers[i] = exponent == 0 ? ldexpf ((float) fraction, -24) : ldexpf (1024.0f + (float) fraction, exponent - 25);
      numbers[N + i] = -numbers[i];
    }
  g_assert_cmpfloat (numbers[N - 1], ==, 65504);
  SwTensor tensors[3] = { { .name = "half", .n_dims = 1, .shape = { 2 * N }, .data = numbers, .half = true } };
  g_assert_cmpint (sw_tensor_file_write (path, 1, tensors, 0, NULL, &error), ==, SW_OK);
  g_assert_cmpint (sw_tensor_file_read (path, &file, &error), ==, SW_OK);
  g_assert_cmpmem (sw_tensor_file_get (file, 0)->data, 2 * N * sizeof (float), numbers, 2 * N * sizeof (float));
  sw_tensor_file_free (file);

  for (int trial = 0; trial < 600; trial++)
    {
      const int i = g_test_rand_int_range (0, trial % 2 == 0 ? N - 2 : 1100), at = trial % 3; /* below, on and above the middle */
      const float low = numbers[i], high = numbers[i + 1], middle = 0.5f * (low + high), sign = trial % 4 < 2 ? 1 : -1;
      const float nearest = at == 0 || (at == 1 && i % 2 == 0) ? low : high;
      const float two[2] = { sign * (at == 0 ? nextafterf (middle, low) : at == 1 ? middle : nextafterf (middle, high)), 0 };
      tensors[0] = (SwTensor){ .name = "half", .n_dims = 1, .shape = { 2 }, .data = two, .half = true };
      g_assert_cmpint (sw_tensor_file_write (path, 1, tensors, 0, NULL, &error), ==, SW_OK);
      g_assert_cmpint (sw_tensor_file_read (path, &file, &error), ==, SW_OK);
      g_assert_cmpfloat (sw_tensor_file_get (file, 0)->data[0], ==, sign * nearest);
      sw_tensor_file_free (file);
    }

  /* One that is too large keeps its tensor whole; all are where they belong. */
  const float odd[3] = { 1.5f, 2.5f, 3.5f }, large[2] = { 1.1f, 65505 }, even[2] = { 1.5f, -2.25f };
  tensors[0] = (SwTensor){ .name = "odd", .n_dims = 1, .shape = { 3 }, .data = odd, .half = true };
  tensors[1] = (SwTensor){ .name = "even", .n_dims = 1, .shape = { 2 }, .data = even, .half = true };
  tensors[2] = (SwTensor){ .name = "large", .n_dims = 1, .shape = { 2 }, .data = large, .half = true };
  g_assert_cmpint (sw_tensor_file_write (path, 3, tensors, 0, NULL, &error), ==, SW_OK);
  g_assert_cmpint (sw_tensor_file_read (path, &file, &error), ==, SW_OK);
  g_assert_cmpmem (sw_tensor_file_find (file, "odd")->data, sizeof odd, odd, sizeof odd);
  g_assert_cmpmem (sw_tensor_file_find (file, "even")->data, sizeof even, even, sizeof even);
  g_assert_cmpmem (sw_tensor_file_find (file, "large")->data, sizeof large, large, sizeof large);
  sw_tensor_file_free (file);
  g_remove (path);

  /* 1, -2.5 and infinity. */
  static const char header[] = "{\"a\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[0,6]}}";
  unsigned char bytes[8 + sizeof header - 1 + 6] = { sizeof header - 1 };
  memcpy (bytes + 8, header, sizeof header - 1);
  memcpy (bytes + 8 + sizeof header - 1, "\x80\x3f\x20\xc0\x80\x7f", 6);
  g_assert_cmpint (sw_tensor_file_parse (bytes, sizeof bytes, "b", &file, &error), ==, SW_OK);
  g_assert_cmpfloat (sw_tensor_file_get (file, 0)->data[0], ==, 1);
  g_assert_cmpfloat (sw_tensor_file_get (file, 0)->data[1], ==, -2.5f);
  g_assert_true (isinf (sw_tensor_file_get (file, 0)->data[2]));
  sw_tensor_file_free (file);
}

/* A model of half the size computes nearly the same. */
static void
test_half_model (void)
{
  g_autofree char *path = g_build_filename (folder, "w.safetensors", NULL), *text = NULL;
  SwNetwork *network = load ("quick");
  SwModel *model, *back;
  SwError error = { 0 };
  gsize whole, half;
  double worst = 0;
  g_assert_cmpint (sw_model_new (network, 1, &model, &error), ==, SW_OK);
  g_assert_cmpint (sw_model_write (model, path, &error), ==, SW_OK);
  g_assert_true (g_file_get_contents (path, &text, &whole, NULL));
  g_free (text);
  model->half = true;
  g_assert_cmpint (sw_model_write (model, path, &error), ==, SW_OK);
  g_assert_true (g_file_get_contents (path, &text, &half, NULL));
  g_assert_cmpuint (whole - half, >, network->n_parameters / 2);
  g_assert_cmpint (sw_model_read (path, network, &back, &error), ==, SW_OK);
  for (size_t i = 0; i < network->n_parameters; i++)
    worst = fmax (worst, fabs ((double) back->parameters[i] - (double) model->parameters[i])
                             / fmax (fabs ((double) model->parameters[i]), 0x1p-14));
  g_assert_cmpfloat (worst, >, 0);
  g_assert_cmpfloat (worst, <=, 0x1p-11);
  /* What was small stays small, bit for bit. */
  gsize again;
  g_autofree char *first = g_steal_pointer (&text);
  g_assert_true (back->half);
  g_assert_cmpint (sw_model_write (back, path, &error), ==, SW_OK);
  g_assert_true (g_file_get_contents (path, &text, &again, NULL));
  g_assert_cmpmem (text, again, first, half);
  sw_model_free (model);
  sw_model_free (back);
  sw_network_unref (network);
  g_remove (path);
}

/* Every allocation in turn fails; nothing leaks (address sanitizer), the file stays as it was. */
static void
test_no_memory (void)
{
  SwNetwork *network = load ("quick");
  g_autofree char *path = g_build_filename (folder, "w.safetensors", NULL);
  SwModel *model;
  SwError error = { 0 };
  SwStatus status = SW_ERROR_MEMORY;
  g_assert_cmpint (sw_model_new (network, 1, &model, &error), ==, SW_OK);
  g_assert_cmpint (sw_model_write (model, path, &error), ==, SW_OK);
  sw_model_free (model);
  for (size_t n = 1; status == SW_ERROR_MEMORY; n++)
    {
      g_assert_cmpuint (n, <, 1000);
      sw_memory_fail_after (n);
      status = sw_model_read (path, network, &model, &error);
      if (status == SW_OK)
        {
          status = sw_model_write (model, path, &error);
          sw_model_free (model);
        }
      sw_memory_fail_after (0);
    }
  g_assert_cmpint (status, ==, SW_OK);
  sw_network_unref (network);
  g_remove (path);
}

int
main (int argc, char **argv)
{
  int result;
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("swivel-model-XXXXXX", NULL);
  g_test_add_func ("/nn/model/round-trip", test_round_trip);
  g_test_add_func ("/nn/model/initial", test_initial);
  g_test_add_func ("/nn/model/other-network", test_other_network);
  g_test_add_func ("/nn/model/hostile", test_hostile);
  g_test_add_func ("/nn/model/half", test_half);
  g_test_add_func ("/nn/model/half-model", test_half_model);
  g_test_add_func ("/nn/model/no-memory", test_no_memory);
  result = g_test_run ();
  g_rmdir (folder);
  g_free (folder);
  return result;
}
