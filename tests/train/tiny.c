/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiny.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

SwNetwork *
tiny_network (unsigned n_outputs)
{
  g_autofree char *text = g_strdup_printf (
      "{\"format\": \"swivel-network 1\", \"name\": \"tiny\", \"input\": {\"kind\": \"atoms\", \"fields\": \"1x0\", \"size\": 9},"
      " \"layers\": [{\"type\": \"gated\", \"name\": \"first\", \"fields\": \"2x0+1x1\", \"kernel\": 3},"
      " {\"type\": \"gated\", \"name\": \"second\", \"fields\": \"3x0\", \"kernel\": 3, \"batchnorm\": {\"fold\": false}},"
      " {\"type\": \"pool\", \"name\": \"pool\"}, {\"type\": \"dropout\", \"name\": \"dropout\", \"probability\": 0.3},"
      " {\"type\": \"linear\", \"name\": \"head\", \"outputs\": %u}]}",
      n_outputs);
  SwNetwork *network = NULL;
  SwError error = { 0 };
  if (sw_network_parse (text, strlen (text), "tiny", &network, &error) != SW_OK)
    g_error ("%s", error.text);
  return network;
}

SwModel *
tiny_model (SwNetwork *network, unsigned seed)
{
  SwModel *model = NULL;
  SwError error = { 0 };
  if (sw_model_new (network, seed, &model, &error) != SW_OK)
    g_error ("%s", error.text);
  return model;
}

char *
tiny_folder_new (void)
{
  char *path = g_dir_make_tmp ("swivel-train-XXXXXX", NULL);
  g_assert_nonnull (path);
  return path;
}

void
tiny_folder_remove (const char *path)
{
  GDir *folder = g_dir_open (path, 0, NULL);
  const char *name;
  g_assert_nonnull (folder);
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      g_remove (file);
    }
  g_dir_close (folder);
  g_assert_cmpint (g_rmdir (path), ==, 0);
}
