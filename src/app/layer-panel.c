/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/layer-panel.h"

#include <glib/gi18n.h>

#include "app/layer-row.h"

struct _SwLayerPanel
{
  GtkBox parent_instance;

  GtkDropDown *networks, *weights;
  GtkToggleButton *steerable_button, *twin_button;
  GtkToggleButton *bandlimited_button, *sampled_button;
  GtkListView *list;
  GtkWidget *field_box;
  GtkBox *orders;
  GtkLabel *copy_label;
  GtkSpinButton *copy_spin;
  GtkAdjustment *copy_adjustment;
  GtkWidget *gate_row;

  SwSession *session; /* owned */
  GPtrArray *names;   /* of networks, as in the drop-down */
  GPtrArray *paths;   /* of weights, as in the drop-down; the first is "" */
  GListStore *layers; /* of SwLayerItem */
  GtkSingleSelection *selection;
  GtkToggleButton *order_buttons[SW_FIELD_L_MAX + 1];
  SwFieldType fields; /* of the layer whose fields can be chosen */
  unsigned order;
  guint scroll_id;
  gboolean updating; /* widgets follow the session, not the reverse */
};

G_DEFINE_FINAL_TYPE (SwLayerPanel, sw_layer_panel, GTK_TYPE_BOX)

/* ---- networks */

static const SwCatalogNetwork *
present_network (SwLayerPanel *self)
{
  const char *name = sw_session_get_network (self->session);
  return name != NULL
             ? sw_catalog_find_network (sw_session_get_catalog (self->session), name)
             : NULL;
}

static void
fill_networks (SwLayerPanel *self)
{
  gsize n = 0;
  const SwCatalogNetwork *networks
      = sw_catalog_networks (sw_session_get_catalog (self->session), &n);
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);

  for (gsize i = 0; i < n; i++)
    {
      /* Twins are reached by the toggle, unless they stand alone. */
      if (networks[i].problem != NULL || (networks[i].conventional && networks[i].twin[0] != '\0'))
        continue;
      gtk_string_list_append (titles, networks[i].title[0] != '\0' ? networks[i].title
                                                                    : networks[i].name);
      g_ptr_array_add (self->names, g_strdup (networks[i].name));
    }
  self->updating = TRUE;
  gtk_drop_down_set_model (self->networks, G_LIST_MODEL (titles));
  self->updating = FALSE;
}

/* What the network can be run with: its own weights, and those of training runs. */
static void
fill_weights (SwLayerPanel *self)
{
  const SwCatalogNetwork *network = present_network (self);
  const char *chosen = sw_session_get_weights (self->session);
  gsize n = 0;
  const SwCatalogWeights *weights = sw_catalog_weights (sw_session_get_catalog (self->session), &n);
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);
  gboolean own = FALSE;
  guint selected = 0;

  g_ptr_array_set_size (self->paths, 0);
  g_ptr_array_add (self->paths, g_strdup (""));
  for (gsize i = 0; network != NULL && i < n; i++)
    if (g_str_equal (weights[i].network, network->name))
      {
        own = own || !weights[i].from_run;
        if (!weights[i].from_run && g_str_equal (weights[i].name, network->name))
          continue;
        /* Of a run the catalogue has the best weights; while one watches it learn, the last ones are shown. */
        g_autofree char *folder = g_path_get_dirname (weights[i].path), *other = g_path_get_dirname (chosen);
        const gboolean same_run = weights[i].from_run && g_str_equal (folder, other);
        if (same_run || g_str_equal (weights[i].path, chosen))
          selected = self->paths->len;
        g_ptr_array_add (self->paths, g_strdup (same_run ? chosen : weights[i].path));
      }
  gtk_string_list_append (names, own ? _ ("Trained weights of the program") : _ ("Untrained weights"));
  for (guint i = 1; i < self->paths->len; i++)
    {
      const char *path = g_ptr_array_index (self->paths, i);
      g_autofree char *folder = g_path_get_dirname (path), *run = g_path_get_basename (folder);
      g_autofree char *file = g_path_get_basename (path);
      const gboolean from_run = g_str_equal (file, "best.safetensors") || g_str_equal (file, "last.safetensors");
      /* Translators: %s is the name of a training run */
      g_autofree char *name = from_run ? g_strdup_printf (_ ("Your run “%s”"), run) : g_strdup (file);
      gtk_string_list_append (names, name);
    }
  const gboolean was = self->updating;
  self->updating = TRUE;
  gtk_drop_down_set_model (self->weights, G_LIST_MODEL (names));
  gtk_drop_down_set_selected (self->weights, selected);
  gtk_widget_set_visible (GTK_WIDGET (self->weights), self->paths->len > 1);
  self->updating = was;
}

