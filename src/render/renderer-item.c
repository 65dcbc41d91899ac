/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/renderer-private.h"

#include <math.h>
#include <string.h>

static void
item_free (gpointer data)
{
  SwItem *item = data;
  glDeleteVertexArrays (1, &item->vertex_array);
  glDeleteBuffers (3, item->buffers);
  glDeleteTextures (1, &item->texture);
  g_free (item);
}

GLuint
sw_buffer_new (GLenum target, const void *data, size_t size)
{
  GLuint buffer;
  glGenBuffers (1, &buffer);
  glBindBuffer (target, buffer);
  glBufferData (target, (GLsizeiptr) size, data, GL_STATIC_DRAW);
  return buffer;
}

static SwItem *
find_item (SwRenderer *renderer, const uint64_t key[4])
{
  for (guint i = 0; i < renderer->items->len; i++)
    {
      SwItem *item = g_ptr_array_index (renderer->items, i);
      if (memcmp (item->key, key, sizeof item->key) == 0)
        {
          item->frame = renderer->frame;
          return item;
        }
    }
  return NULL;
}

static SwItem *
add_item (SwRenderer *renderer, const uint64_t key[4])
{
  SwItem *item = g_new0 (SwItem, 1);
  memcpy (item->key, key, sizeof item->key);
  item->frame = renderer->frame;
  item->index_type = GL_UNSIGNED_SHORT;
  g_ptr_array_add (renderer->items, item);
  glGenVertexArrays (1, &item->vertex_array);
  glBindVertexArray (item->vertex_array);
  return item;
}

void
sw_items_drop_old (SwRenderer *renderer)
{
  for (guint i = renderer->items->len; i-- > 0;)
    {
      SwItem *item = g_ptr_array_index (renderer->items, i);
      if (item->frame + 2 < renderer->frame)
        {
          item_free (item);
          g_ptr_array_remove_index_fast (renderer->items, i);
        }
    }
}

static uint64_t
bits (double value)
{
  uint64_t ret;
  memcpy (&ret, &value, sizeof ret);
  return ret;
}

static void
digest_numbers (const double *numbers, size_t size, uint64_t ret[2])
{
  GChecksum *checksum = g_checksum_new (G_CHECKSUM_MD5);
  gsize length = 2 * sizeof *ret;
  g_checksum_update (checksum, (const guchar *) numbers, (gssize) size);
  g_checksum_get_digest (checksum, (guint8 *) ret, &length);
  g_checksum_free (checksum);
}

static void
attribute (GLuint location, GLint n, size_t stride, size_t offset, unsigned divisor)
{
  glEnableVertexAttribArray (location);
  glVertexAttribPointer (location, n, GL_FLOAT, GL_FALSE, (GLsizei) stride, (const void *) offset);
  glVertexAttribDivisor (location, divisor);
}

static void
attribute_color (GLuint location, size_t stride, size_t offset, unsigned divisor)
{
  glEnableVertexAttribArray (location);
  glVertexAttribPointer (location, 4, GL_UNSIGNED_BYTE, GL_TRUE, (GLsizei) stride,
                         (const void *) offset);
  glVertexAttribDivisor (location, divisor);
}

static void
fill_spheres (SwRenderer *renderer, SwItem *item, const GArray *spheres)
{
  glBindBuffer (GL_ARRAY_BUFFER, renderer->quad_buffer);
  attribute (0, 2, 8, 0, 0);
  item->buffers[0]
      = sw_buffer_new (GL_ARRAY_BUFFER, spheres->data, spheres->len * sizeof (SwSphereInstance));
  attribute (1, 4, sizeof (SwSphereInstance), offsetof (SwSphereInstance, centre), 1);
  attribute_color (2, sizeof (SwSphereInstance), offsetof (SwSphereInstance, color), 1);
  item->n_instances = (GLsizei) spheres->len;
}

static void
fill_cylinders (SwRenderer *renderer, SwItem *item, const GArray *cylinders)
{
  const size_t stride = sizeof (SwCylinderInstance);
  glBindBuffer (GL_ARRAY_BUFFER, renderer->box_buffer);
  attribute (0, 3, 12, 0, 0);
  glBindBuffer (GL_ELEMENT_ARRAY_BUFFER, renderer->box_indices);
  item->buffers[0] = sw_buffer_new (GL_ARRAY_BUFFER, cylinders->data, cylinders->len * stride);
  attribute (1, 4, stride, offsetof (SwCylinderInstance, start), 1);
  attribute (2, 3, stride, offsetof (SwCylinderInstance, end), 1);
  attribute_color (3, stride, offsetof (SwCylinderInstance, color_start), 1);
  attribute_color (4, stride, offsetof (SwCylinderInstance, color_end), 1);
  item->n_instances = (GLsizei) cylinders->len;
  item->n_indices = 36;
}

