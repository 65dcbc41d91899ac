/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sampled engine on small networks made by hand: exactness under the rotations of the cube, gradients of every
 * layer, the folded batch norm, the reuse of memory. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"
#include "nn/engine-private.h"
#include "so3/rotation.h"
#include "so3/wigner.h"

typedef struct
{
  SwNetwork network;
  SwModel model;
  SwLayer layers[32];
} Net;

static SwFieldType
type_of (const char *text)
{
  SwFieldType type;
  SwError error;
  if (sw_field_type_parse (text, &type, &error) != SW_OK)
    g_error ("%s", error.text);
  return type;
}

static void
net_init (Net *net, const char *input, unsigned size)
{
  *net = (Net) { .network = { .name = "net", .input = type_of (input), .size = size } };
  net->network.layers = net->layers;
}

static SwLayer *
add_layer (Net *net, SwLayerKind kind, int input, const char *out)
{
  SwLayer *layer = &net->layers[net->network.n_layers];
  *layer = (SwLayer) { .kind = kind,
                       .input = { input, -1 },
                       .in = input < 0 ? net->network.input : net->layers[input].out,
                       .out = type_of (out),
                       .stride = 1,
                       .folded_batchnorm = -1,
                       .epsilon = 1e-5,
                       .momentum = 0.1 };
  g_snprintf (layer->name, sizeof layer->name, "layer%zu", net->network.n_layers++);
  return layer;
}

static int
last_of (const Net *net)
{
  return (int) net->network.n_layers - 1;
}

static void
take_parameters (Net *net, SwLayer *layer, size_t n_weights, size_t n_biases)
{
  layer->weight_offset = net->network.n_parameters;
  layer->n_weights = n_weights;
  layer->bias_offset = layer->weight_offset + n_weights;
  layer->n_biases = n_biases;
  net->network.n_parameters += n_weights + n_biases;
}

static int
add_conv (Net *net, int input, const char *out, unsigned kernel, unsigned padding, unsigned stride)
{
  SwLayer *layer = add_layer (net, SW_LAYER_CONV, input, out);
  size_t n = 0;
  for (size_t o = 0; o < layer->out.n_parts; o++)
    for (size_t i = 0; i < layer->in.n_parts; i++)
      {
        SwBasisSpec spec;
        SwError error;
        if (sw_basis_spec_init (&spec, layer->out.parts[o].l, layer->in.parts[i].l, kernel,
                                SW_BASIS_RULE_COMPROMISE, &error)
            != SW_OK)
          g_error ("%s", error.text);
        n += spec.n_elements * layer->out.parts[o].copies * layer->in.parts[i].copies;
      }
  layer->kernel = kernel;
  layer->padding = padding;
  layer->stride = stride;
  if (input >= 0 && net->layers[input].kind == SW_LAYER_BATCHNORM)
    layer->folded_batchnorm = input;
  take_parameters (net, layer, n, 0);
  return last_of (net);
}

static int
add_gate (Net *net, int input, const char *out, SwActivation act)
{
  SwLayer *layer = add_layer (net, SW_LAYER_GATE, input, out);
  layer->act = act;
  layer->gate_act = SW_ACT_SIGMOID;
  take_parameters (net, layer, 0, sw_field_type_copies (&layer->out));
  return last_of (net);
}

static int
add_same (Net *net, SwLayerKind kind, int input)
{
  char text[200];
  const SwFieldType in = input < 0 ? net->network.input : net->layers[input].out;
  SwLayer *layer = add_layer (net, kind, input, sw_field_type_format (&in, text, sizeof text));
  if (kind == SW_LAYER_BATCHNORM)
    {
      layer->n_variances = sw_field_type_copies (&layer->out);
      layer->n_means = layer->n_variances - sw_field_type_gates (&layer->out);
      layer->buffer_offset = net->network.n_buffers;
      net->network.n_buffers += layer->n_means + layer->n_variances;
    }
  if (kind == SW_LAYER_LOWPASS || kind == SW_LAYER_AVGPOOL)
    {
      layer->scale = 2;
      layer->stride = 2;
    }
  if (kind == SW_LAYER_DROPOUT)
    layer->probability = 0.4;
  return last_of (net);
}

