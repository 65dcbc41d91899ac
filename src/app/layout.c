/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/layout.h"

#include <glib/gi18n.h>

/* Of the panel below the picture, where it is scrolled. */
#define BOTTOM_HEIGHT 196

SwLayoutKind
sw_layout_for_width (int width)
{
  return width >= 1120  ? SW_LAYOUT_WIDE
         : width >= 880 ? SW_LAYOUT_MEDIUM
         : width >= 680 ? SW_LAYOUT_FOLDED
         : width >= 500 ? SW_LAYOUT_NARROW
                        : SW_LAYOUT_TINY;
}

static void
set_orientation (GtkBox *box, GtkOrientation orientation)
{
  const GtkOrientation across = orientation == GTK_ORIENTATION_HORIZONTAL
                                    ? GTK_ORIENTATION_VERTICAL
                                    : GTK_ORIENTATION_HORIZONTAL;

  gtk_orientable_set_orientation (GTK_ORIENTABLE (box), orientation);
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (box)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (GTK_IS_SEPARATOR (child))
      gtk_orientable_set_orientation (GTK_ORIENTABLE (child), across);
}

void
sw_layout_apply (const SwLayoutParts *parts, SwLayoutKind kind)
{
  const gboolean wide = kind == SW_LAYOUT_WIDE, narrow = kind >= SW_LAYOUT_NARROW;

  adw_flap_set_fold_policy (parts->flap, kind >= SW_LAYOUT_FOLDED ? ADW_FLAP_FOLD_POLICY_ALWAYS
                                                                  : ADW_FLAP_FOLD_POLICY_AUTO);
  set_orientation (parts->bottom, wide ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL);
  set_orientation (parts->numbers, narrow ? GTK_ORIENTATION_VERTICAL : GTK_ORIENTATION_HORIZONTAL);
  gtk_scrolled_window_set_policy (parts->scroller, GTK_POLICY_AUTOMATIC,
                                  wide ? GTK_POLICY_NEVER : GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_max_content_height (parts->scroller, wide ? -1 : BOTTOM_HEIGHT);
  gtk_widget_set_visible (GTK_WIDGET (parts->open_button), kind != SW_LAYOUT_TINY);
  gtk_widget_set_visible (parts->learn_button, kind != SW_LAYOUT_TINY);
  if (narrow)
    {
      gtk_button_set_icon_name (parts->open_button, "document-open-symbolic");
      gtk_menu_button_set_icon_name (parts->input_button, "document-properties-symbolic");
    }
  else
    {
      gtk_button_set_label (parts->open_button, _ ("_Open"));
      gtk_button_set_use_underline (parts->open_button, TRUE);
      gtk_menu_button_set_label (parts->input_button, _ ("What Is Voxelised"));
    }
}
