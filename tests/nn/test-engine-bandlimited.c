/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The band-limited engine: cube rotations at every layer, and gradients along random directions (double). */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/engine-private.h"
#include "so3/rotation.h"
#include "so3/wigner.h"

#define LAYERS_MAX 24

typedef struct
{
  SwNetwork network;
  SwLayer layers[LAYERS_MAX];
  SwModel model;
} Net;

static SwFieldType
type_of (const char *text)
{
  SwFieldType type;
  SwError error;
  if (text[0] == 0)
    return (SwFieldType){ 0 };
  g_assert_cmpint (sw_field_type_parse (text, &type, &error), ==, SW_OK);
  return type;
}

static int
add (Net *net, SwLayerKind kind, int from, const char *out, unsigned kernel, unsigned stride)
{
  const int i = (int) net->network.n_layers++;
  SwLayer *layer = &net->layers[i];
  const SwLayer *source = from >= 0 ? &net->layers[from] : NULL;
  *layer = (SwLayer){ .kind = kind, .input = { from, -1 }, .kernel = kernel, .stride = stride, .act = SW_ACT_RELU,
                      .gate_act = SW_ACT_SIGMOID, .momentum = 0.1, .epsilon = 1e-5, .scale = 2, .folded_batchnorm = -1,
                      .probability = 0.3 };
  g_snprintf (layer->name, sizeof layer->name, "layer%d", i);
  layer->in = source != NULL ? source->out : net->network.input;
  layer->out = out != NULL ? type_of (out) : layer->in;
  layer->stride_in = source != NULL ? source->stride_out : 1;
  layer->stride_out = layer->stride_in * stride;
  if (kind == SW_LAYER_CONV)
    for (size_t o = 0; o < layer->out.n_parts; o++)
      for (size_t p = 0; p < layer->in.n_parts; p++)
        {
          SwBasisSpec spec;
          g_assert_cmpint (sw_basis_spec_init (&spec, layer->out.parts[o].l, layer->in.parts[p].l, kernel, layer->rule, NULL), ==, SW_OK);
          layer->n_weights += (size_t) layer->out.parts[o].copies * layer->in.parts[p].copies * spec.n_elements;
        }
  if (kind == SW_LAYER_LINEAR)
    {
      layer->n_biases = sw_field_type_dim (&layer->out);
      layer->n_weights = layer->n_biases * sw_field_type_dim (&layer->in);
    }
  if (kind == SW_LAYER_GATE)
    layer->n_biases = layer->in.parts[layer->in.n_parts - 1].copies + (layer->out.parts[0].l == 0 ? layer->out.parts[0].copies : 0);
  if (kind == SW_LAYER_NORM_ACT)
    layer->n_biases = sw_field_type_gates (&layer->out);
  if (kind == SW_LAYER_SCALAR_ACT)
    layer->n_biases = sw_field_type_copies (&layer->out);
  if (kind == SW_LAYER_BATCHNORM)
    {
      layer->n_variances = sw_field_type_copies (&layer->in);
      layer->n_means = layer->n_variances - sw_field_type_gates (&layer->in);
    }
  layer->weight_offset = net->network.n_parameters;
  layer->bias_offset = layer->weight_offset + layer->n_weights;
  net->network.n_parameters = layer->bias_offset + layer->n_biases;
  layer->buffer_offset = net->network.n_buffers;
  net->network.n_buffers += layer->n_means + layer->n_variances;
  return i;
}

static void
finish (Net *net, uint64_t seed)
{
  SwRandom random;
  sw_random_init (&random, seed);
  net->network.layers = net->layers;
  net->network.n_outputs = sw_field_type_dim (&net->layers[net->network.n_layers - 1].out);
  net->model.network = &net->network;
  net->model.parameters = SW_NEW (real, net->network.n_parameters + 1);
  net->model.buffers = SW_NEW0 (real, net->network.n_buffers + 1);
  for (size_t i = 0; i < net->network.n_parameters; i++)
    net->model.parameters[i] = (real) sw_random_normal (&random);
  for (size_t i = 0; i < net->network.n_layers; i++)
    for (size_t j = 0; j < net->layers[i].n_variances; j++)
      net->model.buffers[net->layers[i].buffer_offset + net->layers[i].n_means + j] = 1;
}