static int
add_linear (Net *net, int input, const char *out)
{
  SwLayer *layer = add_layer (net, SW_LAYER_LINEAR, input, out);
  take_parameters (net, layer, sw_field_type_dim (&layer->in) * sw_field_type_dim (&layer->out),
                   sw_field_type_dim (&layer->out));
  return last_of (net);
}

static void
net_finish (Net *net, SwRandom *random)
{
  net->network.n_outputs = sw_field_type_dim (&net->layers[last_of (net)].out);
  net->model.network = &net->network;
  net->model.parameters = SW_NEW (real, net->network.n_parameters);
  net->model.buffers = SW_NEW0 (real, net->network.n_buffers);
  for (size_t i = 0; i < net->network.n_parameters; i++)
    net->model.parameters[i] = (real) sw_random_normal (random);
  for (size_t i = 0; i < net->network.n_layers; i++)
    for (size_t v = 0; v < net->layers[i].n_variances; v++)
      net->model.buffers[net->layers[i].buffer_offset + net->layers[i].n_means + v] = 1;
}

static void
net_clear (Net *net)
{
  sw_free (net->model.parameters);
  sw_free (net->model.buffers);
}

static void *
engine_of (Net *net, const SwRunOptions *options)
{
  void *state;
  SwError error;
  if (sw_engine_sampled.new (&net->model, options, &state, &error) != SW_OK)
    g_error ("%s", error.text);
  return state;
}

static void
run (void *state, const real *input)
{
  SwError error;
  if (sw_engine_sampled.forward (state, input, NULL, &error) != SW_OK)
    g_error ("%s", error.text);
}

static real *
random_array (SwRandom *random, size_t n)
{
  real *a = SW_NEW (real, n);
  for (size_t i = 0; i < n; i++)
    a[i] = (real) sw_random_normal (random);
  return a;
}

/* ---- equivariance ---- */

/* out (R r) = D f (r) on a cube of n voxels about its centre, R of the cube group; positions are x, y, z */
static void
turn_field (const SwFieldType *type, const double rotation[9], size_t n, const real *f, real *out)
{
  const size_t dim = sw_field_type_dim (type), n3 = n * n * n;
  const double centre = ((double) n - 1) / 2;
  double column[64], turned[64];

  g_assert_cmpuint (dim, <=, 64);
  for (size_t v = 0; v < n3; v++)
    {
      const double r[3] = { (double) (v % n) - centre, (double) (v / n % n) - centre, (double) (v / n / n) - centre };
      double to[3];
      sw_rotation_apply (rotation, r, to);
      const size_t w = ((size_t) lround (to[2] + centre) * n + (size_t) lround (to[1] + centre)) * n
                       + (size_t) lround (to[0] + centre);
      for (size_t c = 0; c < dim; c++)
        column[c] = (double) f[c * n3 + v];
      sw_wigner_apply (type, rotation, column, turned);
      for (size_t c = 0; c < dim; c++)
        out[c * n3 + w] = (real) turned[c];
    }
}

static double
relative_distance (size_t n, const real *a, const real *b)
{
  double difference = 0, size = 0;
  for (size_t i = 0; i < n; i++)
    {
      difference += ((double) a[i] - (double) b[i]) * ((double) a[i] - (double) b[i]);
      size += (double) b[i] * (double) b[i];
    }
  return sqrt (difference / size);
}

