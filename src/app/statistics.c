/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/statistics.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static struct
{
  gboolean running;
  GPtrArray *marks;   /* names, static strings */
  GPtrArray *waiting; /* of them, until the frame is done */
  gboolean has_picture;
  unsigned n_frames, n_results;
  gint64 last_frame, longest_gap;
  double processor;
} statistics;

/* The start of the process is known to a hundredth of a second. */
static double
since_start (void)
{
  g_autofree char *text = NULL;
  unsigned long long ticks = 0;
  struct timespec now;

  if (!g_file_get_contents ("/proc/self/stat", &text, NULL, NULL))
    return 0.0;
  /* The name in brackets may hold blanks; field 22 is the twentieth after it. */
  const char *field = strrchr (text, ')');
  for (int i = 0; i < 20 && field != NULL; i++)
    field = strchr (field + 1, ' ');
  if (field == NULL || sscanf (field, "%llu", &ticks) != 1)
    return 0.0;
  clock_gettime (CLOCK_BOOTTIME, &now);
  return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec
         - (double) ticks / (double) sysconf (_SC_CLK_TCK);
}

static double
processor_seconds (void)
{
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
         + 1e-6 * (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static unsigned
resident_megabytes (void)
{
  g_autofree char *text = NULL;
  unsigned long long total = 0, resident = 0;
  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    (void) sscanf (text, "%llu %llu", &total, &resident);
  return (unsigned) (resident * (unsigned long long) sysconf (_SC_PAGESIZE) >> 20);
}

static gboolean
each_second (gpointer data)
{
  const double processor = processor_seconds ();
  g_print ("second frames=%u results=%u gap_ms=%.0f cpu=%.0f rss_mb=%u\n", statistics.n_frames,
           statistics.n_results, 1e-3 * (double) statistics.longest_gap,
           100.0 * (processor - statistics.processor), resident_megabytes ());
  statistics.processor = processor;
  statistics.n_frames = statistics.n_results = 0;
  statistics.longest_gap = 0;
  return G_SOURCE_CONTINUE;
}

void
sw_statistics_start (void)
{
  if (statistics.running)
    return;
  statistics.running = TRUE;
  statistics.marks = g_ptr_array_new ();
  statistics.waiting = g_ptr_array_new ();
  statistics.processor = processor_seconds ();
  g_timeout_add (1000, each_second, NULL);
}

static void
on_after_paint (GdkFrameClock *clock)
{
  const gint64 now = g_get_monotonic_time ();

  for (guint i = 0; i < statistics.waiting->len; i++)
    g_print ("mark %s seconds=%.2f processor=%.2f\n",
             (const char *) g_ptr_array_index (statistics.waiting, i), since_start (),
             processor_seconds ());
  g_ptr_array_set_size (statistics.waiting, 0);
  if (!statistics.has_picture)
    return;
  statistics.has_picture = FALSE;
  statistics.n_frames++;
  if (statistics.last_frame != 0)
    statistics.longest_gap = MAX (statistics.longest_gap, now - statistics.last_frame);
  statistics.last_frame = now;
}

void
sw_statistics_watch (GtkWidget *widget)
{
  if (statistics.running)
    g_signal_connect (gtk_widget_get_frame_clock (widget), "after-paint",
                      G_CALLBACK (on_after_paint), NULL);
}

void
sw_statistics_picture (void)
{
  statistics.has_picture = TRUE;
}

void
sw_statistics_result (void)
{
  statistics.n_results++;
}

void
sw_statistics_mark (const char *name)
{
  if (!statistics.running || g_ptr_array_find (statistics.marks, name, NULL))
    return;
  g_ptr_array_add (statistics.marks, (gpointer) name);
  g_ptr_array_add (statistics.waiting, (gpointer) name);
}
