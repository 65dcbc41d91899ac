/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/view-private.h: what view.c and view-pointer.c share */
#pragma once

#include "app/view.h"

struct _SwView
{
  GtkGLArea parent_instance;

  SwSession *session; /* owned */
  SwScene *scene;     /* owned */
  SwRenderer *renderer;
  SwDriverInfo driver;
  gboolean has_driver;
  gboolean failed;

  SwShow show;
  SwLook look;
  gint64 picked, picked_voxel; /* -1: none */
  int slice;                   /* the plane that the drag moves, -1: none */
  double slice_start[3];
  SwTurns turns;
  int grab;        /* -1, or what the drag turns */
  int wanted_grab; /* what it will turn once the pointer has moved: a click turns nothing */
  double start_x, start_y;
  SwQuat start;
  double last_dx, last_dy;
  double pinch;

  SwAttribution *attribution; /* owned; or NULL */
  SwPropensity *propensity;   /* likewise */
  SwDocument *shown;       /* owned: whose molecule is in the scene */
  double shown_centre[3];
  SwComparison *shown_run; /* owned */
  gboolean fitted;
  int width, height; /* of the last frame, device pixels */
  SwQuality quality;
  guint rest_id;
};

/* The picture is drawn again, coarsely until it rests. */
void sw_view_moved (SwView *self);
/* Drawn again as it is. */
void sw_view_redraw (SwView *self);
/* Everything that the pointer and fingers do. */
void sw_view_add_pointer (SwView *self);