static void
make_gated (Net *net, unsigned size)
{
  net_init (net, "1x0", size);
  int at = add_conv (net, -1, "3x0+2x1+2x2+1x3+5x0", 5, 2, 1);
  at = add_gate (net, at, "3x0+2x1+2x2+1x3", SW_ACT_RELU);
  at = add_same (net, SW_LAYER_LOWPASS, at);
  at = add_same (net, SW_LAYER_DROPOUT, at);
  const int skip = at;
  at = add_same (net, SW_LAYER_BATCHNORM, at);
  at = add_conv (net, at, "3x0+2x1+2x2+1x3+5x0", 3, 1, 1);
  at = add_gate (net, at, "3x0+2x1+2x2+1x3", SW_ACT_RELU);
  at = add_same (net, SW_LAYER_NORM_ACT, at);
  take_parameters (net, &net->layers[at], 0, 5);
  net->layers[at].act = SW_ACT_RELU;
  at = add_same (net, SW_LAYER_ADD, at);
  net->layers[at].input[1] = skip;
  at = add_same (net, SW_LAYER_AVGPOOL, at);
  at = add_same (net, SW_LAYER_BATCHNORM, at);
  at = add_conv (net, at, "6x0", 3, 2, 2);
  at = add_gate (net, at, "6x0", SW_ACT_RELU);
  at = add_same (net, SW_LAYER_GLOBAL_POOL, at);
  add_linear (net, at, "4x0");
}

static void
test_cube_rotations (void)
{
  const size_t n = 17; /* 17, 9, 5, 4: all strides meet the last voxel */
  double worst = 0;
  SwRandom random;
  Net net;
  SwError error;

  sw_random_init (&random, (uint64_t) g_test_rand_int ());
  make_gated (&net, (unsigned) n);
  net_finish (&net, &random);
  const SwRunOptions calibrate = { .engine = SW_ENGINE_SAMPLED, .calibrate = true };
  const SwRunOptions options = { .engine = SW_ENGINE_SAMPLED, .keep_fields = true };
  real *input = random_array (&random, n * n * n), *turned = SW_NEW (real, n * n * n);
  void *state = engine_of (&net, &calibrate);
  run (state, input);
  sw_engine_sampled.free (state);
  state = engine_of (&net, &options);
  run (state, input);
  real *fields[32];
  for (size_t i = 0; i < net.network.n_layers; i++)
    {
      const SwLayerResult *result = sw_engine_sampled.result (state, i);
      const size_t dim = sw_field_type_dim (&result->fields), voxels = result->size * result->size * result->size;
      g_assert_true (result->has_field);
      fields[i] = SW_NEW (real, dim * voxels);
      if (sw_engine_sampled.field (state, i, fields[i], &error) != SW_OK)
        g_error ("%s", error.text);
      /* the norms add up to the field's size */
      double size = 0, sum = 0;
      for (size_t v = 0; v < dim * voxels; v++)
        size += (double) fields[i][v] * (double) fields[i][v];
      for (size_t l = 0; l <= SW_FIELD_L_MAX; l++)
        sum += result->norm[l] * result->norm[l];
      g_assert_cmpfloat_with_epsilon (sum, size / (double) voxels, 1e-4 * sum);
      g_assert_cmpfloat (sum, >, 0);
    }
  for (unsigned r = 0; r < SW_ROTATION_N_CUBE; r++)
    {
      double rotation[9];
      sw_rotation_cube (r, rotation);
      turn_field (&net.network.input, rotation, n, input, turned);
      run (state, turned);
      for (size_t i = 0; i < net.network.n_layers; i++)
        {
          const SwLayerResult *result = sw_engine_sampled.result (state, i);
          const size_t length = sw_field_type_dim (&result->fields) * result->size * result->size * result->size;
          real *expected = SW_NEW (real, length), *got = SW_NEW (real, length);
          turn_field (&result->fields, rotation, result->size, fields[i], expected);
          if (sw_engine_sampled.field (state, i, got, &error) != SW_OK)
            g_error ("%s", error.text);
          const double d = relative_distance (length, got, expected);
          if (!(d < 100 * (double) SW_EPS))
            g_test_message ("rotation %u layer %zu: %g", r, i, d);
          g_assert_true (d < 100 * (double) SW_EPS);
          worst = d > worst ? d : worst;
          sw_free (expected);
          sw_free (got);
        }
    }
  g_test_message ("worst: %g", worst);
  for (size_t i = 0; i < net.network.n_layers; i++)
    sw_free (fields[i]);
  sw_engine_sampled.free (state);
  sw_free (input);
  sw_free (turned);
  net_clear (&net);
}