/* roomy: larger boxes for the coarse resolutions, finer grids for the nonlinearities, an early roll-off. */
static void
build (Net *net, unsigned size, bool roomy, uint64_t seed)
{
  memset (net, 0, sizeof *net);
  net->network.input = type_of ("1x0");
  net->network.size = size;
  net->network.w_max = 2.2;
  net->network.rolloff = roomy ? 0.6 : 0.85;
  net->network.n_oversampling = roomy ? 2 : 1;
  net->network.oversampling[0] = roomy ? 1.25 : 1;
  net->network.oversampling[1] = 1.1;
  net->network.n_boxes = roomy ? 2 : 0;
  net->network.boxes[0] = (size + 9) / 4 * 4;
  net->network.boxes[1] = (size + 25) / 4 * 4;
  int at = add (net, SW_LAYER_LOWPASS, -1, NULL, 0, 1);
  at = add (net, SW_LAYER_CONV, at, "2x0+3x1+2x2+1x3+6x0", 5, 1);
  at = add (net, SW_LAYER_GATE, at, "2x0+3x1+2x2+1x3", 0, 1);
  at = add (net, SW_LAYER_LOWPASS, at, NULL, 0, 2);
  const int shortcut = at;
  at = add (net, SW_LAYER_BATCHNORM, at, NULL, 0, 1);
  at = add (net, SW_LAYER_CONV, at, "3x0+2x1+1x2+3x0", 3, 1);
  at = add (net, SW_LAYER_GATE, at, "3x0+2x1+1x2", 0, 1);
  /* one dropout whose input is read again, and one that can work in place */
  const int gated = at;
  at = add (net, SW_LAYER_DROPOUT, at, NULL, 0, 1);
  at = add (net, SW_LAYER_ADD, at, NULL, 0, 1);
  net->layers[at].input[1] = gated;
  at = add (net, SW_LAYER_CONV, at, "2x0+3x1+2x2+1x3", 3, 1);
  at = add (net, SW_LAYER_DROPOUT, at, NULL, 0, 1);
  const int branch = at;
  at = add (net, SW_LAYER_ADD, branch, NULL, 0, 1);
  net->layers[at].input[1] = shortcut;
  at = add (net, SW_LAYER_NORM_ACT, at, NULL, 0, 1);
  at = add (net, SW_LAYER_AVGPOOL, at, NULL, 0, 2);
  at = add (net, SW_LAYER_CONV, at, "5x0", 3, 1);
  at = add (net, SW_LAYER_SCALAR_ACT, at, NULL, 0, 1);
  at = add (net, SW_LAYER_GLOBAL_POOL, at, NULL, 0, 1);
  add (net, SW_LAYER_LINEAR, at, "4x0", 0, 1);
  finish (net, seed);
}

static void
clear (Net *net)
{
  sw_free (net->model.parameters);
  sw_free (net->model.buffers);
}

static void
fill (size_t n, uint64_t seed, const double *rotation, real *grid)
{
  SwRandom random;
  sw_random_init (&random, seed);
  double points[12][3];
  for (size_t i = 0; i < 12; i++)
    for (size_t j = 0; j < 3; j++)
      points[i][j] = (sw_random_uniform (&random) - 0.5) * (double) n * 0.17; /* nothing at the border of an even grid, which has no mirror image */
  const double c = (double) (n / 2);
  for (size_t z = 0; z < n; z++)
    for (size_t y = 0; y < n; y++)
      for (size_t x = 0; x < n; x++)
        {
          double sum = 0;
          for (size_t i = 0; i < 12; i++)
            {
              double p[3];
              sw_rotation_apply (rotation, points[i], p);
              const double d[3] = { (double) x - c - p[0], (double) y - c - p[1], (double) z - c - p[2] };
              sum += exp (-0.5 * (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]));
            }
          grid[(z * n + y) * n + x] = (real) sum;
        }
}