static void
fill_mesh (SwItem *item, const SwMesh *mesh)
{
  const size_t stride = sizeof (SwMeshVertex);
  item->buffers[0]
      = sw_buffer_new (GL_ARRAY_BUFFER, mesh->vertices->data, mesh->vertices->len * stride);
  attribute (0, 3, stride, offsetof (SwMeshVertex, position), 0);
  attribute (1, 3, stride, offsetof (SwMeshVertex, normal), 0);
  attribute_color (2, stride, offsetof (SwMeshVertex, color), 0);
  item->buffers[1] = sw_buffer_new (GL_ELEMENT_ARRAY_BUFFER, mesh->indices->data,
                                 mesh->indices->len * sizeof (uint32_t));
  item->n_indices = (GLsizei) mesh->indices->len;
  item->index_type = GL_UNSIGNED_INT;
}

SwItem *
sw_item_molecule (SwRenderer *renderer, const SwPane *pane, SwItemKind kind, bool is_coarse)
{
  const SwMoleculeStyle style = sw_pane_get_style (pane);
  /* Balls and sticks are impostors: as fast fine as coarse. */
  const uint64_t key[4] = { pane->molecule->serial, kind,
                            (uint64_t) style * 2 + (is_coarse && kind == SW_ITEM_MESH),
                            sw_pane_get_scheme (pane) };
  SwItem *item = find_item (renderer, key);
  if (item != NULL)
    return item;
  item = add_item (renderer, key);
  if (kind == SW_ITEM_MESH)
    {
      SwMesh mesh = sw_mesh_new ();
      sw_ribbon_build (pane, style == SW_MOLECULE_CARTOON, is_coarse, &mesh);
      fill_mesh (item, &mesh);
      sw_mesh_clear (&mesh);
      return item;
    }
  GArray *array = kind == SW_ITEM_SPHERES ? sw_molecule_spheres (pane) : sw_molecule_cylinders (pane);
  if (kind == SW_ITEM_SPHERES)
    fill_spheres (renderer, item, array);
  else
    fill_cylinders (renderer, item, array);
  g_array_unref (array);
  return item;
}

SwItem *
sw_item_surface (SwRenderer *renderer, const SwPane *pane)
{
  /* The density moves with the molecule between two results, so the colours stay right. */
  const uint64_t key[4] = { pane->molecule->serial, SW_ITEM_MESH, pane->density.data->serial,
                            0x1000 + (uint64_t) sw_pane_get_scheme (pane) };
  SwItem *item = find_item (renderer, key);
  if (item != NULL)
    return item;
  item = add_item (renderer, key);
  SwMesh mesh = sw_mesh_new ();
  sw_surface_build (pane, &mesh);
  fill_mesh (item, &mesh);
  sw_mesh_clear (&mesh);
  return item;
}

SwItem *
sw_item_triangles (SwRenderer *renderer, const SwPane *pane)
{
  const uint64_t key[4] = { pane->triangles->serial, SW_ITEM_MESH, 0, 0 };
  SwItem *item = find_item (renderer, key);
  if (item != NULL)
    return item;
  item = add_item (renderer, key);
  SwMesh mesh = sw_mesh_new ();
  sw_triangles_build (pane->triangles, &mesh);
  fill_mesh (item, &mesh);
  sw_mesh_clear (&mesh);
  return item;
}

SwItem *
sw_item_isosurface (SwRenderer *renderer, const SwFieldData *field, const SwFieldLook *look, unsigned i)
{
  /* From the threshold towards the full range, which itself is one voxel. */
  const double part = look->threshold + (0.92 - fmin (look->threshold, 0.9)) * i / look->n_levels;
  const double level = fmax (part, 1e-12) * look->range_max;
  const uint64_t key[4] = { field->serial, SW_ITEM_MESH, bits (level), look->colormap + 32 * look->n_levels };
  SwItem *item = find_item (renderer, key);
  if (item != NULL)
    return item;
  item = add_item (renderer, key);
  g_autofree float *norms = field->l > 0 ? sw_field_norms (field) : NULL;
  const float *values = norms != NULL ? norms : field->data;
  SwMesh mesh = sw_mesh_new ();
  for (int sign = 1; sign >= (field->has_negative && look->is_diverging ? -1 : 1); sign -= 2)
    {
      /* The colour of a strong value: at the level itself maps are pale. */
      float rgb[3];
      double t = look->is_diverging ? 0.5 + 0.36 * sign : 0.62;
      if (look->n_levels > 1)
        t = look->is_diverging ? 0.5 + sign * (0.16 + 0.34 * part) : 0.15 + 0.85 * part;
      sw_colormap_get (look->colormap, t, rgb);
      const uint8_t color[4] = { (uint8_t) lroundf (255 * rgb[0]), (uint8_t) lroundf (255 * rgb[1]),
                                 (uint8_t) lroundf (255 * rgb[2]), 255 };
      sw_isosurface_build (values, &field->grid, sign * level, color, &mesh);
    }
  fill_mesh (item, &mesh);
  sw_mesh_clear (&mesh);
  return item;
}