/* The same numbers whether fields are kept or share their places. */
static void
test_places (void)
{
  const size_t n = 11;
  SwRandom random;
  Net net;
  size_t small, large;
  SwError error;

  sw_random_init (&random, 7);
  make_gated (&net, (unsigned) n);
  net_finish (&net, &random);
  real *input = random_array (&random, n * n * n);
  const SwRunOptions shared = { .engine = SW_ENGINE_SAMPLED };
  const SwRunOptions kept = { .engine = SW_ENGINE_SAMPLED, .keep_fields = true };
  void *a = engine_of (&net, &shared), *b = engine_of (&net, &kept);
  run (a, input);
  run (b, input);
  g_assert_cmpmem (sw_engine_sampled.output (a), 4 * sizeof (real), sw_engine_sampled.output (b), 4 * sizeof (real));
  g_assert_true (sw_engine_sampled.memory (&net.network, &shared, &small, &error) == SW_OK);
  g_assert_true (sw_engine_sampled.memory (&net.network, &kept, &large, &error) == SW_OK);
  g_assert_cmpuint (small, <, large);
  sw_engine_sampled.free (a);
  sw_engine_sampled.free (b);
  sw_free (input);
  net_clear (&net);
}

/* Without padding a folded batch norm is the batch norm. */
static void
test_folded (void)
{
  const size_t n = 8;
  SwRandom random;
  Net net;

  sw_random_init (&random, (uint64_t) g_test_rand_int ());
  net_init (&net, "2x0+1x1", (unsigned) n);
  const int norm = add_same (&net, SW_LAYER_BATCHNORM, -1);
  const int conv = add_conv (&net, norm, "2x0+1x1+1x2", 3, 0, 1);
  net_finish (&net, &random);
  for (size_t i = 0; i < net.network.n_buffers; i++)
    net.model.buffers[i] = (real) (0.5 + sw_random_uniform (&random));
  real *input = random_array (&random, 5 * n * n * n);
  const size_t length = 10 * 6 * 6 * 6;
  const SwRunOptions options = { .engine = SW_ENGINE_SAMPLED };
  void *state = engine_of (&net, &options);
  run (state, input);
  real *folded = SW_NEW (real, length);
  memcpy (folded, sw_engine_sampled.output (state), length * sizeof (real));
  sw_engine_sampled.free (state);
  net.layers[conv].folded_batchnorm = -1;
  state = engine_of (&net, &options);
  run (state, input);
  /* the kernel's sum over space vanishes between unequal orders only up to rounding, but between equal ones with J = 0 it
   * does not: scalars carry the mean */
  const double d = relative_distance (length, folded, sw_engine_sampled.output (state));
  g_test_message ("folded against unfolded: %g", d);
  g_assert_cmpfloat (d, <, 50 * (double) SW_EPS);
  sw_engine_sampled.free (state);
  sw_free (folded);
  sw_free (input);
  net_clear (&net);
}

/* ---- gradients ---- */

