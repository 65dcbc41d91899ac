/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/window-private.h: the window's members and what its files share
 *
 *   window.c           the class: pages, title, state, layout
 *   window-open.c      reading, dropping, dialogs for files
 *   window-actions.c   every command and key
 *   propensity-actions.c  those of the amino acids
 *   laboratory-actions.c  those of the laboratory, and the panels beside the picture
 */
#pragma once

#include "app/explain-panel.h"
#include "app/guide-bar.h"
#include "app/input-popover.h"
#include "app/laboratory-break.h"
#include "app/laboratory-panel.h"
#include "app/layer-panel.h"
#include "app/layout.h"
#include "app/lesson-page.h"
#include "app/numbers-panel.h"
#include "app/play.h"
#include "app/propensity-panel.h"
#include "app/rotation-panel.h"
#include "app/start-page.h"
#include "app/train-page.h"
#include "app/undo.h"
#include "app/window.h"
#include "base/random.h"

G_BEGIN_DECLS

struct _SwWindow
{
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toasts;
  AdwWindowTitle *title;
  GtkWidget *back_button, *open_button, *learn_button, *input_button, *sidebar_button;
  GtkDropDown *documents;
  SwInputPopover *input_popover;
  GtkWidget *drop_area;
  GtkRevealer *drop_hint;
  GtkStack *pages;
  SwStartPage *start_page;
  SwTrainPage *train_page;
  SwLessonPage *lesson_page;
  SwLayerPanel *layer_panel;
  SwStage *stage;
  SwNumbersPanel *numbers;
  SwExplainPanel *explain_panel;
  AdwFlap *explain_flap; /* around side: one panel beside the picture */
  GtkStack *side;
  SwLaboratoryPanel *laboratory;
  GtkRevealer *guide_revealer;
  SwGuideBar *guide_bar;
  SwPropensityPanel *propensity_panel;
  SwRotationPanel *rotation_panel;
  AdwFlap *flap;
  GtkBox *bottom;
  GtkScrolledWindow *bottom_scroller;
  GtkRevealer *load_revealer;
  GtkSpinner *load_spinner;
  GtkLabel *load_label;

  SwSession *session; /* owned */
  GQueue queue;       /* of paths to open */
  GPtrArray *refused; /* sentences */
  GCancellable *loading; /* owned; NULL when nothing is loaded */
  guint load_card_id;
  SwLayoutKind layout;
  guint layout_id, folded_id; /* a new layout is applied soon */
  guint reveal_id;            /* the panel beside the picture opens soon */
  gboolean reloading; /* the load in progress only changes what is voxelised */
  gboolean resetting; /* the drop-down follows the session */
  GtkFileChooserNative *chooser; /* owned while open */
  SwUndo *undo;         /* owned */
  GCancellable *taking; /* owned; a picture is being drawn for a file */
  double locked_range; /* what range-lock keeps */
  SwPlay *play; /* owned */
  SwRandom random;
  unsigned cube;
};

/* window.c */
GAction *sw_window_find_action (SwWindow *self, const char *name);
void sw_window_set_state (SwWindow *self, const char *name, GVariant *state);
void sw_window_enable (SwWindow *self, const char *name, gboolean enabled);
/* A toast. */
void sw_window_say (SwWindow *self, const char *text);
/* A dialog. */
void sw_window_show_problem (SwWindow *self, const char *heading, const char *body);
gboolean sw_window_on_page (SwWindow *self, const char *name);
void sw_window_show_page (SwWindow *self, const char *name);

/* window-open.c */
void sw_window_hide_load_card (SwWindow *self);
/* Reads the present file again, as the popover's choices want it. */
void sw_window_reload (SwWindow *self);
void sw_window_add_drop_target (SwWindow *self);
/* Every dialog begins where the last one ended. */
void sw_window_use_last_folder (GtkFileChooser *chooser);
void sw_window_keep_last_folder (GtkFileChooser *chooser);
void sw_window_choose_files (GSimpleAction *action, GVariant *parameter, gpointer data);

typedef struct
{
  const char *trigger, *action;
} SwWindowKey;

/* propensity-actions.c */
void sw_window_add_propensity_actions (SwWindow *self);
void sw_window_propensity_changed (SwWindow *self);

/* laboratory-actions.c */
void sw_window_add_laboratory_actions (SwWindow *self);
/* "explanation", "laboratory", "propensity"; NULL: none. */
void sw_window_show_side (SwWindow *self, const char *page);
void sw_window_sweep_changed (SwWindow *self);
/* The bar with the guided lessons. */
void sw_window_set_up_guide (SwWindow *self);
/* The switches as choices of the session; sizes depend on network, engine and document. */
void sw_window_apply_breaks (SwWindow *self);
void sw_window_mend (SwWindow *self);
void sw_window_play_stopped (gpointer window);

/* take-actions.c */
void sw_window_add_take_actions (SwWindow *self);
/* TRUE when a picture was being drawn. */
gboolean sw_window_cancel_taking (SwWindow *self);

/* look-actions.c */
void sw_window_add_look_actions (SwWindow *self);
void sw_window_restore_look (SwWindow *self);

/* window-actions.c */
void sw_window_add_keys (SwWindow *self, const SwWindowKey *table, guint n);
void sw_window_add_actions (SwWindow *self);
void sw_window_update_dark (SwWindow *self);
void sw_window_explanation_changed (SwWindow *self);
void sw_window_residue_chosen (SwWindow *self, guint residue);

G_END_DECLS