/* |f'(R y) - D f(y)| / |f|, y over voxels whose image is a voxel. */
static double
rotation_error (const SwFieldType *type, size_t n, const double *rotation, const real *f, const real *g)
{
  const size_t dim = sw_field_type_dim (type), voxels = n * n * n;
  const int c = (int) (n / 2);
  double difference = 0, size = 1e-300;
  double *a = g_new (double, dim), *b = g_new (double, dim);
  for (size_t v = 0; v < voxels; v++)
    {
      const double p[3] = { (int) (v % n) - c, (int) (v / n % n) - c, (int) (v / n / n) - c };
      double q[3];
      sw_rotation_apply (rotation, p, q);
      const int x = (int) lround (q[0]) + c, y = (int) lround (q[1]) + c, z = (int) lround (q[2]) + c, e = (int) n;
      if (x < 0 || y < 0 || z < 0 || x >= e || y >= e || z >= e)
        continue;
      for (size_t i = 0; i < dim; i++)
        a[i] = (double) f[i * voxels + v];
      sw_wigner_apply (type, rotation, a, b);
      for (size_t i = 0; i < dim; i++)
        {
          const double d = (double) g[i * voxels + ((size_t) z * n + (size_t) y) * n + (size_t) x] - b[i];
          difference += d * d;
          size += b[i] * b[i];
        }
    }
  g_free (a);
  g_free (b);
  return sqrt (difference / size);
}

static void
test_cube (gconstpointer data)
{
  const unsigned n = GPOINTER_TO_UINT (data) % 1000;
  const bool roomy = GPOINTER_TO_UINT (data) >= 1000;
  Net net;
  SwError error = { 0 };
  void *engine = NULL;
  build (&net, n, roomy, 5);
  const SwRunOptions options = { .keep_fields = true };
  const SwEngineTable *table = &sw_engine_bandlimited;
  if (table->new (&net.model, &options, &engine, &error) != SW_OK)
    g_error ("%s", error.text);
  const size_t voxels = (size_t) n * n * n, n_layers = net.network.n_layers;
  real *input = g_new (real, voxels), **before = g_new0 (real *, n_layers);
  double r[9], worst = 0;
  for (unsigned q = 0; q < SW_ROTATION_N_CUBE; q += n > 20 ? 5 : 1)
    {
      sw_rotation_cube (q, r);
      fill (n, 3, r, input);
      g_assert_cmpint (table->forward (engine, input, NULL, &error), ==, SW_OK);
      for (size_t i = 0; i < n_layers; i++)
        {
          const SwLayerResult *result = table->result (engine, i);
          const size_t dim = sw_field_type_dim (&result->fields), size = dim * result->size * result->size * result->size;
          real *field = g_new (real, size);
          g_assert_cmpint (table->field (engine, i, field, &error), ==, SW_OK);
          double sum = 0;
          for (size_t j = 0; j < size; j++)
            sum += (double) field[j] * (double) field[j];
          sum = sqrt (sum / (double) (size / dim));
          double norm = 0;
          for (size_t l = 0; l <= SW_FIELD_L_MAX; l++)
            norm += result->norm[l] * result->norm[l];
          g_assert_cmpfloat (fabs (sum - sqrt (norm)), <=, 1e-4 * sum);
          if (q == 0)
            {
              before[i] = field;
              continue;
            }
          const double e = rotation_error (&result->fields, result->size, r, before[i], field);
          /* empty room makes fields small beside the largest values, hence rounding larger; in double it is 1e-11 */
          g_assert_cmpfloat (e, <, roomy ? 3e-5 : 1e-5);
          worst = fmax (worst, e);
          g_free (field);
        }
    }
  g_test_message ("size %u: worst error of a cube rotation at any layer %.2g", n, worst);
  for (size_t i = 0; i < n_layers; i++)
    g_free (before[i]);
  g_free (before);
  g_free (input);
  table->free (engine);
  clear (&net);
}