SwItem *
sw_item_field_mesh (SwRenderer *renderer, SwScene *scene, SwPane *pane, const SwFieldLook *look, const SwBudget *budget)
{
  const SwFieldData *field = pane->field.data;
  const bool is_tensor = look->display == SW_DISPLAY_SUPERQUADRICS;
  const double numbers[] = { look->range_max,       look->threshold,     look->glyph_scale, (double) look->n_glyphs_max,
                             look->slice[0],        look->slice[1],      look->slice[2],    look->colormap,
                             is_tensor ? (double) budget->n_triangles : 0.0, look->is_diverging };
  uint64_t key[4] = { field->serial, 0x100 + (uint64_t) look->display, 0, 0 };
  digest_numbers (numbers, sizeof numbers, &key[2]);
  SwItem *item = find_item (renderer, key);
  if (item != NULL)
    return item;
  item = add_item (renderer, key);
  if (look->display == SW_DISPLAY_STREAMLINES)
    {
      GArray *lines = sw_streamlines_build (field, look, sw_pane_get_seeds (scene, pane));
      fill_cylinders (renderer, item, lines);
      g_array_unref (lines);
      return item;
    }
  SwMesh mesh = sw_mesh_new ();
  if (is_tensor)
    sw_superquadrics_build (field, look, sw_pane_get_seeds (scene, pane), budget->n_triangles, &mesh);
  else
    {
      g_autofree float *norms = field->l > 0 ? sw_field_norms (field) : NULL;
      sw_slices_build (norms != NULL ? norms : field->data, &field->grid, look, &mesh);
    }
  fill_mesh (item, &mesh);
  sw_mesh_clear (&mesh);
  return item;
}

