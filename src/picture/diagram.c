/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "picture/diagram.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "workbench/comparison.h"

/* Pixels. */
#define BOX_WIDTH 190.0
#define TEXT_HEIGHT 54.0
#define GAP_X 34.0
#define GAP_Y 34.0
#define MARGIN 26.0
#define TITLE 34.0

static char *
detail_of (const SwLayer *layer, size_t size, const SwRunLayer *run)
{
  GString *text = g_string_new (NULL);
  const size_t n = layer != NULL ? layer->n_weights + layer->n_biases : 0;
  if (size > 1)
    g_string_append_printf (text, "%zu³", size);
  if (n > 0)
    /* Translators: how many numbers a layer has learned */
    g_string_append_printf (text, ngettext ("%s%zu parameter", "%s%zu parameters", n), text->len > 0 ? " · " : "", n);
  if (run != NULL && run->seconds > 0.0)
    g_string_append_printf (text, _ ("%s%.1f ms"), text->len > 0 ? " · " : "", 1e3 * run->seconds);
  return g_string_free (text, FALSE);
}

static void
fill_box (SwDiagramBox *box, int index, const SwLayer *layer, const SwFieldType *fields, const char *name, size_t size, const SwRunLayer *run)
{
  char type[256];
  box->layer = index;
  box->title = g_strdup (name);
  box->type = g_strdup (sw_field_type_format (fields, type, sizeof type));
  box->detail = detail_of (layer, run != NULL ? run->size : size, run);
  box->is_wide = layer != NULL && layer->n_weights > 0;
}

static void
join (SwDiagram *diagram, size_t from, size_t to)
{
  const SwDiagramBox *a = &diagram->boxes[from], *b = &diagram->boxes[to];
  SwDiagramLine *line = &diagram->lines[diagram->n_lines++];
  *line = (SwDiagramLine){ .from = from, .to = to };
  double *p = line->points;
  if (a->y == b->y && a->x < b->x && to == from + 1) /* neighbours */
    {
      p[0] = a->x + a->width;
      p[1] = p[3] = p[5] = p[7] = a->y + 0.5 * a->height;
      p[6] = b->x;
      p[2] = p[0] + 0.33 * (p[6] - p[0]);
      p[4] = p[0] + 0.67 * (p[6] - p[0]);
      return;
    }
  const bool is_same_row = a->y == b->y;
  p[0] = a->x + (is_same_row ? 0.35 : 0.5) * a->width;
  p[1] = a->y + a->height;
  p[6] = b->x + (is_same_row ? 0.65 : 0.5) * b->width;
  p[7] = is_same_row ? b->y + b->height : b->y;
  const double reach = is_same_row ? 0.9 * GAP_Y : fmax (0.5 * (p[7] - p[1]), 0.8 * GAP_Y);
  p[2] = p[0];
  p[3] = p[1] + reach;
  p[4] = p[6];
  p[5] = p[7] + (is_same_row ? reach : -reach);
}

