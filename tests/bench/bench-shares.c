/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What takes the time of the band-limited engine, and how far is it from the machine's own transforms and products?
 *
 * usage: bench-shares [--train N] [--seconds S] NETWORK.json
 *
 * Runs forward passes, or training steps with a batch of N, on one thread for S seconds of processor time. Shares: a timer looks
 * each few milliseconds at which function runs; functions are grouped by name, so the program needs its symbols and no
 * link-time optimisation. Rates: the engine's transforms against FFTW (measured plans, the same number of whole real cubes of the same
 * edges; ours leave out lines outside the ball), its products against OpenBLAS (sgemm in the same shapes, and of 1024^3). Processor time
 * throughout. Linux on x86-64. Answer: RESULTS.md.
 */
#include <cblas.h>
#include <elf.h>
#include <fftw3.h>
#include <link.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "nn/bandlimited-private.h"

#define SAMPLES_MAX 400000

static uintptr_t samples[SAMPLES_MAX];
static volatile size_t n_samples;

static void
check (SwStatus status, const SwError *error)
{
  if (status == SW_OK)
    return;
  fprintf (stderr, "%s\n", error->text);
  exit (1);
}

static double
processor_time (void)
{
  struct timespec t;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

/* ---- shares ---- */

static void
on_timer (int signal, siginfo_t *info, void *context)
{
  if (n_samples < SAMPLES_MAX)
    samples[n_samples++] = (uintptr_t) ((const ucontext_t *) context)->uc_mcontext.gregs[REG_RIP];
}

static void
set_timer (long microseconds)
{
  const struct itimerval timer = { { 0, microseconds }, { 0, microseconds } };
  setitimer (ITIMER_PROF, &timer, NULL);
}

/* The program is the first object; its load address is what a position-independent one was moved by. */
static int
on_object (struct dl_phdr_info *info, size_t size, void *data)
{
  *(uintptr_t *) data = (uintptr_t) info->dlpi_addr;
  return 1;
}

typedef struct
{
  const char *title, *names[16]; /* beginnings of function names */
} Group;

static const Group groups[] = {
  { "transforms", { "run_1", "run_2", "run_4", "run_lines", "pass_", "sw_fft_run", "shifted" } },
  { "gather and scatter", { "sw_stage_run", "unpack_block", "pack_block", "columns_from_modes", "modes_from_columns", "transform_y", "do_plane",
                            "ask_for", "split_mode", "join_mode", "band_offsets", "even_offsets" } },
  { "rotation into frames", { "enter", "leave" } },
  { "products (GEMM)", { "sw_mix_", "multiply", "outer_block" } },
  { "pointwise", { "sw_pointwise_", "gate_line", "norm_line", "gather_arguments", "sum_by_gate", "sw_spectral_act" } },
  { "batch norm, sums, windows", { "sw_spectral_", "dot_part", "forward_", "backward_", "write_", "read_", "measure" } },
  { "rest, clearing memory, libraries", { "" } },
};

#define N_GROUPS (sizeof groups / sizeof groups[0])

static size_t
group_of (const char *name)
{
  for (size_t g = 0; g + 1 < N_GROUPS; g++)
    for (size_t i = 0; i < 16 && groups[g].names[i] != NULL; i++)
      if (strncmp (name, groups[g].names[i], strlen (groups[g].names[i])) == 0)
        return g;
  return N_GROUPS - 1;
}

static void
count_samples (double *shares)
{
  SwError error = { 0 };
  unsigned char *file;
  size_t size;
  uintptr_t base = 0;
  dl_iterate_phdr (on_object, &base);
  check (sw_file_read ("/proc/self/exe", (size_t) 1 << 28, &file, &size, &error), &error);
  const Elf64_Ehdr *head = (const void *) file;
  const Elf64_Shdr *sections = (const void *) (file + head->e_shoff);
  memset (shares, 0, N_GROUPS * sizeof (double));
  for (size_t s = 0; s < n_samples; s++)
    {
      const char *name = "";
      for (size_t i = 0; i < head->e_shnum && *name == '\0'; i++)
        if (sections[i].sh_type == SHT_SYMTAB)
          {
            const Elf64_Sym *symbols = (const void *) (file + sections[i].sh_offset);
            const char *names = (const char *) file + sections[sections[i].sh_link].sh_offset;
            for (size_t j = 0; j < sections[i].sh_size / sizeof (Elf64_Sym) && *name == '\0'; j++)
              if (ELF64_ST_TYPE (symbols[j].st_info) == STT_FUNC && samples[s] - base >= symbols[j].st_value
                  && samples[s] - base < symbols[j].st_value + symbols[j].st_size)
                name = names + symbols[j].st_name;
          }
      shares[group_of (name)] += 1.0 / (double) n_samples;
    }
  sw_free (file);
}

/* ---- what the machine could do ---- */

/* Least processor time of one real cube there and back, halved; channels eight at a time. */
static double
fftw_seconds (size_t n)
{
  const int edge = (int) n, many = 8;
  const size_t row = 2 * (n / 2 + 1), size = n * n * row;
  float *grid = fftwf_alloc_real (size * (size_t) many);
  fftwf_complex *modes = (fftwf_complex *) fftwf_alloc_real (size * (size_t) many);
  const int edges[] = { edge, edge, edge }, real_edges[] = { edge, edge, (int) row }, mode_edges[] = { edge, edge, (int) row / 2 };
  const fftwf_plan there = fftwf_plan_many_dft_r2c (3, edges, many, grid, real_edges, 1, (int) size, modes, mode_edges, 1, (int) size / 2, FFTW_MEASURE);
  const fftwf_plan back = fftwf_plan_many_dft_c2r (3, edges, many, modes, mode_edges, 1, (int) size / 2, grid, real_edges, 1, (int) size, FFTW_MEASURE);
  memset (grid, 0, size * (size_t) many * sizeof (float));
  double best = 1e9;
  for (int r = 0; r < 7; r++)
    {
      const double start = processor_time ();
      fftwf_execute (there);
      fftwf_execute (back);
      const double t = (processor_time () - start) / (2.0 * many);
      best = t < best ? t : best;
    }
  fftwf_destroy_plan (there);
  fftwf_destroy_plan (back);
  fftwf_free (grid);
  fftwf_free (modes);
  return best;
}

/* Seconds of `count` transforms of edge n by FFTW; edges are measured once. */
static double
transforms (size_t n, double count, double *flop)
{
  static double seconds[1024];
  if (seconds[n] == 0)
    seconds[n] = fftw_seconds (n);
  *flop += count * 2.5 * pow ((double) n, 3) * log2 (pow ((double) n, 3));
  return count * seconds[n];
}

/* Of one sample's pass. */
static double
all_transforms (const SwBandlimited *engine, bool train, double *flop)
{
  double seconds = transforms (engine->n, (double) engine->input_order.n_channels, flop);
  for (size_t i = 0; i < engine->n_ops; i++)
    {
      const SwBandlimitedOp *op = &engine->ops[i];
      const double in = (double) op->in.n_channels, out = (double) op->out.n_channels;
      if (op->vector)
        continue;
      if (is_pointwise (op->layer->kind))
        seconds += transforms (engine->grids[op->to].n, train ? 3 * in + 2 * out : in + out, flop);
      if (op->reboxed)
        seconds += transforms (op->rebox.from.n, train ? 2 * out : out, flop) + transforms (op->rebox.to.n, train ? 2 * out : out, flop);
    }
  return seconds;
}

static double
sgemm_seconds (size_t m, size_t n, size_t k, const float *a, const float *b, float *c)
{
  const double start = processor_time ();
  cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, (int) m, (int) n, (int) k, 1, a, (int) k, b, (int) n, 0, c, (int) n);
  return processor_time () - start;
}