SwItem *
sw_item_volume (SwRenderer *renderer, const SwFieldData *field, const SwFieldLook *look)
{
  const double threshold = look->threshold * look->range_max;
  const uint64_t key[4] = { field->serial, SW_ITEM_VOLUME, bits (threshold), look->is_diverging };
  SwItem *item = find_item (renderer, key);
  if (item != NULL)
    return item;
  item = add_item (renderer, key);
  g_autofree float *norms = field->l > 0 ? sw_field_norms (field) : NULL;
  g_autofree uint8_t *texels
      = sw_volume_texture (norms != NULL ? norms : field->data, &field->grid, field->max,
                           look->is_diverging, threshold, item->low, item->high);
  glGenTextures (1, &item->texture);
  glActiveTexture (GL_TEXTURE0);
  glBindTexture (GL_TEXTURE_3D, item->texture);
  glPixelStorei (GL_UNPACK_ALIGNMENT, 1);
  glTexImage3D (GL_TEXTURE_3D, 0, GL_RGBA8, (GLsizei) field->grid.n[2], (GLsizei) field->grid.n[1],
                (GLsizei) field->grid.n[0], 0, GL_RGBA, GL_UNSIGNED_BYTE, texels);
  static const GLenum wraps[] = { GL_TEXTURE_WRAP_S, GL_TEXTURE_WRAP_T, GL_TEXTURE_WRAP_R };
  for (int i = 0; i < 3; i++)
    glTexParameteri (GL_TEXTURE_3D, wraps[i], GL_CLAMP_TO_EDGE);
  glTexParameteri (GL_TEXTURE_3D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri (GL_TEXTURE_3D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glBindTexture (GL_TEXTURE_3D, 0);
  return item;
}

SwItem *
sw_item_glyphs (SwRenderer *renderer,
            SwScene *scene,
            SwPane *pane,
            const SwFieldLook *look,
            const SwGlyphKind *kind,
            const SwBudget *budget)
{
  const SwFieldData *field = pane->field.data;
  const SwGlyphSeeds *seeds = sw_pane_get_seeds (scene, pane);
  const size_t n = MAX (1, MIN (seeds->n, budget->n_glyphs));
  unsigned level = 3;
  while (level > 0 && n * (20u << (2 * (level + 1))) > budget->n_triangles)
    level--;
  const double numbers[]
      = { look->range_max, look->threshold, look->glyph_scale, (double) look->n_glyphs_max,
          look->colormap,  level,           look->display };
  uint64_t key[4] = { field->serial, SW_ITEM_GLYPHS, 0, 0 };
  digest_numbers (numbers, sizeof numbers, &key[2]);
  SwItem *item = find_item (renderer, key);
  if (item != NULL)
    {
      item->n_instances = (GLsizei) MIN (seeds->n, budget->n_glyphs);
      return item;
    }
  item = add_item (renderer, key);
  GArray *vertices, *indices, *instances = kind->build (field, look, seeds);
  kind->mesh (level, &vertices, &indices);
  const bool is_arrow = look->display == SW_DISPLAY_ARROWS;
  item->buffers[0] = sw_buffer_new (GL_ARRAY_BUFFER, vertices->data,
                                 vertices->len * (is_arrow ? sizeof (SwMeshVertex) : 12));
  attribute (0, 3, is_arrow ? sizeof (SwMeshVertex) : 12, 0, 0);
  if (is_arrow)
    attribute (1, 3, sizeof (SwMeshVertex), offsetof (SwMeshVertex, normal), 0);
  item->buffers[1]
      = sw_buffer_new (GL_ELEMENT_ARRAY_BUFFER, indices->data, indices->len * sizeof (uint16_t));
  const size_t stride = is_arrow ? sizeof (SwArrowInstance) : sizeof (SwGlyphInstance);
  item->buffers[2] = sw_buffer_new (GL_ARRAY_BUFFER, instances->data, instances->len * stride);
  if (is_arrow)
    {
      attribute (2, 4, stride, offsetof (SwArrowInstance, middle), 1);
      attribute (3, 3, stride, offsetof (SwArrowInstance, vector), 1);
      attribute_color (4, stride, offsetof (SwArrowInstance, color), 1);
    }
  else
    {
      attribute (1, 3, stride, offsetof (SwGlyphInstance, position), 1);
      attribute (2, 4, stride, offsetof (SwGlyphInstance, coefficients), 1);
      attribute (3, 4, stride, offsetof (SwGlyphInstance, coefficients) + 16, 1);
      attribute (4, 1, stride, offsetof (SwGlyphInstance, coefficients) + 32, 1);
    }
  item->n_indices = (GLsizei) indices->len;
  item->n_instances = (GLsizei) MIN (instances->len, budget->n_glyphs);
  g_array_unref (vertices);
  g_array_unref (indices);
  g_array_unref (instances);
  return item;
}

void
sw_item_draw (const SwItem *item, bool is_quad)
{
  glBindVertexArray (item->vertex_array);
  if (is_quad)
    glDrawArraysInstanced (GL_TRIANGLE_STRIP, 0, 4, item->n_instances);
  else if (item->buffers[1] != 0 && item->buffers[2] == 0)
    glDrawElements (GL_TRIANGLES, item->n_indices, item->index_type, NULL);
  else
    glDrawElementsInstanced (GL_TRIANGLES, item->n_indices, item->index_type, NULL,
                             item->n_instances);
}

SwItem *
sw_item_box (SwRenderer *renderer, const SwPane *pane, bool is_dark)
{
  uint64_t key[4] = { 0, SW_ITEM_CYLINDERS, 0, pane->tick * 2 + is_dark };
  GChecksum *checksum = g_checksum_new (G_CHECKSUM_MD5);
  g_checksum_update (checksum, (const guchar *) &pane->box, sizeof pane->box);
  guint8 digest[16];
  gsize length = sizeof digest;
  g_checksum_get_digest (checksum, digest, &length);
  g_checksum_free (checksum);
  memcpy (&key[2], digest, 8);
  memcpy (&key[1], digest + 8, 8);
  SwItem *item = find_item (renderer, key);
  if (item == NULL)
    {
      item = add_item (renderer, key);
      GArray *lines = sw_box_cylinders (&pane->box, pane->tick, is_dark);
      fill_cylinders (renderer, item, lines);
      g_array_unref (lines);
    }
  return item;
}

SwItem *
sw_item_highlight (SwRenderer *renderer, const SwPane *pane)
{
  const float *p = pane->molecule->positions[pane->highlight];
  SwSphereInstance halo = { .centre = { p[0], p[1], p[2] }, .color = { 255, 214, 64, 255 } };
  halo.radius = 0.35f
                + fmaxf (0.6f, sw_pane_get_ball_radius (sw_pane_get_style (pane), pane->molecule,
                                                        (size_t) pane->highlight));
  const uint64_t key[4] = { pane->molecule->serial, SW_ITEM_SPHERES, bits (halo.radius),
                            0x100 + (uint64_t) pane->highlight };
  SwItem *item = find_item (renderer, key);
  if (item == NULL)
    {
      item = add_item (renderer, key);
      GArray *one = g_array_new (FALSE, FALSE, sizeof halo);
      g_array_append_val (one, halo);
      fill_spheres (renderer, item, one);
      g_array_unref (one);
    }
  return item;
}

void
sw_items_drop_all (SwRenderer *renderer)
{
  for (guint i = 0; i < renderer->items->len; i++)
    item_free (g_ptr_array_index (renderer->items, i));
  g_ptr_array_set_size (renderer->items, 0);
}
