/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/settings.h: what is remembered between starts
 *
 * GSettings with the schema that is installed, or the one of the build tree. Where there is none
 * the values live in memory and begin with the same defaults: the window must open anyway.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Any key; the value is yours. */
GVariant *sw_settings_get_value (const char *key);
/* Sinks a floating value. */
void sw_settings_set_value (const char *key, GVariant *value);
int sw_settings_get_int (const char *key);
void sw_settings_set_int (const char *key, int value);
gboolean sw_settings_get_boolean (const char *key);
void sw_settings_set_boolean (const char *key, gboolean value);
char *sw_settings_dup_string (const char *key);
void sw_settings_set_string (const char *key, const char *value);
/* False when values are forgotten at the end. */
gboolean sw_settings_are_kept (void);

G_END_DECLS