/* Products of one sample's pass by sgemm: of each shell and m, [copies out][copies in] times [copies in][modes and re, im]. */
static double
all_products (const SwBandlimited *engine, bool train, double *flop)
{
  double seconds = 0;
  const size_t largest = 1 << 22;
  float *a = sw_alloc0 (largest, sizeof (float)), *b = sw_alloc0 (largest, sizeof (float)), *c = sw_alloc0 (largest, sizeof (float));
  for (size_t i = 0; i < engine->n_ops; i++)
    {
      const SwMix *mix = &engine->ops[i].mix;
      const SwModes *modes = engine->modes[engine->ops[i].from];
      if (engine->ops[i].layer->kind != SW_LAYER_CONV)
        continue;
      for (size_t s = 0; s < mix->n_shells; s++)
        for (int m = -(int) mix->m_max; m <= (int) mix->m_max; m++)
          {
            const size_t n_modes = (modes->shell_block[s + 1] - modes->shell_block[s]) * 2 * sw_spectral_lanes ();
            const size_t out = mix->rows_out[abs (m)], in = mix->rows_in[abs (m)];
            *flop += (train ? 3.0 : 1.0) * 2.0 * (double) (out * in * n_modes);
            if (out * in == 0 || (out > in ? out : in) * n_modes > largest)
              continue;
            seconds += sgemm_seconds (out, n_modes, in, a, b, c);
            if (train)
              seconds += sgemm_seconds (in, n_modes, out, a, b, c) + sgemm_seconds (out, in, n_modes, a, b, c);
          }
    }
  sw_free (a);
  sw_free (b);
  sw_free (c);
  return seconds;
}

static double
sgemm_peak (void)
{
  const size_t n = 1024;
  float *a = sw_alloc0 (n * n, sizeof (float)), *b = sw_alloc0 (n * n, sizeof (float)), *c = sw_alloc0 (n * n, sizeof (float));
  double best = 1e9;
  for (int r = 0; r < 7; r++)
    {
      const double t = sgemm_seconds (n, n, n, a, b, c);
      best = t < best ? t : best;
    }
  sw_free (a);
  sw_free (b);
  sw_free (c);
  return 2.0 * (double) (n * n * n) / best;
}

/* ---- the engine ---- */

