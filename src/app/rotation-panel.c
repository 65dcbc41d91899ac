/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/rotation-panel.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/numbers.h"

typedef enum
{
  FORM_AXIS_ANGLE,
  FORM_QUATERNION,
  FORM_EULER,
} Form;

#define DEGREE (G_PI / 180.0)

struct _SwRotationPanel
{
  GtkBox parent_instance;

  GtkLabel *readout, *quaternion;
  GtkGrid *cube_grid;
  GtkDropDown *form;
  GtkGrid *entry_grid;
  GtkLabel *entry_problem;
  GtkButton *apply_button;
  GtkPopover *enter_popover;
  GtkMenuButton *enter_button;

  GtkLabel *entry_label[4];
  GtkEditable *entry[4];
  SwSession *session; /* owned */
};

G_DEFINE_FINAL_TYPE (SwRotationPanel, sw_rotation_panel, GTK_TYPE_BOX)

static void
update (SwRotationPanel *self)
{
  const SwQuat q = sw_session_get_rotation (self->session);
  g_autofree char *text = sw_numbers_format_rotation (q);
  g_autofree char *numbers = g_strdup_printf ("%.4f, %.4f, %.4f, %.4f", q.w, q.x, q.y, q.z);

  gtk_label_set_label (self->readout, text);
  gtk_label_set_label (self->quaternion, numbers);
}

static void
set_entries (SwRotationPanel *self, int n, const char *const *labels, const double *values)
{
  for (int i = 0; i < 4; i++)
    {
      gtk_widget_set_visible (GTK_WIDGET (self->entry_label[i]), i < n);
      gtk_widget_set_visible (GTK_WIDGET (self->entry[i]), i < n);
      if (i >= n)
        continue;
      char text[64];
      gtk_label_set_label (self->entry_label[i], labels[i]);
      gtk_editable_set_text (self->entry[i],
                             g_ascii_formatd (text, sizeof text, "%.6g", values[i]));
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry[i]),
                                      GTK_ACCESSIBLE_PROPERTY_LABEL, labels[i], -1);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->entry_problem), FALSE);
}

/* The present rotation in the chosen form, ready to be edited. */
static void
fill_entries (SwRotationPanel *self)
{
  const SwQuat q = sw_session_get_rotation (self->session);
  double axis[3], angle, alpha, beta, gamma;

  switch ((Form) gtk_drop_down_get_selected (self->form))
    {
    case FORM_QUATERNION:
      set_entries (self, 4, (const char *[]){ "w", "x", "y", "z" },
                   (const double[]){ q.w, q.x, q.y, q.z });
      break;
    case FORM_EULER:
      sw_quat_to_euler_zyz (q, &alpha, &beta, &gamma);
      set_entries (self, 3, (const char *[]){ "α", "β", "γ" },
                   (const double[]){ alpha / DEGREE, beta / DEGREE, gamma / DEGREE });
      break;
    case FORM_AXIS_ANGLE:
    default:
      sw_quat_to_axis_angle (q, axis, &angle);
      set_entries (self, 4, (const char *[]){ "x", "y", "z", _ ("angle") },
                   (const double[]){ axis[0], axis[1], axis[2], angle / DEGREE });
      break;
    }
}

static void
complain (SwRotationPanel *self, const char *text)
{
  gtk_label_set_label (self->entry_problem, text);
  gtk_widget_set_visible (GTK_WIDGET (self->entry_problem), TRUE);
}