SwDiagram *
sw_diagram_new (const SwLoadedModel *model, const SwRunResult *run, double thumbnail)
{
  const SwNetwork *network = model->network;
  SwDiagram *diagram = g_new0 (SwDiagram, 1);
  g_autofree size_t *sizes = g_new0 (size_t, network->n_layers + 1); /* [0]: the input */
  const char *stage = NULL;
  double x = MARGIN, y = MARGIN + TITLE;
  const double height = TEXT_HEIGHT + (thumbnail > 0.0 ? thumbnail + 6.0 : 0.0);

  diagram->title = g_strdup (network->title[0] != '\0' ? network->title : network->name);
  diagram->n_boxes = network->n_layers + 1;
  diagram->boxes = g_new0 (SwDiagramBox, diagram->n_boxes);
  diagram->lines = g_new0 (SwDiagramLine, 2 * diagram->n_boxes);
  sizes[0] = network->size;
  fill_box (&diagram->boxes[0], -1, NULL, &network->input, "input", sizes[0], run != NULL ? &run->input : NULL);
  diagram->boxes[0].x = x;
  diagram->boxes[0].y = y;
  for (size_t i = 0; i < network->n_layers; i++)
    {
      const SwLayer *layer = &network->layers[i];
      const size_t before = sizes[layer->input[0] + 1];
      SwDiagramBox *box = &diagram->boxes[i + 1];
      sizes[i + 1] = layer->kind == SW_LAYER_GLOBAL_POOL || layer->kind == SW_LAYER_LINEAR ? 1
                     : before > 1                                                          ? sw_layer_output_size (layer, before)
                                                                                           : 1;
      fill_box (box, (int) i, layer, &layer->out, layer->name, sizes[i + 1],
                run != NULL && i < run->n_layers ? &run->layers[i] : NULL);
      if (stage == NULL || strcmp (stage, layer->stage) != 0)
        {
          stage = layer->stage;
          x = MARGIN;
          y += height + GAP_Y;
        }
      else
        x += BOX_WIDTH + GAP_X;
      box->x = x;
      box->y = y;
    }
  for (size_t i = 0; i < diagram->n_boxes; i++)
    {
      diagram->boxes[i].width = BOX_WIDTH;
      diagram->boxes[i].height = height;
      diagram->width = fmax (diagram->width, diagram->boxes[i].x + BOX_WIDTH + MARGIN);
      diagram->height = fmax (diagram->height, diagram->boxes[i].y + height + MARGIN);
    }
  for (size_t i = 0; i < network->n_layers; i++)
    {
      const SwLayer *layer = &network->layers[i];
      join (diagram, (size_t) (layer->input[0] + 1), i + 1);
      if (layer->kind == SW_LAYER_ADD)
        join (diagram, (size_t) (layer->input[1] + 1), i + 1);
    }
  return diagram;
}

void
sw_diagram_free (SwDiagram *diagram)
{
  if (diagram == NULL)
    return;
  for (size_t i = 0; i < diagram->n_boxes; i++)
    {
      g_free (diagram->boxes[i].title);
      g_free (diagram->boxes[i].type);
      g_free (diagram->boxes[i].detail);
    }
  g_free (diagram->boxes);
  g_free (diagram->lines);
  g_free (diagram->title);
  g_free (diagram);
}

int
sw_diagram_find (const SwDiagram *diagram, double x, double y)
{
  for (size_t i = 0; i < diagram->n_boxes; i++)
    {
      const SwDiagramBox *box = &diagram->boxes[i];
      if (x >= box->x && x < box->x + box->width && y >= box->y && y < box->y + box->height)
        return (int) i;
    }
  return -1;
}

int
sw_diagram_step (const SwDiagram *diagram, int box, int dx, int dy)
{
  if (box < 0 || (size_t) box >= diagram->n_boxes)
    return 0;
  const SwDiagramBox *from = &diagram->boxes[box];
  if (dx != 0)
    {
      const int next = box + dx;
      return next >= 0 && (size_t) next < diagram->n_boxes ? next : box;
    }
  int best = box;
  double best_distance = INFINITY;
  for (size_t i = 0; i < diagram->n_boxes; i++)
    {
      const double down = (diagram->boxes[i].y - from->y) * dy;
      const double distance = fabs (down) * 10.0 + fabs (diagram->boxes[i].x - from->x);
      if (down > 0.0 && distance < best_distance)
        {
          best = (int) i;
          best_distance = distance;
        }
    }
  return best;
}

/* ---- SVG */