static void
on_weights_selected (SwLayerPanel *self)
{
  const guint index = gtk_drop_down_get_selected (self->weights);
  if (self->updating || index >= self->paths->len)
    return;
  gtk_widget_activate_action (GTK_WIDGET (self), "win.weights", "s", (const char *) g_ptr_array_index (self->paths, index));
}

static void
update_choice (SwLayerPanel *self)
{
  const SwCatalogNetwork *network = present_network (self);
  const gboolean conventional = network != NULL && network->conventional;
  const gboolean has_twin = network != NULL && network->twin[0] != '\0';

  self->updating = TRUE;
  for (guint i = 0; i < self->names->len; i++)
    {
      const char *name = g_ptr_array_index (self->names, i);
      if (network != NULL
          && (g_str_equal (name, network->name) || (conventional && g_str_equal (name, network->twin))))
        gtk_drop_down_set_selected (self->networks, i);
    }
  if (network != NULL)
    gtk_widget_set_tooltip_text (GTK_WIDGET (self->networks), network->description);
  gtk_toggle_button_set_active (conventional ? self->twin_button : self->steerable_button, TRUE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->twin_button), has_twin || conventional);
  gtk_widget_set_sensitive (GTK_WIDGET (self->steerable_button), has_twin || !conventional);
  const SwEngine engine = sw_session_get_engine_used (self->session);
  gtk_toggle_button_set_active (engine == SW_ENGINE_SAMPLED ? self->sampled_button
                                                            : self->bandlimited_button,
                                TRUE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->bandlimited_button), !conventional);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->bandlimited_button),
                               conventional
                                   ? _ ("An ordinary CNN has no band-limited form")
                                   : _ ("Fields as Fourier coefficients: turning loses nothing"));
  self->updating = FALSE;
}

static void
on_network_selected (SwLayerPanel *self)
{
  const guint index = gtk_drop_down_get_selected (self->networks);
  if (self->updating || index >= self->names->len)
    return;
  gtk_widget_activate_action (GTK_WIDGET (self), "win.network", "s",
                              (const char *) g_ptr_array_index (self->names, index));
}

static void
on_kind_toggled (SwLayerPanel *self, GtkToggleButton *button)
{
  const SwCatalogNetwork *network = present_network (self);

  if (self->updating || !gtk_toggle_button_get_active (button) || network == NULL
      || network->twin[0] == '\0')
    return;
  if (network->conventional != (button == self->twin_button))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.network", "s", network->twin);
}

static void
on_engine_toggled (SwLayerPanel *self, GtkToggleButton *button)
{
  if (self->updating || !gtk_toggle_button_get_active (button))
    return;
  gtk_widget_activate_action (GTK_WIDGET (self), "win.engine", "s",
                              button == self->sampled_button ? "sampled" : "bandlimited");
}

/* ---- layers */

static double
largest_norm (const SwRunResult *run)
{
  double max = 0.0;
  for (gsize i = 0; i < run->n_layers; i++)
    for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
      max = MAX (max, run->layers[i].norm[l]);
  return max;
}

/* A list that was just filled has no rows to scroll to before its next layout. */
static gboolean
scroll_to_selected (gpointer data)
{
  SwLayerPanel *self = data;
  self->scroll_id = 0;
  const guint i = gtk_single_selection_get_selected (self->selection);
  if (i != GTK_INVALID_LIST_POSITION)
    gtk_widget_activate_action (GTK_WIDGET (self->list), "list.scroll-to-item", "u", i);
  return G_SOURCE_REMOVE;
}

static void
select_layer (SwLayerPanel *self)
{
  const char *name = sw_session_get_layer (self->session);
  const guint n = g_list_model_get_n_items (G_LIST_MODEL (self->layers));

  self->updating = TRUE;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (SwLayerItem) item = g_list_model_get_item (G_LIST_MODEL (self->layers), i);
      if (g_strcmp0 (sw_layer_item_get_name (item), name) != 0)
        continue;
      if (gtk_single_selection_get_selected (self->selection) != i)
        {
          gtk_single_selection_set_selected (self->selection, i);
          if (self->scroll_id == 0)
            self->scroll_id = g_timeout_add (50, scroll_to_selected, self);
        }
    }
  self->updating = FALSE;
}

