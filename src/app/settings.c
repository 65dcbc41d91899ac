/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/settings.h"

/* The defaults of data/org.swivel.Swivel.gschema.xml once more, for programs without the schema;
 * tests/app compares the two. */
static const struct
{
  const char *key;
  const char *value;
} defaults[] = {
  { "window-width", "1280" },      { "window-height", "800" },   { "window-maximized", "false" },
  { "network", "'quick'" },        { "engine", "'bandlimited'" }, { "panes", "'two'" },
  { "drag-turns", "'input'" },     { "color-scheme", "'default'" }, { "show-molecule", "true" },
  { "show-field", "true" },        { "show-density", "true" },   { "show-box", "true" },
  { "last-folder", "''" },         { "molecule-style", "'auto'" }, { "molecule-color", "'auto'" },
  { "field-display", "'auto'" },   { "field-levels", "1" },
  { "depth-cue", "true" },         { "occlusion", "true" },      { "outlines", "true" },
};

static GSettings *settings;
static GHashTable *memory; /* of GVariant */

static void
prepare (void)
{
  static gsize once = 0;
  if (!g_once_init_enter (&once))
    return;
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema = NULL;
  if (source != NULL)
    schema = g_settings_schema_source_lookup (source, SW_APP_ID, TRUE);
  if (schema == NULL)
    {
      g_autoptr (GSettingsSchemaSource) built
          = g_settings_schema_source_new_from_directory (SW_BUILD_DATADIR, source, FALSE, NULL);
      if (built != NULL)
        schema = g_settings_schema_source_lookup (built, SW_APP_ID, TRUE);
    }
  /* A schema of another version may lack a key, and GSettings aborts on that. */
  for (gsize i = 0; schema != NULL && i < G_N_ELEMENTS (defaults); i++)
    if (!g_settings_schema_has_key (schema, defaults[i].key))
      g_clear_pointer (&schema, g_settings_schema_unref);
  if (schema != NULL)
    settings = g_settings_new_full (schema, NULL, NULL);

  memory = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_variant_unref);
  for (gsize i = 0; i < G_N_ELEMENTS (defaults); i++)
    g_hash_table_insert (memory, (char *) defaults[i].key,
                         g_variant_parse (NULL, defaults[i].value, NULL, NULL, NULL));
  g_once_init_leave (&once, 1);
}

GVariant *
sw_settings_get_value (const char *key)
{
  prepare ();
  if (settings != NULL)
    return g_settings_get_value (settings, key);
  return g_variant_ref (g_hash_table_lookup (memory, key));
}

void
sw_settings_set_value (const char *key, GVariant *value)
{
  prepare ();
  g_autoptr (GVariant) owned = g_variant_ref_sink (value);
  if (settings != NULL)
    {
      g_settings_set_value (settings, key, owned);
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (g_str_equal (defaults[i].key, key))
      g_hash_table_insert (memory, (char *) defaults[i].key, g_variant_ref (owned));
}

int
sw_settings_get_int (const char *key)
{
  g_autoptr (GVariant) value = sw_settings_get_value (key);
  return g_variant_get_int32 (value);
}

void
sw_settings_set_int (const char *key, int value)
{
  sw_settings_set_value (key, g_variant_new_int32 (value));
}

gboolean
sw_settings_get_boolean (const char *key)
{
  g_autoptr (GVariant) value = sw_settings_get_value (key);
  return g_variant_get_boolean (value);
}

void
sw_settings_set_boolean (const char *key, gboolean value)
{
  sw_settings_set_value (key, g_variant_new_boolean (value));
}

char *
sw_settings_dup_string (const char *key)
{
  g_autoptr (GVariant) value = sw_settings_get_value (key);
  return g_variant_dup_string (value, NULL);
}

void
sw_settings_set_string (const char *key, const char *value)
{
  sw_settings_set_value (key, g_variant_new_string (value));
}

gboolean
sw_settings_are_kept (void)
{
  prepare ();
  return settings != NULL;
}