/* Without keep_fields places are shared; the output must not know. */
static void
test_places (void)
{
  Net net;
  SwError error = { 0 };
  build (&net, 18, true, 9);
  real *input = g_new (real, 18 * 18 * 18), output[2][4];
  const double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
  fill (18, 3, identity, input);
  for (int keep = 0; keep < 2; keep++)
    {
      void *engine = NULL;
      const SwRunOptions options = { .keep_fields = keep != 0 };
      g_assert_cmpint (sw_engine_bandlimited.new (&net.model, &options, &engine, &error), ==, SW_OK);
      for (int again = 0; again < 2; again++)
        g_assert_cmpint (sw_engine_bandlimited.forward (engine, input, NULL, &error), ==, SW_OK);
      memcpy (output[keep], sw_engine_bandlimited.output (engine), sizeof output[0]);
      sw_engine_bandlimited.free (engine);
    }
  g_assert_cmpmem (output[0], sizeof output[0], output[1], sizeof output[1]);
  g_free (input);
  clear (&net);
}

#ifdef SW_DOUBLE
typedef struct
{
  Net net;
  void *engine;
  size_t n_batch;
  real *input;
  real *weights; /* of the loss: [n_batch][n_outputs] */
} Trial;

static double
loss_of (Trial *trial)
{
  SwRandom random;
  SwError error;
  sw_random_init (&random, 77);
  g_assert_cmpint (sw_engine_bandlimited.update (trial->engine, &error), ==, SW_OK);
  g_assert_cmpint (sw_engine_bandlimited.forward_train (trial->engine, trial->n_batch, trial->input, &random, false, NULL, &error), ==, SW_OK);
  const real *out = sw_engine_bandlimited.train_output (trial->engine);
  double loss = 0;
  for (size_t i = 0; i < trial->n_batch * trial->net.network.n_outputs; i++)
    loss += trial->weights[i] * out[i];
  return loss;
}

/* Slope of the loss along `direction` added to `at`. */
static double
slope_of (Trial *trial, size_t n, real *at, const real *direction, double h)
{
  double value[2];
  real *saved = g_memdup2 (at, n * sizeof (real));
  for (int side = 0; side < 2; side++)
    {
      for (size_t i = 0; i < n; i++)
        at[i] = saved[i] + (side == 0 ? -h : h) * direction[i];
      value[side] = loss_of (trial);
    }
  memcpy (at, saved, n * sizeof (real));
  g_free (saved);
  return (value[1] - value[0]) / (2 * h);
}

static void
check_slope (Trial *trial, const char *name, size_t n, real *at, const real *gradient, SwRandom *random, double h)
{
  real *direction = g_new (real, n);
  double expected = 0, scale = 0;
  for (size_t i = 0; i < n; i++)
    {
      direction[i] = sw_random_normal (random);
      expected += direction[i] * gradient[i];
      scale += fabs (direction[i] * gradient[i]);
    }
  const double slope = slope_of (trial, n, at, direction, h);
  g_test_message ("%s: slope %.9g, gradient %.9g", name, slope, expected);
  g_assert_cmpfloat (fabs (slope - expected), <=, 1e-6 * scale + 1e-12);
  g_assert_cmpfloat (scale, >, 0);
  g_free (direction);
}