static void
pass (SwBandlimited *engine, const real *input, const real *d_output, real *d_parameters, SwRandom *random)
{
  SwError error = { 0 };
  const size_t batch = engine->options.train_batch;
  check (sw_engine_bandlimited.update (engine, &error), &error);
  if (batch == 0)
    {
      check (sw_engine_bandlimited.forward (engine, input, NULL, &error), &error);
      return;
    }
  check (sw_engine_bandlimited.forward_train (engine, batch, input, random, true, NULL, &error), &error);
  check (sw_engine_bandlimited.backward (engine, d_output, d_parameters, NULL, NULL, &error), &error);
}

static void
measure (const char *path, size_t batch, double seconds)
{
  SwError error = { 0 };
  const SwRunOptions options = { .train_batch = batch };
  SwNetwork *network;
  SwModel *model;
  void *state;
  SwRandom random;
  const size_t samples_at_once = batch > 0 ? batch : 1;
  check (sw_network_read (path, &network, &error), &error);
  check (sw_model_new (network, 1, &model, &error), &error);
  check (sw_engine_bandlimited.new (model, &options, &state, &error), &error);
  SwBandlimited *engine = state;
  const size_t n_input = samples_at_once * sw_field_type_dim (&network->input) * engine->n * engine->n * engine->n;
  real *input = SW_NEW0 (real, n_input), *d_output = SW_NEW0 (real, samples_at_once * network->n_outputs);
  real *d_parameters = SW_NEW0 (real, network->n_parameters);
  if (input == NULL || d_output == NULL || d_parameters == NULL)
    {
      fprintf (stderr, "no memory\n");
      exit (1);
    }
  sw_random_init (&random, 1);
  for (size_t i = 0; i < n_input; i++)
    input[i] = (real) sw_random_uniform (&random);
  for (size_t i = 0; i < samples_at_once * network->n_outputs; i++)
    d_output[i] = (real) sw_random_uniform (&random);
  pass (engine, input, d_output, d_parameters, &random);
  const double start = processor_time ();
  size_t n = 0;
  set_timer (1000);
  for (; processor_time () - start < seconds; n++)
    pass (engine, input, d_output, d_parameters, &random);
  set_timer (0);
  const double each = (processor_time () - start) / (double) n;
  double shares[N_GROUPS], fft_flop = 0, product_flop = 0;
  count_samples (shares);
  printf ("%s, %s, one thread: %.0f ms of processor time, %zu samples of the program\n", network->name,
          batch > 0 ? "training step" : "forward", each * 1e3, n_samples);
  for (size_t g = 0; g < N_GROUPS; g++)
    printf ("  %-34s %5.1f %%  %7.1f ms\n", groups[g].title, 100 * shares[g], shares[g] * each * 1e3);
  const double fftw = (double) samples_at_once * all_transforms (engine, batch > 0, &fft_flop), ours = shares[0] * each;
  fft_flop *= (double) samples_at_once;
  printf ("  transforms: FFTW alone %.1f ms, ours %.1f ms: %.2f times FFTW's rate (%.1f and %.1f GFLOP/s, nominal); with gather and scatter %.2f\n",
          fftw * 1e3, ours * 1e3, fftw / ours, fft_flop / fftw / 1e9, fft_flop / ours / 1e9, fftw / (ours + shares[1] * each));
  const double blas = (double) samples_at_once * all_products (engine, batch > 0, &product_flop), peak = sgemm_peak ();
  product_flop *= (double) samples_at_once;
  printf ("  products: sgemm in the same shapes %.1f ms, ours %.1f ms: %.2f times its rate (%.1f and %.1f GFLOP/s); sgemm 1024^3 %.1f GFLOP/s: %.2f of it\n",
          blas * 1e3, shares[3] * each * 1e3, blas / (shares[3] * each), product_flop / blas / 1e9, product_flop / (shares[3] * each) / 1e9,
          peak / 1e9, product_flop / (shares[3] * each) / peak);
  sw_free (input);
  sw_free (d_output);
  sw_free (d_parameters);
  sw_engine_bandlimited.free (state);
  sw_model_free (model);
  sw_network_unref (network);
}

int
main (int argc, char **argv)
{
  const char *path = NULL;
  size_t batch = 0;
  double seconds = 10;
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--train") == 0 && i + 1 < argc)
      batch = (size_t) strtoul (argv[++i], NULL, 10);
    else if (strcmp (argv[i], "--seconds") == 0 && i + 1 < argc)
      seconds = strtod (argv[++i], NULL);
    else
      path = argv[i];
  if (path == NULL || path[0] == '-' || !(seconds > 0 && seconds < 300))
    {
      fprintf (stderr, "usage: bench-shares [--train N] [--seconds S] NETWORK.json\n");
      return 2;
    }
  omp_set_num_threads (1);
  openblas_set_num_threads (1);
  struct sigaction action = { 0 };
  action.sa_sigaction = on_timer;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigaction (SIGPROF, &action, NULL);
  measure (path, batch, seconds);
  return 0;
}