static void
add_text (GString *svg, double x, double y, const char *class_name, const char *text)
{
  char buffers[2][G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  g_string_append_printf (svg, "  <text class=\"%s\" x=\"%s\" y=\"%s\">%s</text>\n", class_name,
                          g_ascii_formatd (buffers[0], sizeof buffers[0], "%.1f", x),
                          g_ascii_formatd (buffers[1], sizeof buffers[1], "%.1f", y), escaped);
}

char *
sw_diagram_dup_svg (const SwDiagram *diagram, bool is_dark)
{
  GString *svg = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  const char *ink = is_dark ? "#f2f2f2" : "#1e1e1e", *paper = is_dark ? "#1b1e24" : "#ffffff";
  const char *box_color = is_dark ? "#2b2f38" : "#f3f5f8", *wide = is_dark ? "#23405f" : "#dbe9f6";

  g_string_append_printf (svg,
                          "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n"
                          "  <style>text { font-family: Cantarell, 'DejaVu Sans', sans-serif; fill: %s } .head { font-size: 17px; "
                          "font-weight: bold } .name { font-size: 12px; font-weight: bold } .type { font-size: 10.5px } .small { "
                          "font-size: 10px; fill-opacity: 0.7 } rect { rx: 7px } path { fill: none; stroke: %s; stroke-opacity: 0.55; "
                          "stroke-width: 1.5 }</style>\n"
                          "  <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" "
                          "orient=\"auto\"><polygon points=\"0,0 8,4 0,8\" fill=\"%s\" fill-opacity=\"0.55\"/></marker></defs>\n"
                          "  <rect width=\"100%%\" height=\"100%%\" style=\"rx: 0\" fill=\"%s\"/>\n",
                          (int) ceil (diagram->width), (int) ceil (diagram->height), (int) ceil (diagram->width),
                          (int) ceil (diagram->height), ink, ink, ink, paper);
  add_text (svg, MARGIN, MARGIN + 14.0, "head", diagram->title);
  for (size_t i = 0; i < diagram->n_lines; i++)
    {
      char b[8][G_ASCII_DTOSTR_BUF_SIZE];
      for (int k = 0; k < 8; k++)
        g_ascii_formatd (b[k], sizeof b[k], "%.1f", diagram->lines[i].points[k]);
      g_string_append_printf (svg, "  <path d=\"M %s %s C %s %s %s %s %s %s\" marker-end=\"url(#tip)\"/>\n", b[0], b[1], b[2], b[3], b[4],
                              b[5], b[6], b[7]);
    }
  for (size_t i = 0; i < diagram->n_boxes; i++)
    {
      const SwDiagramBox *box = &diagram->boxes[i];
      const double bottom = box->y + box->height;
      g_string_append_printf (svg, "  <rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n", (int) box->x, (int) box->y,
                              (int) box->width, (int) box->height, box->is_wide ? wide : box_color);
      add_text (svg, box->x + 10.0, bottom - 37.0, "name", box->title);
      add_text (svg, box->x + 10.0, bottom - 22.0, "type", box->type);
      add_text (svg, box->x + 10.0, bottom - 8.0, "small", box->detail);
    }
  g_string_append (svg, "</svg>\n");
  return g_string_free (svg, FALSE);
}

bool
sw_diagram_write_svg (const SwDiagram *diagram, const char *path, bool is_dark, GError **error)
{
  g_autofree char *svg = sw_diagram_dup_svg (diagram, is_dark);
  return g_file_set_contents (path, svg, -1, error);
}

/* ---- thumbnails */

float *
sw_diagram_dup_thumbnail (const SwRunResult *run, int layer, size_t copy, size_t *ret_size)
{
  const SwRunLayer *info = sw_run_result_get_layer (run, layer);
  const float *field = sw_run_result_get_field (run, layer);
  unsigned l = 0;
  size_t channel = 0;

  if (field == NULL || info->size < 2 || !sw_field_copy_locate (&info->fields, copy, &l, &channel))
    return NULL;
  const size_t n = info->size, n_voxels = n * n * n;
  float *picture = g_new0 (float, n * n), largest = 0.0f;
  for (size_t z = 0; z < n; z++)
    for (size_t y = 0; y < n; y++)
      for (size_t x = 0; x < n; x++)
        {
          float square = 0.0f;
          for (size_t m = 0; m < 2 * l + 1; m++)
            {
              const float value = field[(channel + m) * n_voxels + (z * n + y) * n + x];
              square += value * value;
            }
          float *pixel = &picture[(n - 1 - y) * n + x];
          *pixel = fmaxf (*pixel, sqrtf (square));
          largest = fmaxf (largest, *pixel);
        }
  for (size_t i = 0; largest > 0.0f && i < n * n; i++)
    picture[i] /= largest;
  *ret_size = n;
  return picture;
}
