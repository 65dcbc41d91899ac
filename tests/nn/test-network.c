/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The networks that ship: they parse, their parameters are as many as published, their grids have the published sizes. */
#include <glib.h>
#include <string.h>

#include "base/memory.h"
#include "nn/network.h"

static SwNetwork *
load (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".json", NULL);
  g_autofree char *path = g_build_filename (g_getenv ("SW_DATADIR"), "networks", file, NULL);
  SwNetwork *network = NULL;
  SwError error = { 0 };
  if (sw_network_read (path, &network, &error) != SW_OK)
    g_error ("%s", error.text);
  g_assert_cmpstr (network->name, ==, name);
  return network;
}

static size_t
stage_parameters (const SwNetwork *network, const char *stage)
{
  const size_t length = strlen (stage);
  size_t n = 0;
  for (size_t i = 0; i < network->n_layers; i++)
    {
      const SwLayer *layer = &network->layers[i];
      if (strncmp (layer->stage, stage, length) == 0 && (layer->stage[length] == '\0' || layer->stage[length] == '.'))
        n += layer->n_weights + layer->n_biases;
    }
  return n;
}

/* Totals and, where they are known, blocks: Weiler et al. 2018, table 1 and the authors' code. */
static const struct
{
  const char *network, *stage; /* NULL: the whole network */
  size_t n;
} counts[] = {
  { "tetris", NULL, 41198 },
  { "tetris", "block1", 70 },
  { "tetris", "block2", 3808 },
  { "tetris", "block3", 15680 },
  { "tetris", "block4", 20608 },
  { "tetris", "head", 1032 },
  { "tetris-cnn", NULL, 6221832 },
  { "shrec17", NULL, 142617 },
  { "shrec17", "block1", 68 },
  { "shrec17", "block2", 862 },
  { "shrec17", "block5", 6840 },
  { "shrec17", "block8", 74240 },
  { "shrec17", "head", 28215 },
  { "cath", NULL, 143560 },
  { "cath", "stem", 58 },
  { "cath", "stage1", 1116 },
  { "cath", "stage2", 5768 },
  { "cath", "stage3", 34656 },
  { "cath", "head", 2570 },
  { "cath-cnn", NULL, 15878764 },
  { "amino-acid", NULL, 39521 },
  { "amino-acid-frame", NULL, 39521 },
};

static void
test_counts (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      SwNetwork *network = load (counts[i].network);
      const size_t n = counts[i].stage != NULL ? stage_parameters (network, counts[i].stage) : network->n_parameters;
      g_test_message ("%s %s: %zu", counts[i].network, counts[i].stage != NULL ? counts[i].stage : "", n);
      g_assert_cmpuint (n, ==, counts[i].n);
      sw_network_unref (network);
    }
}

