/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/layout.h: how the parts of the window are arranged at a width
 *
 *   width      side panel        below the picture                header bar
 *   from 1120  beside            errors, scores, rotation         words
 *   from 880   beside            rotation below errors, scores    words
 *   from 680   slides over       rotation below errors, scores    words
 *   from 500   slides over       all below one another            icons
 *   below      slides over       all below one another            icons; Open and Train in the menu only
 */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

typedef enum
{
  SW_LAYOUT_WIDE,
  SW_LAYOUT_MEDIUM,
  SW_LAYOUT_FOLDED,
  SW_LAYOUT_NARROW,
  SW_LAYOUT_TINY,
} SwLayoutKind;

/* All borrowed. numbers and bottom are boxes whose separators are turned with them. */
typedef struct
{
  AdwFlap *flap;
  GtkScrolledWindow *scroller; /* around bottom */
  GtkBox *bottom, *numbers;
  GtkButton *open_button;
  GtkWidget *learn_button;
  GtkMenuButton *input_button;
} SwLayoutParts;

SwLayoutKind sw_layout_for_width (int width);

/* Not from within an allocation: the parts ask for a new one. */
void sw_layout_apply (const SwLayoutParts *parts, SwLayoutKind kind);

G_END_DECLS
