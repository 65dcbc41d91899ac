/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "cli/processes.h"

#include <glib.h>
#include <glib/gi18n.h>
#include <time.h>

#include "cli/cli.h"

static SwReduce all = { .rank = 0, .size = 1 };

const SwReduce *
sw_processes_reduce (void)
{
  return &all;
}

/* Set by Open MPI's mpirun and by other launchers that speak PMI. */
static bool
started_together (void)
{
  static const char *const names[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMIX_RANK" };
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_getenv (names[i]) != NULL)
      return true;
  return false;
}

#ifdef SW_HAVE_MPI
#include <mpi.h>

/* A process that was told to stop says after this time that another does not answer: mpirun, when one has died, tells the others
 * to stop and kills them a second later. */
#define SECONDS_TO_TELL 0.3
/* On a busy machine the other may still be at its step. Then this process gives up. */
#define SECONDS_TO_WAIT 30
/* Between two looks at a sum that is not there yet: the processes may share a processor. */
#define NANOSECONDS_OF_SLEEP 50000
/* Sums are sent in pieces of this many numbers. */
#define PIECE 65536

static volatile sig_atomic_t *stop_flag;

static SwStatus
wait_for (MPI_Request *request, SwError *error)
{
  const struct timespec pause = { .tv_nsec = NANOSECONDS_OF_SLEEP };
  gint64 told = 0;
  bool said = false;
  for (unsigned looks = 0;; looks++)
    {
      int done = 0;
      if (MPI_Test (request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS)
        return sw_error_set (error, SW_ERROR_IO, "the connection to another process of this run broke");
      if (done)
        return SW_OK;
      if (looks > 100)
        nanosleep (&pause, NULL);
      if (*stop_flag != 0 && told == 0)
        told = g_get_monotonic_time ();
      if (told == 0)
        continue;
      const double waited = (double) (g_get_monotonic_time () - told) / G_USEC_PER_SEC;
      if (!said && waited > SECONDS_TO_TELL)
        sw_cli_note (_ ("another process of this run has ended or does not answer; if the run ends here, what was reached at the last "
                        "checkpoint is kept, and --resume goes on from there"));
      said = said || waited > SECONDS_TO_TELL;
      if (waited > SECONDS_TO_WAIT)
        return sw_error_set (error, SW_ERROR_IO, "another process of this run does not answer; the run ends");
    }
}

/* A sum at the first process, sent to all: so that all have the same numbers to the last bit. */
static SwStatus
sum (void *data, size_t n, double *values, SwError *error)
{
  static double buffer[PIECE];
  (void) data;
  for (size_t at = 0; at < n; at += PIECE)
    {
      const int part = (int) (n - at < PIECE ? n - at : PIECE);
      MPI_Request request;
      SwStatus status;
      if (MPI_Ireduce (values + at, buffer, part, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD, &request) != MPI_SUCCESS)
        return sw_error_set (error, SW_ERROR_IO, "the connection to another process of this run broke");
      status = wait_for (&request, error);
      if (status != SW_OK)
        return status;
      if (all.rank == 0)
        for (int i = 0; i < part; i++)
          values[at + (size_t) i] = buffer[i];
      if (MPI_Ibcast (values + at, part, MPI_DOUBLE, 0, MPI_COMM_WORLD, &request) != MPI_SUCCESS)
        return sw_error_set (error, SW_ERROR_IO, "the connection to another process of this run broke");
      status = wait_for (&request, error);
      if (status != SW_OK)
        return status;
    }
  return SW_OK;
}

bool
sw_processes_join (volatile sig_atomic_t *stop)
{
  int provided;
  stop_flag = stop;
  if (!started_together ())
    return true;
  if (MPI_Init_thread (NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
    {
      sw_cli_fail (SW_EXIT_ERROR, _ ("the processes of this run cannot be joined"));
      return false;
    }
  MPI_Comm_set_errhandler (MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm_rank (MPI_COMM_WORLD, &all.rank);
  MPI_Comm_size (MPI_COMM_WORLD, &all.size);
  if (all.size > 1)
    all.sum = sum;
  return true;
}

void
sw_processes_leave (int status, bool agreed)
{
  int joined = 0;
  MPI_Initialized (&joined);
  if (!joined)
    return;
  if (all.size > 1 && status != 0 && !agreed)
    MPI_Abort (MPI_COMM_WORLD, status);
  MPI_Finalize ();
}

#else

bool
sw_processes_join (volatile sig_atomic_t *stop)
{
  (void) stop;
  if (!started_together ())
    return true;
  sw_cli_fail (SW_EXIT_ERROR, _ ("this program was built without Open MPI: it cannot share a run among processes"));
  return false;
}

void
sw_processes_leave (int status, bool agreed)
{
  (void) status;
  (void) agreed;
}
#endif