static void
update_layers (SwLayerPanel *self)
{
  const SwComparison *comparison = sw_session_get_comparison (self->session);
  const SwRunResult *run
      = comparison != NULL ? comparison->at_rotation : sw_session_get_first_run (self->session);
  const guint n = g_list_model_get_n_items (G_LIST_MODEL (self->layers));

  if (run == NULL)
    return; /* the old list stays until the new one is known: nothing jumps */
  const double norm_max = largest_norm (run);
  gboolean same = n == run->n_layers + 1;
  for (guint i = 0; same && i < n; i++)
    {
      g_autoptr (SwLayerItem) item = g_list_model_get_item (G_LIST_MODEL (self->layers), i);
      same = sw_layer_item_update (item, i == 0 ? &run->input : &run->layers[i - 1], norm_max);
    }
  if (!same)
    {
      self->updating = TRUE;
      g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
      g_ptr_array_add (items, sw_layer_item_new (&run->input, norm_max));
      for (gsize i = 0; i < run->n_layers; i++)
        g_ptr_array_add (items, sw_layer_item_new (&run->layers[i], norm_max));
      g_list_store_splice (self->layers, 0, n, items->pdata, items->len);
      self->updating = FALSE;
    }
  select_layer (self);
}

static void
on_layer_selected (SwLayerPanel *self)
{
  SwLayerItem *item = gtk_single_selection_get_selected_item (self->selection);
  if (self->updating || item == NULL)
    return;
  if (!sw_layer_item_has_field (item))
    {
      select_layer (self);
      return;
    }
  gtk_widget_activate_action (GTK_WIDGET (self), "win.layer", "s", sw_layer_item_get_name (item));
}

static void
on_setup (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  gtk_list_item_set_child (list_item, GTK_WIDGET (sw_layer_row_new ()));
}

static void
on_bind (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  SwLayerItem *item = gtk_list_item_get_item (list_item);
  sw_layer_row_set_item (SW_LAYER_ROW (gtk_list_item_get_child (list_item)), item);
  gtk_list_item_set_selectable (list_item, sw_layer_item_has_field (item));
}

static void
on_unbind (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  sw_layer_row_set_item (SW_LAYER_ROW (gtk_list_item_get_child (list_item)), NULL);
}

/* ---- the field of the layer */

/* How many copies of order l there are, and the index of the i-th among all copies. */
static gsize
copies_of_order (const SwFieldType *fields, unsigned l, gsize i, gsize *ret_copy)
{
  unsigned order = 0;
  gsize channel = 0, found = 0;
  for (gsize copy = 0; sw_field_copy_locate (fields, copy, &order, &channel); copy++)
    if (order == l)
      {
        if (found == i && ret_copy != NULL)
          *ret_copy = copy;
        found++;
      }
  return found;
}

static void
update_field (SwLayerPanel *self)
{
  const SwRunResult *run = sw_session_get_first_run (self->session);
  const char *name = sw_session_get_layer (self->session);
  if (run == NULL || name[0] == '\0')
    return;
  const int index = sw_run_result_find (run, name);
  if (index == -2)
    return;
  const SwRunLayer *layer = sw_run_result_get_layer (run, index);
  const gsize copy = sw_session_get_copy (self->session);
  gsize channel = 0;

  gtk_widget_set_visible (self->field_box, TRUE);
  self->fields = layer->fields;
  self->order = 0;
  (void) sw_field_copy_locate (&layer->fields, copy, &self->order, &channel);
  gsize rank = 0;
  for (gsize i = 0, c = 0; i < copies_of_order (&layer->fields, self->order, 0, NULL); i++)
    if (copies_of_order (&layer->fields, self->order, i, &c) > i && c == copy)
      rank = i;
  const gsize n = copies_of_order (&layer->fields, self->order, 0, NULL);

  self->updating = TRUE;
  unsigned n_orders = 0;
  for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
    {
      const gsize count = copies_of_order (&layer->fields, l, 0, NULL);
      gtk_widget_set_visible (GTK_WIDGET (self->order_buttons[l]), count > 0);
      n_orders += count > 0;
    }
  gtk_toggle_button_set_active (self->order_buttons[self->order], TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->orders), n_orders > 1 || layer->typed);
  gtk_adjustment_configure (self->copy_adjustment, (double) rank + 1.0, 1.0, (double) n, 1.0, 4.0,
                            0.0);
  gtk_widget_set_sensitive (GTK_WIDGET (self->copy_spin), n > 1);
  g_autofree char *text = NULL;
  if (layer->typed)
    /* Translators: how many fields of an order a layer has */
    text = g_strdup_printf (ngettext ("of %u field with l = %u", "of %u fields with l = %u", n),
                            (unsigned) n, self->order);
  else
    text = g_strdup_printf (ngettext ("of %u channel", "of %u channels", n), (unsigned) n);
  gtk_label_set_label (self->copy_label, text);
  gtk_widget_set_visible (self->gate_row, layer->is_gate && self->order > 0);
  self->updating = FALSE;
}

static void
on_order_toggled (SwLayerPanel *self, GtkToggleButton *button)
{
  gsize copy = 0;
  if (self->updating || !gtk_toggle_button_get_active (button))
    return;
  for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
    if (button == self->order_buttons[l] && copies_of_order (&self->fields, l, 0, &copy) > 0)
      gtk_widget_activate_action (GTK_WIDGET (self), "win.field", "i", (int) copy);
}

