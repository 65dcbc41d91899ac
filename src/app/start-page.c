/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/start-page.h"

#include <glib/gi18n.h>

#define N_RECENT 6

struct _SwStartPage
{
  AdwBin parent_instance;
  GtkWidget *open_button;
  GtkWidget *examples_box, *recent_box;
  GtkFlowBox *examples;
  GtkListBox *recent;
};

G_DEFINE_FINAL_TYPE (SwStartPage, sw_start_page, ADW_TYPE_BIN)

static GtkWidget *
text_label (const char *text, const char *style, int lines)
{
  GtkWidget *label = gtk_label_new (text);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_lines (GTK_LABEL (label), lines);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_width_chars (GTK_LABEL (label), 18);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 24);
  gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
example_card (const SwCatalogExample *example)
{
  GtkWidget *button = gtk_button_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  g_autofree char *spoken = g_strdup_printf ("%s. %s", example->title, example->description);

  gtk_box_append (GTK_BOX (box), text_label (example->title, "heading", 2));
  if (example->description[0] != '\0')
    {
      GtkWidget *description = text_label (example->description, "caption", 4);
      gtk_widget_add_css_class (description, "dim-label");
      gtk_box_append (GTK_BOX (box), description);
    }
  gtk_button_set_child (GTK_BUTTON (button), box);
  gtk_widget_add_css_class (button, "card");
  gtk_widget_add_css_class (button, "example-card");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.open-path");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", example->path);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                  -1);
  return button;
}

void
sw_start_page_set_catalog (SwStartPage *self, SwCatalog *catalog)
{
  gsize n = 0;
  const SwCatalogExample *examples = sw_catalog_examples (catalog, &n);

  for (gsize i = 0; i < n; i++)
    {
      GtkWidget *child = gtk_flow_box_child_new ();
      gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (child), example_card (&examples[i]));
      gtk_widget_set_focusable (child, FALSE);
      gtk_flow_box_append (self->examples, child);
    }
  gtk_widget_set_visible (self->examples_box, n > 0);
}

static int
newest_first (gconstpointer a, gconstpointer b)
{
  return g_date_time_compare (gtk_recent_info_get_visited ((GtkRecentInfo *) b),
                              gtk_recent_info_get_visited ((GtkRecentInfo *) a));
}

void
sw_start_page_refresh (SwStartPage *self)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->recent))) != NULL)
    gtk_list_box_remove (self->recent, child);

  GList *items = gtk_recent_manager_get_items (gtk_recent_manager_get_default ());
  items = g_list_sort (items, newest_first);
  int n = 0;
  for (GList *item = items; item != NULL && n < N_RECENT; item = item->next)
    {
      GtkRecentInfo *info = item->data;
      if (!gtk_recent_info_has_application (info, "Swivel") || !gtk_recent_info_is_local (info))
        continue;
      g_autofree char *path = g_filename_from_uri (gtk_recent_info_get_uri (info), NULL, NULL);
      if (path == NULL)
        continue;
      const gboolean there = g_file_test (path, G_FILE_TEST_EXISTS);
      g_autofree char *name = g_path_get_basename (path);
      g_autofree char *folder = g_path_get_dirname (path);
      g_autofree char *subtitle
          = there ? g_strdup (folder) : g_strdup_printf (_ ("%s – no longer there"), folder);
      g_autofree char *title_markup = g_markup_escape_text (name, -1);
      g_autofree char *subtitle_markup = g_markup_escape_text (subtitle, -1);
      GtkWidget *row = adw_action_row_new ();
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title_markup);
      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle_markup);
      adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 1);
      gtk_widget_set_sensitive (row, there);
      gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
      gtk_actionable_set_action_name (GTK_ACTIONABLE (row), "win.open-path");
      gtk_actionable_set_action_target (GTK_ACTIONABLE (row), "s", path);
      gtk_list_box_append (self->recent, row);
      n++;
    }
  g_list_free_full (items, (GDestroyNotify) gtk_recent_info_unref);
  gtk_widget_set_visible (self->recent_box, n > 0);
}

static void
sw_start_page_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), SW_TYPE_START_PAGE);
  G_OBJECT_CLASS (sw_start_page_parent_class)->dispose (object);
}

static void
sw_start_page_class_init (SwStartPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sw_start_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/swivel/Swivel/start-page.ui");
  gtk_widget_class_bind_template_child (widget_class, SwStartPage, open_button);
  gtk_widget_class_bind_template_child (widget_class, SwStartPage, examples_box);
  gtk_widget_class_bind_template_child (widget_class, SwStartPage, recent_box);
  gtk_widget_class_bind_template_child (widget_class, SwStartPage, examples);
  gtk_widget_class_bind_template_child (widget_class, SwStartPage, recent);
}

static void
sw_start_page_init (SwStartPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
