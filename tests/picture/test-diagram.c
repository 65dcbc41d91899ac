/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every layer of every network has a box, boxes do not overlap, lines follow the network, keys reach every box. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "picture/diagram.h"

static void
test_layout (void)
{
  g_autoptr (SwCatalog) catalog = sw_catalog_new ();
  size_t n = 0, n_drawn = 0;
  const SwCatalogNetwork *networks = sw_catalog_networks (catalog, &n);
  for (size_t i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;
      const SwModelRequest request = { .network = networks[i].name, .random = true };
      if (networks[i].problem != NULL || networks[i].n_parameters > 1000000)
        continue;
      g_autoptr (SwLoadedModel) model = sw_loaded_model_new (catalog, &request, &error);
      g_assert_no_error (error);
      g_autoptr (SwDiagram) diagram = sw_diagram_new (model, NULL, i % 2 == 0 ? 0.0 : 64.0);
      g_assert_cmpuint (diagram->n_boxes, ==, model->network->n_layers + 1);
      for (size_t a = 0; a < diagram->n_boxes; a++)
        {
          const SwDiagramBox *p = &diagram->boxes[a];
          g_assert_cmpint (sw_diagram_find (diagram, p->x + 1, p->y + 1), ==, (int) a);
          g_assert_cmpfloat (p->x + p->width, <=, diagram->width);
          g_assert_cmpfloat (p->y + p->height, <=, diagram->height);
          for (size_t b = 0; b < a; b++)
            {
              const SwDiagramBox *q = &diagram->boxes[b];
              g_assert_true (p->x >= q->x + q->width || q->x >= p->x + p->width || p->y >= q->y + q->height || q->y >= p->y + p->height);
            }
        }
      size_t n_lines = 0;
      for (size_t k = 0; k < model->network->n_layers; k++)
        n_lines += model->network->layers[k].kind == SW_LAYER_ADD ? 2 : 1;
      g_assert_cmpuint (diagram->n_lines, ==, n_lines);
      for (size_t k = 0; k < diagram->n_lines; k++)
        g_assert_cmpuint (diagram->lines[k].from, <, diagram->lines[k].to);
      int box = 0;
      for (size_t k = 0; k + 1 < diagram->n_boxes; k++)
        {
          const int next = sw_diagram_step (diagram, box, 1, 0);
          g_assert_cmpint (next, ==, box + 1);
          g_assert_cmpint (sw_diagram_step (diagram, next, -1, 0), ==, box);
          g_assert_cmpfloat (diagram->boxes[sw_diagram_step (diagram, next, 0, 1)].y, >=, diagram->boxes[next].y);
          box = next;
        }
      g_assert_cmpint (sw_diagram_step (diagram, box, 1, 0), ==, box);
      g_autofree char *svg = sw_diagram_dup_svg (diagram, i % 2 == 1);
      for (size_t a = 0; a < diagram->n_boxes; a++)
        g_assert_nonnull (strstr (svg, diagram->boxes[a].title));
      g_assert_true (g_str_has_suffix (svg, "</svg>\n"));
      GMarkupParser nothing = { 0 };
      GMarkupParseContext *context = g_markup_parse_context_new (&nothing, 0, NULL, NULL);
      g_assert_true (g_markup_parse_context_parse (context, svg, -1, &error) && g_markup_parse_context_end_parse (context, &error));
      g_markup_parse_context_free (context);
      n_drawn++;
    }
  g_assert_cmpuint (n_drawn, >, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/picture/diagram/layout", test_layout);
  return g_test_run ();
}