static void
on_copy_changed (SwLayerPanel *self)
{
  gsize copy = 0;
  if (self->updating)
    return;
  const gsize i = (gsize) gtk_spin_button_get_value_as_int (self->copy_spin) - 1;
  if (copies_of_order (&self->fields, self->order, i, &copy) > i)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.field", "i", (int) copy);
}

/* ---- object */

static void
on_choice_changed (SwLayerPanel *self)
{
  update_choice (self);
  fill_weights (self);
  select_layer (self);
  update_field (self);
}

static void
on_run_changed (SwLayerPanel *self)
{
  update_layers (self);
  update_field (self);
}

void
sw_layer_panel_set_session (SwLayerPanel *self, SwSession *session)
{
  g_return_if_fail (self->session == NULL);
  self->session = g_object_ref (session);
  g_signal_connect_object (session, "choice-changed", G_CALLBACK (on_choice_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "catalog-changed", G_CALLBACK (fill_weights), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "run-changed", G_CALLBACK (on_run_changed), self,
                           G_CONNECT_SWAPPED);
  fill_networks (self);
  on_choice_changed (self);
}

static void
sw_layer_panel_dispose (GObject *object)
{
  SwLayerPanel *self = SW_LAYER_PANEL (object);
  self->updating = TRUE;
  g_clear_handle_id (&self->scroll_id, g_source_remove);
  g_clear_object (&self->session);
  g_clear_object (&self->layers);
  g_clear_object (&self->selection);
  g_clear_pointer (&self->names, g_ptr_array_unref);
  g_clear_pointer (&self->paths, g_ptr_array_unref);
  gtk_widget_dispose_template (GTK_WIDGET (self), SW_TYPE_LAYER_PANEL);
  G_OBJECT_CLASS (sw_layer_panel_parent_class)->dispose (object);
}

static void
sw_layer_panel_class_init (SwLayerPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = sw_layer_panel_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/swivel/Swivel/layer-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, SwLayerPanel, networks);
  gtk_widget_class_bind_template_child (widget_class, SwLayerPanel, weights);
  gtk_widget_class_bind_template_child (widget_class, SwLayerPanel, steerable_button);
  gtk_widget_class_bind_template_child (widget_class, SwLayerPanel, twin_button);
  gtk_widget_class_bind_template_child (widget_class, SwLayerPanel, bandlimited_button);
  gtk_widget_class_bind_template_child (widget_class, SwLayerPanel, sampled_button);
  gtk_widget_class_bind_template_child (widget_class, SwLayerPanel, list);
  gtk_widget_class_bind_template_child (widget_class, SwLayerPanel, field_box);
  gtk_widget_class_bind_template_child (widget_class, SwLayerPanel, orders);
  gtk_widget_class_bind_template_child (widget_class, SwLayerPanel, copy_label);
  gtk_widget_class_bind_template_child (widget_class, SwLayerPanel, copy_spin);
  gtk_widget_class_bind_template_child (widget_class, SwLayerPanel, copy_adjustment);
  gtk_widget_class_bind_template_child (widget_class, SwLayerPanel, gate_row);
}

static void
sw_layer_panel_init (SwLayerPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->paths = g_ptr_array_new_with_free_func (g_free);
  self->layers = g_list_store_new (SW_TYPE_LAYER_ITEM);
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->layers)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), NULL);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (self->selection));
  gtk_list_view_set_factory (self->list, factory);
  g_object_unref (factory);

  for (unsigned l = 0; l <= SW_FIELD_L_MAX; l++)
    {
      g_autofree char *label = g_strdup_printf ("l = %u", l);
      self->order_buttons[l] = GTK_TOGGLE_BUTTON (gtk_toggle_button_new_with_label (label));
      if (l > 0)
        gtk_toggle_button_set_group (self->order_buttons[l], self->order_buttons[0]);
      gtk_box_append (self->orders, GTK_WIDGET (self->order_buttons[l]));
      g_signal_connect_object (self->order_buttons[l], "toggled", G_CALLBACK (on_order_toggled),
                               self, G_CONNECT_SWAPPED);
    }
  g_signal_connect_object (self->weights, "notify::selected", G_CALLBACK (on_weights_selected), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->networks, "notify::selected", G_CALLBACK (on_network_selected),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "notify::selected", G_CALLBACK (on_layer_selected),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->steerable_button, "toggled", G_CALLBACK (on_kind_toggled), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->twin_button, "toggled", G_CALLBACK (on_kind_toggled), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->bandlimited_button, "toggled", G_CALLBACK (on_engine_toggled),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->sampled_button, "toggled", G_CALLBACK (on_engine_toggled), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->copy_adjustment, "value-changed", G_CALLBACK (on_copy_changed),
                           self, G_CONNECT_SWAPPED);
}