static void
apply (SwRotationPanel *self)
{
  const Form form = (Form) gtk_drop_down_get_selected (self->form);
  const int n = form == FORM_EULER ? 3 : 4;
  double v[4] = { 0.0 };
  SwQuat q = SW_QUAT_IDENTITY;

  for (int i = 0; i < n; i++)
    {
      /* A comma is what some languages write; files and the command line know the point. */
      g_autofree char *text = g_strdup (gtk_editable_get_text (self->entry[i]));
      char *end = NULL;
      g_strstrip (g_strdelimit (text, ",", '.'));
      v[i] = g_ascii_strtod (text, &end);
      if (end == text || *end != '\0' || !isfinite (v[i]) || fabs (v[i]) > 1e9)
        {
          /* Translators: %s is the name of an entry such as x or angle */
          g_autofree char *message = g_strdup_printf (
              _ ("“%s” is not a number."), gtk_label_get_label (self->entry_label[i]));
          complain (self, message);
          gtk_widget_grab_focus (GTK_WIDGET (self->entry[i]));
          return;
        }
    }
  if (form != FORM_EULER)
    {
      const double length = form == FORM_AXIS_ANGLE
                                ? sqrt (v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
                                : sqrt (v[0] * v[0] + v[1] * v[1] + v[2] * v[2] + v[3] * v[3]);
      if (length < 1e-9)
        {
          complain (self, form == FORM_AXIS_ANGLE ? _ ("The axis must not be zero.")
                                                  : _ ("The quaternion must not be zero."));
          return;
        }
    }
  switch (form)
    {
    case FORM_QUATERNION:
      q = (SwQuat){ v[0], v[1], v[2], v[3] };
      break;
    case FORM_EULER:
      q = sw_quat_from_euler_zyz (v[0] * DEGREE, v[1] * DEGREE, v[2] * DEGREE);
      break;
    case FORM_AXIS_ANGLE:
    default:
      q = sw_quat_from_axis_angle (v, v[3] * DEGREE);
      break;
    }
  q = sw_quat_normalize (q);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.rotation", "(dddd)", q.w, q.x, q.y, q.z);
  gtk_popover_popdown (self->enter_popover);
}

/* "90° z", "120° x+y−z": the axis by its signs. */
static char *
name_of_cube_rotation (unsigned i)
{
  double matrix[9], axis[3], angle;
  sw_rotation_cube (i, matrix);
  sw_quat_to_axis_angle (sw_quat_from_matrix (matrix), axis, &angle);
  if (angle < 1e-6)
    return g_strdup (_ ("none"));
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "%.0f° ", angle / DEGREE);
  const char *const letters = "xyz";
  gboolean first = TRUE;
  for (int k = 0; k < 3; k++)
    {
      if (fabs (axis[k]) < 0.1)
        continue;
      g_string_append (text, axis[k] < 0.0 ? "−" : first ? "" : "+");
      g_string_append_c (text, letters[k]);
      first = FALSE;
    }
  return g_string_free (text, FALSE);
}

void
sw_rotation_panel_set_session (SwRotationPanel *self, SwSession *session)
{
  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  g_signal_connect_object (session, "rotation-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->enter_popover, "map", G_CALLBACK (fill_entries), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->form, "notify::selected", G_CALLBACK (fill_entries), self,
                           G_CONNECT_SWAPPED);
  update (self);
}

static void
sw_rotation_panel_dispose (GObject *object)
{
  SwRotationPanel *self = SW_ROTATION_PANEL (object);
  g_clear_object (&self->session);
  gtk_widget_dispose_template (GTK_WIDGET (self), SW_TYPE_ROTATION_PANEL);
  G_OBJECT_CLASS (sw_rotation_panel_parent_class)->dispose (object);
}

static void
sw_rotation_panel_class_init (SwRotationPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sw_rotation_panel_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/swivel/Swivel/rotation-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, SwRotationPanel, readout);
  gtk_widget_class_bind_template_child (widget_class, SwRotationPanel, quaternion);
  gtk_widget_class_bind_template_child (widget_class, SwRotationPanel, cube_grid);
  gtk_widget_class_bind_template_child (widget_class, SwRotationPanel, form);
  gtk_widget_class_bind_template_child (widget_class, SwRotationPanel, entry_grid);
  gtk_widget_class_bind_template_child (widget_class, SwRotationPanel, entry_problem);
  gtk_widget_class_bind_template_child (widget_class, SwRotationPanel, apply_button);
  gtk_widget_class_bind_template_child (widget_class, SwRotationPanel, enter_popover);
  gtk_widget_class_bind_template_child (widget_class, SwRotationPanel, enter_button);
}

static void
sw_rotation_panel_init (SwRotationPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (unsigned i = 0; i < SW_ROTATION_N_CUBE; i++)
    {
      g_autofree char *name = name_of_cube_rotation (i);
      GtkWidget *button = gtk_button_new_with_label (name);
      gtk_widget_add_css_class (button, "flat");
      gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.cube");
      gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "i", (int) i);
      gtk_grid_attach (self->cube_grid, button, (int) (i % 4), (int) (i / 4), 1, 1);
    }
  for (int i = 0; i < 4; i++)
    {
      self->entry_label[i] = GTK_LABEL (gtk_label_new (""));
      gtk_label_set_xalign (self->entry_label[i], 1.0f);
      gtk_widget_add_css_class (GTK_WIDGET (self->entry_label[i]), "dim-label");
      self->entry[i] = GTK_EDITABLE (gtk_entry_new ());
      gtk_widget_set_hexpand (GTK_WIDGET (self->entry[i]), TRUE);
      gtk_widget_add_css_class (GTK_WIDGET (self->entry[i]), "numeric");
      g_signal_connect_object (self->entry[i], "activate", G_CALLBACK (apply), self,
                               G_CONNECT_SWAPPED);
      gtk_grid_attach (self->entry_grid, GTK_WIDGET (self->entry_label[i]), 0, i, 1, 1);
      gtk_grid_attach (self->entry_grid, GTK_WIDGET (self->entry[i]), 1, i, 1, 1);
    }
  g_signal_connect_object (self->apply_button, "clicked", G_CALLBACK (apply), self,
                           G_CONNECT_SWAPPED);
}