static void
make_smooth (Net *net)
{
  net_init (net, "2x0", 7);
  int at = add_same (net, SW_LAYER_LOWPASS, -1);
  net->layers[at].stride = 1;
  at = add_same (net, SW_LAYER_BATCHNORM, at);
  at = add_conv (net, at, "2x0+2x1+1x2+3x0", 3, 2, 1);
  at = add_gate (net, at, "2x0+2x1+1x2", SW_ACT_SOFTPLUS);
  at = add_same (net, SW_LAYER_DROPOUT, at);
  const int skip = add_same (net, SW_LAYER_AVGPOOL, at);
  at = add_same (net, SW_LAYER_BATCHNORM, at);
  at = add_conv (net, at, "2x0+2x1+1x2", 3, 1, 2);
  at = add_same (net, SW_LAYER_ADD, at);
  net->layers[at].input[1] = skip;
  const char *const text = "3x0";
  SwLayer *dense = add_layer (net, SW_LAYER_DENSE_CONV, at, text);
  dense->kernel = 3;
  dense->padding = 1;
  dense->bias = true;
  take_parameters (net, dense, 3 * sw_field_type_dim (&dense->in) * 27, 3);
  at = add_same (net, SW_LAYER_BATCHNORM, last_of (net));
  net->layers[at].affine = true;
  take_parameters (net, &net->layers[at], 3, 3);
  at = add_same (net, SW_LAYER_SCALAR_ACT, at);
  net->layers[at].act = SW_ACT_SOFTPLUS;
  at = add_same (net, SW_LAYER_GLOBAL_POOL, at);
  add_linear (net, at, "2x0");
}

static double
loss_of (void *state, size_t n_batch, const real *input, const real *weights)
{
  SwRandom random;
  SwError error;
  double loss = 0;

  sw_random_init (&random, 3);
  if (sw_engine_sampled.forward_train (state, n_batch, input, &random, false, NULL, &error) != SW_OK)
    g_error ("%s", error.text);
  for (size_t i = 0; i < 2 * n_batch; i++)
    loss += (double) weights[i] * (double) sw_engine_sampled.train_output (state)[i];
  return loss;
}

/* Differences along a random direction of one group of numbers against the gradient. */
static void
check_direction (const char *what,
                 void *state,
                 SwRandom *random,
                 size_t n_batch,
                 real *input,
                 const real *weights,
                 size_t n,
                 real *values,
                 const real *gradient)
{
  static const double steps[4] = { -2, -1, 1, 2 };
  /* a difference of fourth order; in float it finds gross errors only, in double a wrong digit in the seventh place */
  const double h = 0.5 * pow ((double) SW_EPS, 1.0 / 5), allowed = SW_EPS < 1e-10 ? 1e-7 : 0.2;
  double loss[4];
  real *direction = random_array (random, n), *saved = SW_NEW (real, n);
  double expected = 0, size = 0;

  memcpy (saved, values, n * sizeof (real));
  for (size_t i = 0; i < n; i++)
    {
      expected += (double) gradient[i] * (double) direction[i];
      size += fabs ((double) gradient[i] * (double) direction[i]);
    }
  for (int k = 0; k < 4; k++)
    {
      for (size_t i = 0; i < n; i++)
        values[i] = saved[i] + (real) (steps[k] * h) * direction[i];
      loss[k] = loss_of (state, n_batch, input, weights);
    }
  memcpy (values, saved, n * sizeof (real));
  const double slope = (8 * (loss[2] - loss[1]) - (loss[3] - loss[0])) / (12 * h);
  const double d = fabs (slope - expected) / (size + 1e-3 * (fabs (loss[0]) + fabs (loss[1])));
  g_test_message ("%s: %g of %g", what, d, allowed);
  g_assert_cmpfloat (d, <, allowed);
  sw_free (direction);
  sw_free (saved);
}