static void
test_gradient (gconstpointer data)
{
  const bool plain = GPOINTER_TO_INT (data) == 1, roomy = GPOINTER_TO_INT (data) == 2;
  const size_t n = 12, voxels = n * n * n;
  Trial trial = { .n_batch = 2 };
  SwError error = { 0 };
  SwRandom random;
  sw_random_init (&random, 11);
  build (&trial.net, (unsigned) n, roomy, 4);
  /* smooth, so that differences see a slope */
  for (size_t i = 0; i < trial.net.network.n_layers; i++)
    trial.net.layers[i].act = SW_ACT_SOFTPLUS;
  const SwRunOptions options = { .train_batch = 2, .plain_stride = plain };
  if (sw_engine_bandlimited.new (&trial.net.model, &options, &trial.engine, &error) != SW_OK)
    g_error ("%s", error.text);
  trial.input = g_new (real, 2 * voxels);
  const double identity[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
  fill (n, 1, identity, trial.input);
  fill (n, 2, identity, trial.input + voxels);
  trial.weights = g_new (real, 2 * trial.net.network.n_outputs);
  for (size_t i = 0; i < 2 * trial.net.network.n_outputs; i++)
    trial.weights[i] = sw_random_normal (&random);
  real *gradient = g_new0 (real, trial.net.network.n_parameters), *d_input = g_new0 (real, 2 * voxels);
  loss_of (&trial);
  g_assert_cmpint (sw_engine_bandlimited.backward (trial.engine, trial.weights, gradient, d_input, NULL, &error), ==, SW_OK);
  for (size_t i = 0; i < trial.net.network.n_layers; i++)
    {
      const SwLayer *layer = &trial.net.layers[i];
      real *p = trial.net.model.parameters;
      if (layer->n_weights > 0)
        check_slope (&trial, layer->name, layer->n_weights, p + layer->weight_offset, gradient + layer->weight_offset, &random, 1e-5);
      if (layer->n_biases > 0)
        check_slope (&trial, layer->name, layer->n_biases, p + layer->bias_offset, gradient + layer->bias_offset, &random, 1e-5);
    }
  check_slope (&trial, "input", 2 * voxels, trial.input, d_input, &random, 1e-6);
  /* gradients are added */
  real *twice = g_memdup2 (gradient, trial.net.network.n_parameters * sizeof (real));
  loss_of (&trial);
  g_assert_cmpint (sw_engine_bandlimited.backward (trial.engine, trial.weights, twice, NULL, NULL, &error), ==, SW_OK);
  for (size_t i = 0; i < trial.net.network.n_parameters; i++)
    g_assert_cmpfloat (fabs (twice[i] - 2 * gradient[i]), <=, 1e-12 * (1 + fabs (gradient[i])));
  g_free (twice);
  g_free (gradient);
  g_free (d_input);
  g_free (trial.input);
  g_free (trial.weights);
  sw_engine_bandlimited.free (trial.engine);
  clear (&trial.net);
}
#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (unsigned n = 15; n <= 25; n += n == 16 ? 9 : 1)
    {
      char *path = g_strdup_printf ("/nn/engine-bandlimited/cube-rotations/%u", n);
      g_test_add_data_func (path, GUINT_TO_POINTER (n), test_cube);
      g_free (path);
      path = g_strdup_printf ("/nn/engine-bandlimited/cube-rotations-boxes/%u", n);
      g_test_add_data_func (path, GUINT_TO_POINTER (1000 + n), test_cube);
      g_free (path);
    }
  g_test_add_func ("/nn/engine-bandlimited/places", test_places);
#ifdef SW_DOUBLE
  g_test_add_data_func ("/nn/engine-bandlimited/gradient", GINT_TO_POINTER (0), test_gradient);
  g_test_add_data_func ("/nn/engine-bandlimited/gradient-plain-stride", GINT_TO_POINTER (1), test_gradient);
  g_test_add_data_func ("/nn/engine-bandlimited/gradient-boxes", GINT_TO_POINTER (2), test_gradient);
#endif
  return g_test_run ();
}