static void
test_all_parse (void)
{
  g_autofree char *folder = g_build_filename (g_getenv ("SW_DATADIR"), "networks", NULL);
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *file;
  unsigned n = 0;
  g_assert_nonnull (dir);
  while ((file = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *name = g_strndup (file, strlen (file) - 5);
      SwNetwork *network, *twin;
      if (!g_str_has_suffix (file, ".json"))
        continue;
      network = load (name);
      g_assert_cmpstr (network->title, !=, "");
      g_assert_cmpuint (strlen (network->description), >, 40);
      twin = load (network->twin);
      g_assert_cmpstr (twin->twin, ==, network->name);
      g_assert_true (twin->conventional != network->conventional);
      g_assert_cmpuint (twin->n_outputs, ==, network->n_outputs);
      sw_network_unref (twin);
      sw_network_unref (network);
      n++;
    }
  g_dir_close (dir);
  g_assert_cmpuint (n, >=, 10);
}

/* Edges of the grids in the sampled engine, as published. */
static void
test_sizes (void)
{
  static const struct
  {
    const char *network;
    size_t sizes[12];
  } cases[] = {
    { "tetris", { 36, 40, 44, 22, 26, 13, 17, 1 } },
    { "shrec17", { 64, 34, 38, 21, 25, 15, 19, 12, 16, 1 } },
    { "cath", { 50, 25, 13, 7, 1 } },
    { "cath-cnn", { 50, 25, 13, 7, 1 } },
  };
  for (size_t k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      SwNetwork *network = load (cases[k].network);
      size_t sizes[1024], seen = 1;
      g_assert_cmpuint (network->size, ==, cases[k].sizes[0]);
      for (size_t i = 0; i < network->n_layers; i++)
        {
          const SwLayer *layer = &network->layers[i];
          const size_t before = layer->input[0] < 0 ? network->size : sizes[layer->input[0]];
          sizes[i] = sw_layer_output_size (layer, before);
          if (layer->kind == SW_LAYER_ADD)
            g_assert_cmpuint (before, ==, sizes[layer->input[1]]);
          if (sizes[i] == cases[k].sizes[seen])
            seen++;
        }
      g_test_message ("%s", cases[k].network);
      g_assert_cmpuint (cases[k].sizes[seen], ==, 0);
      sw_network_unref (network);
    }
}

#define HEAD "{\"format\": \"swivel-network 1\", \"name\": \"n\", \"input\": {\"kind\": \"atoms\", \"fields\": \"1x0\", \"size\": 9}, "
#define POOL "{\"type\": \"pool\", \"name\": \"p\"}"
#define BAND(keys) HEAD "\"bandlimited\": {" keys "}, \"layers\": [" POOL "]}"

/* Text that is no network, and a part of the message that must say why. */
static const struct
{
  const char *text, *message;
} bad[] = {
  { "", "not valid JSON" },
  { "{", "not valid JSON: line 1" },
  { "[]", "not an object" },
  { "{}", "format" },
  { "{\"format\": \"swivel-network 1\", \"format\": \"x\"}", "duplicate" },
  { HEAD "\"layers\": []}", "layers" },
  { HEAD "\"colour\": 1, \"layers\": [" POOL "]}", "colour" },
  { HEAD "\"layers\": [{\"type\": \"magic\", \"name\": \"m\"}]}", "\"m\"" },
  { HEAD "\"layers\": [{\"type\": \"gated\", \"name\": \"g\", \"fields\": \"1x9\"}, " POOL "]}", "\"g\"" },
  { HEAD "\"layers\": [{\"type\": \"gated\", \"name\": \"g\", \"fields\": \"1x1\", \"kernel\": -3}, " POOL "]}", "kernel" },
  { HEAD "\"layers\": [{\"type\": \"gated\", \"name\": \"g\", \"fields\": \"1x1\", \"kernel\": 4}, " POOL "]}", "odd" },
  { HEAD "\"layers\": [{\"type\": \"gated\", \"name\": \"g\", \"fields\": \"1x1\", \"repeat\": 90, \"padding\": 0}, " POOL "]}", "edge" },
  { HEAD "\"layers\": [{\"type\": \"gated\", \"name\": \"g\", \"fields\": \"1x1\"}]}", "pool" },
  { HEAD "\"layers\": [{\"type\": \"gated\", \"name\": \"g\", \"fields\": \"1x1\"}, " POOL ", {\"type\": \"linear\", \"name\": \"l\", \"outputs\": 2}]}",
    "scalars" },
  { HEAD "\"layers\": [" POOL ", " POOL "]}", "pool" },
  { HEAD "\"classes\": [\"a\", \"b\"], \"layers\": [" POOL "]}", "2 class names for 1" },
  { "{\"format\": \"swivel-network 1\", \"name\": \"n\", \"input\": {\"kind\": \"atoms\", \"fields\": \"1x0\", \"size\": -9}, \"layers\": [" POOL "]}",
    "-9" },
  { "{\"format\": \"swivel-network 1\", \"name\": \"n\", \"input\": {\"kind\": \"atoms\", \"fields\": \"1x1\", \"size\": 9}, \"layers\": [" POOL "]}",
    "scalars" },
  { BAND ("\"rolloff\": -0.1"), "\"rolloff\" is -0.1; it must lie between 0 and 1" },
  { BAND ("\"rolloff\": 1.01"), "\"rolloff\" is 1.01" },
  { BAND ("\"rolloff\": \"early\""), "rolloff" },
  { BAND ("\"oversampling\": 0.9"), "\"oversampling\" is 0.9; it must lie between 1 and 4" },
  { BAND ("\"oversampling\": 4.5"), "\"oversampling\" is 4.5" },
  { BAND ("\"oversampling\": \"fine\""), "oversampling" },
  { BAND ("\"oversampling\": []"), "\"oversampling\" is not a number or a list of 1 to 8" },
  { BAND ("\"oversampling\": [1, 1, 1, 1, 1, 1, 1, 1, 1]"), "\"oversampling\" is not a number or a list of 1 to 8" },
  { BAND ("\"oversampling\": [1, 0.5]"), "oversampling[1] is not a number between 1 and 4" },
  { BAND ("\"oversampling\": [null]"), "oversampling[0] is not a number between 1 and 4" },
  { BAND ("\"boxes\": 64"), "\"boxes\" is not a list of 1 to 8" },
  { BAND ("\"boxes\": []"), "\"boxes\" is not a list of 1 to 8" },
  { BAND ("\"boxes\": [10, 11, 12, 13, 14, 15, 16, 17, 18]"), "\"boxes\" is not a list of 1 to 8" },
  { BAND ("\"boxes\": [8]"), "boxes[0] is not a whole number from 9 " },
  { BAND ("\"size\": 12, \"boxes\": [11]"), "boxes[0] is not a whole number from 12 " },
  { BAND ("\"boxes\": [18, 16]"), "boxes[1] is not a whole number from 18 " },
  { BAND ("\"boxes\": [18, 513]"), "boxes[1] is not a whole number from 18 (the box before it) to 512" },
  { BAND ("\"boxes\": [12.5]"), "boxes[0] is not a whole number" },
  { BAND ("\"boxes\": [\"12\"]"), "boxes[0] is not a whole number" },
  { BAND ("\"boxes\": [null]"), "boxes[0] is not a whole number" },
  { BAND ("\"boxes\": [99999999999999999999]"), "not valid JSON" },
  { BAND ("\"box\": [12]"), "\"box\"" },
};

/* What "bandlimited" says, at its limits, and what it means where nothing is said. */
static void
test_bandlimited (void)
{
  static const char *const texts[] = { BAND ("\"rolloff\": 0, \"oversampling\": 4, \"boxes\": [9, 9, 512]"),
                                       HEAD "\"layers\": [" POOL "]}",
                                       BAND ("\"oversampling\": [1, 1.5, 4]") };
  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      SwNetwork *network = NULL;
      SwError error = { 0 };
      if (sw_network_parse (texts[i], strlen (texts[i]), "test.json", &network, &error) != SW_OK)
        g_error ("%s", error.text);
      g_assert_cmpfloat (network->rolloff, ==, i == 0 ? 0.0 : 0.85);
      g_assert_cmpuint (network->n_oversampling, ==, i == 2 ? 3 : 1);
      g_assert_cmpfloat (network->oversampling[0], ==, i == 0 ? 4.0 : 1.0);
      g_assert_cmpfloat (network->oversampling[1], ==, i == 2 ? 1.5 : 0.0);
      g_assert_cmpuint (network->n_boxes, ==, i == 0 ? 3 : 0);
      if (i == 0)
        {
          g_assert_cmpuint (network->boxes[0], ==, 9);
          g_assert_cmpuint (network->boxes[2], ==, 512);
        }
      sw_network_unref (network);
    }
}

static void
test_refused (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      SwNetwork *network = NULL;
      SwError error = { 0 };
      g_assert_cmpint (sw_network_parse (bad[i].text, strlen (bad[i].text), "test.json", &network, &error), !=, SW_OK);
      g_assert_null (network);
      g_test_message ("%s", error.text);
      g_assert_true (g_str_has_prefix (error.text, "test.json: "));
      g_assert_nonnull (strstr (error.text, bad[i].message));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/network/counts", test_counts);
  g_test_add_func ("/nn/network/all-parse", test_all_parse);
  g_test_add_func ("/nn/network/sizes", test_sizes);
  g_test_add_func ("/nn/network/bandlimited", test_bandlimited);
  g_test_add_func ("/nn/network/refused", test_refused);
  return g_test_run ();
}
