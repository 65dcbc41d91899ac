/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiments/study.h"

#include <math.h>

/* Of the paper's plot (examples/plots/cath.py there): training set divided by 1, 2, 4, 8, 16. */
#define N_PUBLISHED 5
static const double published_values[2][N_PUBLISHED] = { { 0.657, 0.642, 0.618, 0.598, 0.544 }, { 0.609, 0.603, 0.573, 0.546, 0.489 } };

#define WIDTH 640.0
#define HEIGHT 400.0
#define LEFT 60.0
#define RIGHT 20.0
#define TOP 20.0
#define BOTTOM 50.0
#define REDUCTION_MAX 64.0
static const char *const colours[2] = { "#1a5fb4", "#c64600" }; /* steerable, conventional */

static void
append_number (GString *text, const char *format, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append (text, g_ascii_formatd (buffer, sizeof buffer, format, value));
}

bool
sw_study_write_csv (const SwStudyRow *rows, size_t n, const char *path, GError **error)
{
  g_autoptr (GString) text = g_string_new (
      "network,conventional,reduction,training_samples,test_samples,epochs,test_accuracy_rotated,test_accuracy,training_seconds\n");
  for (size_t i = 0; i < n; i++)
    {
      const SwStudyRow *r = &rows[i];
      g_string_append_printf (text, "%s,%d,%u,%zu,%zu,%u,", r->network, r->conventional, r->reduction, r->n_train, r->n_test,
                              r->epochs);
      append_number (text, "%.4f", r->accuracy);
      g_string_append_c (text, ',');
      append_number (text, "%.4f", r->accuracy_given);
      g_string_append_c (text, ',');
      append_number (text, "%.0f", r->seconds);
      g_string_append_c (text, '\n');
    }
  return g_file_set_contents (path, text->str, (gssize) text->len, error);
}

/* ---- the plot: 1/reduction on a logarithmic axis ---- */

static double
x_of (double reduction, double most)
{
  return WIDTH - RIGHT - (WIDTH - LEFT - RIGHT) * log2 (reduction) / log2 (most);
}

static double
y_of (double accuracy)
{
  return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * accuracy;
}

static void
append_text (GString *svg, double x, double y, const char *anchor, const char *colour, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  g_string_append (svg, "<text x=\"");
  append_number (svg, "%.1f", x);
  g_string_append (svg, "\" y=\"");
  append_number (svg, "%.1f", y);
  g_string_append_printf (svg, "\" text-anchor=\"%s\" fill=\"%s\">%s</text>\n", anchor, colour, escaped);
}

static void
append_point (GString *points, double x, double y)
{
  append_number (points, "%.1f", x);
  g_string_append_c (points, ',');
  append_number (points, "%.1f ", y);
}

static void
append_line (GString *svg, const char *points, const char *colour, const char *more)
{
  g_string_append_printf (svg, "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" %s/>\n", points, colour, more);
}

static void
append_axes (GString *svg, double most)
{
  for (int tenth = 0; tenth <= 10; tenth += 2)
    {
      g_autoptr (GString) line = g_string_new (NULL);
      g_autofree char *label = g_strdup_printf ("%d %%", 10 * tenth);
      append_point (line, LEFT, y_of (tenth / 10.0));
      append_point (line, WIDTH - RIGHT, y_of (tenth / 10.0));
      append_line (svg, line->str, "#cccccc", "stroke-width=\"1\"");
      append_text (svg, LEFT - 6, y_of (tenth / 10.0) + 4, "end", "#333333", label);
    }
  for (double reduction = 1; reduction <= most; reduction *= 2)
    {
      g_autofree char *label = reduction > 1 ? g_strdup_printf ("1/%.0f", reduction) : g_strdup ("all");
      append_text (svg, x_of (reduction, most), HEIGHT - BOTTOM + 18, "middle", "#333333", label);
    }
  append_text (svg, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "middle", "#333333", "part of the training set; test accuracy, turned at random");
}

bool
sw_study_write_svg (const SwStudyRow *rows, size_t n, bool published, const char *path, GError **error)
{
  g_autoptr (GString) svg = g_string_new (NULL);
  double most = published ? 16 : 2;

  for (size_t i = 0; i < n; i++)
    most = fmax (most, fmin ((double) rows[i].reduction, REDUCTION_MAX));
  g_string_append_printf (svg,
                          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" font-family=\"sans-serif\" "
                          "font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
                          WIDTH, HEIGHT);
  append_axes (svg, most);
  for (int kind = 0; kind < 2; kind++)
    {
      g_autoptr (GString) line = g_string_new (NULL), paper = g_string_new (NULL);
      const char *name = NULL;
      for (size_t i = 0; i < n; i++)
        if (rows[i].conventional == (kind == 1))
          {
            const double x = x_of (fmin ((double) rows[i].reduction, most), most);
            name = rows[i].network;
            append_point (line, x, y_of (rows[i].accuracy));
            g_string_append (svg, "<circle r=\"3\" cx=\"");
            append_number (svg, "%.1f", x);
            g_string_append (svg, "\" cy=\"");
            append_number (svg, "%.1f", y_of (rows[i].accuracy_given));
            g_string_append_printf (svg, "\" fill=\"%s\"/>\n", colours[kind]);
          }
      if (name != NULL)
        {
          append_line (svg, line->str, colours[kind], "stroke-width=\"2\"");
          append_text (svg, LEFT + 10, HEIGHT - BOTTOM - 40 + 16 * kind, "start", colours[kind], name);
        }
      for (int k = 0; published && k < N_PUBLISHED; k++)
        append_point (paper, x_of (1 << k, most), y_of (published_values[kind][k]));
      if (published)
        append_line (svg, paper->str, colours[kind], "stroke-width=\"1\" stroke-dasharray=\"4 4\"");
    }
  if (published)
    append_text (svg, LEFT + 10, HEIGHT - BOTTOM - 8, "start", "#333333", "dashed: the paper, on its own, larger set");
  g_string_append (svg, "</svg>\n");
  return g_file_set_contents (path, svg->str, (gssize) svg->len, error);
}