static void
test_gradient (void)
{
  const size_t n_batch = 2, n = 7, n_input = n_batch * 2 * n * n * n;
  SwRandom random;
  SwError error;
  Net net;

  sw_random_init (&random, (uint64_t) g_test_rand_int ());
  make_smooth (&net);
  net_finish (&net, &random);
  const SwRunOptions options = { .engine = SW_ENGINE_SAMPLED, .train_batch = n_batch };
  void *state = engine_of (&net, &options);
  real *input = random_array (&random, n_input), *weights = random_array (&random, 2 * n_batch);
  real *d_parameters = SW_NEW0 (real, net.network.n_parameters), *d_input = SW_NEW0 (real, n_input);

  loss_of (state, n_batch, input, weights);
  if (sw_engine_sampled.backward (state, weights, d_parameters, d_input, NULL, &error) != SW_OK)
    g_error ("%s", error.text);
  check_direction ("input", state, &random, n_batch, input, weights, n_input, input, d_input);
  for (size_t i = 0; i < net.network.n_layers; i++)
    {
      const SwLayer *layer = &net.layers[i];
      char what[100];
      g_snprintf (what, sizeof what, "%s weights", layer->name);
      if (layer->n_weights > 0)
        check_direction (what, state, &random, n_batch, input, weights, layer->n_weights,
                         net.model.parameters + layer->weight_offset, d_parameters + layer->weight_offset);
      g_snprintf (what, sizeof what, "%s biases", layer->name);
      if (layer->n_biases > 0)
        check_direction (what, state, &random, n_batch, input, weights, layer->n_biases,
                         net.model.parameters + layer->bias_offset, d_parameters + layer->bias_offset);
    }
  /* gradients are added, and come out the same again */
  loss_of (state, n_batch, input, weights);
  real *twice = SW_NEW (real, net.network.n_parameters);
  memset (twice, 0, net.network.n_parameters * sizeof (real));
  if (sw_engine_sampled.backward (state, weights, twice, NULL, NULL, &error) != SW_OK)
    g_error ("%s", error.text);
  g_assert_cmpmem (twice, net.network.n_parameters * sizeof (real), d_parameters,
                   net.network.n_parameters * sizeof (real));
  sw_free (twice);
  sw_engine_sampled.free (state);
  sw_free (input);
  sw_free (weights);
  sw_free (d_parameters);
  sw_free (d_input);
  net_clear (&net);
}

static void
test_refuse (void)
{
  SwRandom random;
  Net net;
  SwError error = { 0 };
  void *state;

  sw_random_init (&random, 1);
  make_gated (&net, 13);
  net_finish (&net, &random);
  const SwRunOptions huge = { .engine = SW_ENGINE_SAMPLED, .size = 1023, .train_batch = 4096 };
  g_assert_cmpint (sw_engine_sampled.new (&net.model, &huge, &state, &error), ==, SW_ERROR_MEMORY);
  g_assert_cmpstr (error.text, !=, "");
  /* every allocation in turn fails, and is reported */
  const SwRunOptions options = { .engine = SW_ENGINE_SAMPLED, .train_batch = 1 };
  for (size_t n = 1; n < 400; n++)
    {
      sw_memory_fail_after (n);
      const SwStatus status = sw_engine_sampled.new (&net.model, &options, &state, &error);
      sw_memory_fail_after (0);
      if (status == SW_OK)
        {
          sw_engine_sampled.free (state);
          g_assert_cmpuint (n, >, 20);
          net_clear (&net);
          return;
        }
      g_assert_cmpint (status, ==, SW_ERROR_MEMORY);
    }
  g_assert_not_reached ();
}

static bool
stop (double fraction, const char *sentence, void *data)
{
  return fraction < 0.5;
}

static void
test_cancel (void)
{
  SwRandom random;
  Net net;
  SwError error = { 0 };
  const SwProgress progress = { .report = stop };

  sw_random_init (&random, 1);
  make_gated (&net, 9);
  net_finish (&net, &random);
  const SwRunOptions options = { .engine = SW_ENGINE_SAMPLED };
  void *state = engine_of (&net, &options);
  real *input = random_array (&random, 9 * 9 * 9);
  g_assert_cmpint (sw_engine_sampled.forward (state, input, &progress, &error), ==, SW_ERROR_CANCELLED);
  sw_engine_sampled.free (state);
  sw_free (input);
  net_clear (&net);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/engine-sampled/cube-rotations", test_cube_rotations);
  g_test_add_func ("/nn/engine-sampled/places", test_places);
  g_test_add_func ("/nn/engine-sampled/folded", test_folded);
  g_test_add_func ("/nn/engine-sampled/gradient", test_gradient);
  g_test_add_func ("/nn/engine-sampled/refuse", test_refuse);
  g_test_add_func ("/nn/engine-sampled/cancel", test_cancel);
  return g_test_run ();
}
