/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target without libFuzzer: each seed as it is, then cut short, then with random
 * changes, for a limited time.
 *
 *   driver [--seconds N] [--seed N] FILE-OR-FOLDER...
 *
 * What was being tried when the target crashed or took longer than LIMIT seconds is left in
 * ./crash-input, to be put into found/. Prints TAP, one line per seed, and one for the random
 * changes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
/* There in sanitizer builds only. */
extern void __sanitizer_set_death_callback (void (*) (void)) __attribute__ ((weak));

enum
{
  LIMIT = 30,             /* seconds for one input */
  N_CUTS = 24,            /* lengths tried for each seed */
  SIZE_MAX_SEED = 200000, /* larger files are left out */
  N_SEEDS_MAX = 1000,
};

typedef struct
{
  char *name;
  uint8_t *data;
  size_t size;
} Seed;

static Seed seeds[N_SEEDS_MAX];
static size_t n_seeds;
static const uint8_t *current;
static size_t current_size;
static uint64_t state;
static char crash_name[100];

static void
keep_current (void)
{
  const int fd = open (crash_name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0)
    return;
  if (write (fd, current, current_size) != (ssize_t) current_size)
    (void) !write (2, "the crash file is not complete\n", 32);
  close (fd);
}

static void
on_signal (int number)
{
  static const char slow[] = "Bail out! one input took too long; its bytes are in crash-NAME\n";
  keep_current ();
  if (number == SIGALRM)
    {
      (void) !write (1, slow, sizeof slow - 1);
      _exit (1);
    }
  signal (number, SIG_DFL);
  raise (number);
}

/* The copy has no byte to spare behind it, so that a read beyond the end is seen by the sanitizer.
 */
static void
run (const uint8_t *data, size_t size)
{
  uint8_t *copy = malloc (size > 0 ? size : 1);
  if (copy == NULL)
    return;
  memcpy (copy, data, size);
  current = copy;
  current_size = size;
  alarm (LIMIT);
  LLVMFuzzerTestOneInput (copy, size);
  alarm (0);
  current_size = 0;
  free (copy);
}

/* splitmix64 */
static uint64_t
next (void)
{
  uint64_t z = state += UINT64_C (0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

static int
by_name (const void *a, const void *b)
{
  return strcmp (((const Seed *) a)->name, ((const Seed *) b)->name);
}

static void
add (const char *path)
{
  struct stat info;
  if (stat (path, &info) != 0)
    return;
  if (S_ISDIR (info.st_mode))
    {
      DIR *folder = opendir (path);
      struct dirent *entry;
      while (folder != NULL && (entry = readdir (folder)) != NULL)
        if (entry->d_name[0] != '.')
          {
            char *inner = NULL;
            if (asprintf (&inner, "%s/%s", path, entry->d_name) > 0)
              add (inner);
            free (inner);
          }
      if (folder != NULL)
        closedir (folder);
      return;
    }
  FILE *file = S_ISREG (info.st_mode) && info.st_size <= SIZE_MAX_SEED ? fopen (path, "rb") : NULL;
  if (file == NULL || n_seeds == N_SEEDS_MAX)
    {
      if (file != NULL)
        fclose (file);
      return;
    }
  Seed *seed = seeds + n_seeds;
  seed->data = malloc ((size_t) info.st_size + 1);
  seed->size = seed->data != NULL ? fread (seed->data, 1, (size_t) info.st_size, file) : 0;
  seed->name = strdup (path);
  if (seed->data != NULL && seed->name != NULL)
    n_seeds++;
  fclose (file);
}

/* One to four changes: bytes, blocks taken out, doubled, or brought in from another seed. */
static size_t
change (const Seed *seed, uint8_t *data, size_t room)
{
  static const uint8_t odd[]
      = { 0, 0xff, 0x7f, 0x80, '-', '0', '9', '"', '{', '}', '[', '\n', ' ', 'x' };
  size_t size = seed->size;
  memcpy (data, seed->data, size);
  for (uint64_t n = 1 + next () % 4; n > 0; n--)
    {
      const size_t at = size > 0 ? next () % size : 0;
      const size_t length = size > at ? 1 + next () % (size - at < 64 ? size - at : 64) : 0;
      switch (next () % 6)
        {
        case 0:
          if (size > 0)
            data[at] ^= (uint8_t) (1u << next () % 8);
          break;
        case 1:
          if (size > 0)
            data[at] = odd[next () % sizeof odd];
          break;
        case 2:
          if (size > 0)
            data[at] = (uint8_t) next ();
          break;
        case 3:
          memmove (data + at, data + at + length, size - at - length);
          size -= length;
          break;
        case 4:
          if (size + length <= room)
            {
              memmove (data + at + length, data + at, size - at);
              size += length;
            }
          break;
        default:
          {
            const Seed *other = seeds + next () % n_seeds;
            const size_t from = other->size > 0 ? next () % other->size : 0;
            const size_t n_bytes = other->size - from < 64 ? other->size - from : 64;
            if (at + n_bytes <= room)
              {
                memcpy (data + at, other->data + from, n_bytes);
                if (at + n_bytes > size)
                  size = at + n_bytes;
              }
          }
        }
    }
  return size;
}

static double
now (void)
{
  struct timespec t;
  clock_gettime (CLOCK_MONOTONIC, &t);
  return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

int
main (int argc, char **argv)
{
  double seconds = 3;
  size_t n_changed = 0;
  state = 1;
  snprintf (crash_name, sizeof crash_name, "crash-%.80s", program_invocation_short_name);
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--seconds") == 0 && i + 1 < argc)
      seconds = atof (argv[++i]);
    else if (strcmp (argv[i], "--seed") == 0 && i + 1 < argc)
      state = strtoull (argv[++i], NULL, 10);
    else
      add (argv[i]);
  if (getenv ("SW_FUZZ_SECONDS") != NULL)
    seconds = atof (getenv ("SW_FUZZ_SECONDS"));
  if (n_seeds == 0)
    {
      puts ("Bail out! no seeds");
      return 1;
    }
  qsort (seeds, n_seeds, sizeof *seeds, by_name);
  if (__sanitizer_set_death_callback != NULL)
    __sanitizer_set_death_callback (keep_current);
  else
    {
      signal (SIGSEGV, on_signal);
      signal (SIGBUS, on_signal);
      signal (SIGFPE, on_signal);
      signal (SIGABRT, on_signal);
    }
  signal (SIGALRM, on_signal);

  printf ("1..%zu\n", n_seeds + 1);
  run ((const uint8_t *) "", 0);
  const double start = now ();
  for (size_t i = 0; i < n_seeds; i++)
    {
      run (seeds[i].data, seeds[i].size);
      /* Cuts take at most as long again as the changes. */
      for (size_t k = 0; k < N_CUTS && now () < start + seconds; k++)
        run (seeds[i].data, seeds[i].size * k / N_CUTS);
      printf ("ok %zu %s\n", i + 1, seeds[i].name);
      fflush (stdout);
    }
  const size_t room = 2 * SIZE_MAX_SEED;
  uint8_t *data = malloc (room);
  const double end = now () + seconds;
  while (data != NULL && now () < end)
    {
      const size_t size = change (seeds + next () % n_seeds, data, room);
      run (data, size);
      n_changed++;
    }
  free (data);
  printf ("# %zu changed inputs\nok %zu changed inputs\n", n_changed, n_seeds + 1);
  for (size_t i = 0; i < n_seeds; i++)
    {
      free (seeds[i].name);
      free (seeds[i].data);
    }
  return 0;
}
