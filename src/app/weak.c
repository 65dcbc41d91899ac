/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/weak.h"

gpointer
sw_weak_new (gpointer object)
{
  GWeakRef *ref = g_new (GWeakRef, 1);
  g_weak_ref_init (ref, object);
  return ref;
}

gpointer
sw_weak_take (gpointer weak)
{
  GWeakRef *ref = weak;
  gpointer object = g_weak_ref_get (ref);
  g_weak_ref_clear (ref);
  g_free (ref);
  return object;
}
