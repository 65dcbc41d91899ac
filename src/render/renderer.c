/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "render/program-private.h"

#include <cglm/cglm.h>
#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "render/glyph-table-private.h"

G_DEFINE_QUARK (sw - render - error - quark, sw_render_error)

/* As in shaders/lib/view.glsl, std140. */
typedef struct
{
  float model_view[16], projection[16], projection_inverse[16];
  float pane[4], depth_cue[4], background_top[4], background_bottom[4], unit[4];
} SwViewBlock;

typedef enum
{
  ITEM_SPHERES,
  ITEM_CYLINDERS,
  ITEM_MESH,
  ITEM_GLYPHS,
  ITEM_VOLUME,
} ItemKind;

/* What was made of some data, kept as long as frames ask for it. */
typedef struct
{
  uint64_t key[4];
  uint64_t frame;
  GLuint vertex_array, buffers[3], texture;
  GLsizei n_indices, n_instances;
  GLenum index_type;
  float low[3], high[3]; /* of a volume */
} Item;

enum
{
  TARGET_COLOR,
  TARGET_NORMAL,
  TARGET_DEPTH,
  TARGET_LAYER_COLOR,
  TARGET_LAYER_DEPTH,
  TARGET_OCCLUSION,
  TARGET_VOLUME,
  TARGET_PICTURE,
  N_TARGETS,
};

enum
{
  BUFFER_GEOMETRY,
  BUFFER_LAYER,
  BUFFER_OCCLUSION,
  BUFFER_VOLUME,
  BUFFER_PICTURE,
  N_BUFFERS,
};

typedef struct
{
  double pixels;       /* of the picture per pixel of the target, 0..1 */
  int n_samples;       /* per side of a pixel */
  int occlusion_ratio; /* pixels of the picture per pixel of the pass */
  int volume_ratio;
  int n_steps; /* of a ray through the whole box */
  int n_occlusion;
  size_t n_triangles; /* of glyphs, in all */
  size_t n_glyphs;
} Budget;

struct SwRenderer
{
  gboolean has_gl, is_software;
  GLuint programs[SW_N_PROGRAMS];
  GLuint view_buffer, empty_array, quad_buffer, box_buffer, box_indices;
  GLuint targets[N_TARGETS], framebuffers[N_BUFFERS];
  int width, height, n_samples, occlusion_ratio, volume_ratio; /* of the targets; 0: none */
  GLuint colors;                                               /* 256 x 2 */
  GPtrArray *items;
  uint64_t frame;
};

/* ---- context */

gboolean
sw_renderer_get_driver (SwDriverInfo *ret, GError **error)
{
  const char *renderer = (const char *) glGetString (GL_RENDERER);
  const char *version = (const char *) glGetString (GL_VERSION);
  if (renderer == NULL || version == NULL)
    {
      g_set_error (error, SW_RENDER_ERROR, SW_RENDER_ERROR_CONTEXT,
                   _ ("There is no OpenGL context to draw with."));
      return FALSE;
    }
  memset (ret, 0, sizeof *ret);
  g_strlcpy (ret->renderer, renderer, sizeof ret->renderer);
  g_strlcpy (ret->version, version, sizeof ret->version);
  ret->is_es = !epoxy_is_desktop_gl ();
  ret->is_software = strstr (renderer, "llvmpipe") != NULL || strstr (renderer, "softpipe") != NULL
                     || strstr (renderer, "SwiftShader") != NULL
                     || strstr (renderer, "Software") != NULL;
  if (epoxy_gl_version () < (ret->is_es ? 30 : 33))
    {
      g_set_error (
          error, SW_RENDER_ERROR, SW_RENDER_ERROR_CONTEXT,
          /* Translators: renderer and version as the driver states them. */
          _ ("The graphics driver (%s, %s) is too old: OpenGL 3.3 or OpenGL ES 3.0 is needed."),
          ret->renderer, ret->version);
      return FALSE;
    }
  return TRUE;
}

static void
item_free (gpointer data)
{
  Item *item = data;
  glDeleteVertexArrays (1, &item->vertex_array);
  glDeleteBuffers (3, item->buffers);
  glDeleteTextures (1, &item->texture);
  g_free (item);
}

static void
drop_targets (SwRenderer *renderer)
{
  glDeleteFramebuffers (N_BUFFERS, renderer->framebuffers);
  glDeleteTextures (N_TARGETS, renderer->targets);
  memset (renderer->framebuffers, 0, sizeof renderer->framebuffers);
  memset (renderer->targets, 0, sizeof renderer->targets);
  renderer->width = renderer->height = 0;
}

SwRenderer *
sw_renderer_new (void)
{
  SwRenderer *renderer = g_new0 (SwRenderer, 1);
  renderer->items = g_ptr_array_new ();
  return renderer;
}

void
sw_renderer_release_gl (SwRenderer *renderer)
{
  for (guint i = 0; i < renderer->items->len; i++)
    item_free (g_ptr_array_index (renderer->items, i));
  g_ptr_array_set_size (renderer->items, 0);
  if (!renderer->has_gl)
    return;
  drop_targets (renderer);
  for (int i = 0; i < SW_N_PROGRAMS; i++)
    glDeleteProgram (renderer->programs[i]);
  memset (renderer->programs, 0, sizeof renderer->programs);
  glDeleteBuffers (1, &renderer->view_buffer);
  glDeleteBuffers (1, &renderer->quad_buffer);
  glDeleteBuffers (1, &renderer->box_buffer);
  glDeleteBuffers (1, &renderer->box_indices);
  glDeleteVertexArrays (1, &renderer->empty_array);
  glDeleteTextures (1, &renderer->colors);
  renderer->view_buffer = renderer->quad_buffer = renderer->box_buffer = renderer->box_indices = 0;
  renderer->empty_array = renderer->colors = 0;
  renderer->has_gl = FALSE;
}

void
sw_renderer_free (SwRenderer *renderer)
{
  if (renderer == NULL)
    return;
  for (guint i = 0; i < renderer->items->len; i++)
    g_free (g_ptr_array_index (renderer->items, i));
  g_ptr_array_unref (renderer->items);
  g_free (renderer);
}

static GLuint
buffer_new (GLenum target, const void *data, size_t size)
{
  GLuint buffer;
  glGenBuffers (1, &buffer);
  glBindBuffer (target, buffer);
  glBufferData (target, (GLsizeiptr) size, data, GL_STATIC_DRAW);
  return buffer;
}

static gboolean
ensure_gl (SwRenderer *renderer, GError **error)
{
  if (renderer->has_gl)
    return TRUE;
  SwDriverInfo info;
  if (!sw_renderer_get_driver (&info, error))
    return FALSE;
  renderer->is_software = info.is_software;
  renderer->has_gl = TRUE;
  static const float quad[] = { -1, -1, 1, -1, -1, 1, 1, 1 };
  static const float box[]
      = { -1, -1, 0, 1, -1, 0, -1, 1, 0, 1, 1, 0, -1, -1, 1, 1, -1, 1, -1, 1, 1, 1, 1, 1 };
  /* Counter-clockwise from outside; the near faces are culled, so that the eye may be inside. */
  static const uint16_t faces[] = { 0, 2, 1, 1, 2, 3, 4, 5, 6, 5, 7, 6, 0, 1, 4, 1, 5, 4,
                                    2, 6, 3, 3, 6, 7, 0, 4, 2, 2, 4, 6, 1, 3, 5, 3, 7, 5 };
  glGenVertexArrays (1, &renderer->empty_array);
  glBindVertexArray (renderer->empty_array);
  renderer->quad_buffer = buffer_new (GL_ARRAY_BUFFER, quad, sizeof quad);
  renderer->box_buffer = buffer_new (GL_ARRAY_BUFFER, box, sizeof box);
  renderer->box_indices = buffer_new (GL_ELEMENT_ARRAY_BUFFER, faces, sizeof faces);
  glGenBuffers (1, &renderer->view_buffer);
  glGenTextures (1, &renderer->colors);
  for (int i = 0; i < SW_N_PROGRAMS; i++)
    {
      renderer->programs[i] = sw_program_new ((SwProgramId) i, error);
      if (renderer->programs[i] == 0)
        {
          sw_renderer_release_gl (renderer);
          return FALSE;
        }
    }
  return TRUE;
}

/* ---- targets */

static GLuint
target_new (int width, int height, GLenum format, GLenum filter)
{
  GLuint texture;
  glGenTextures (1, &texture);
  glBindTexture (GL_TEXTURE_2D, texture);
  if (format == GL_DEPTH_COMPONENT24)
    glTexImage2D (GL_TEXTURE_2D, 0, GL_DEPTH_COMPONENT24, width, height, 0, GL_DEPTH_COMPONENT,
                  GL_UNSIGNED_INT, NULL);
  else
    glTexImage2D (GL_TEXTURE_2D, 0, (GLint) format, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE,
                  NULL);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, (GLint) filter);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, (GLint) filter);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  return texture;
}

static void
attach (SwRenderer *renderer, int buffer, int color, int normal, int depth)
{
  static const GLenum both[] = { GL_COLOR_ATTACHMENT0, GL_COLOR_ATTACHMENT1 };
  glBindFramebuffer (GL_FRAMEBUFFER, renderer->framebuffers[buffer]);
  glFramebufferTexture2D (GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D,
                          renderer->targets[color], 0);
  if (normal >= 0)
    glFramebufferTexture2D (GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT1, GL_TEXTURE_2D,
                            renderer->targets[normal], 0);
  if (depth >= 0)
    glFramebufferTexture2D (GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_TEXTURE_2D,
                            renderer->targets[depth], 0);
  glDrawBuffers (normal >= 0 ? 2 : 1, both);
}

static gboolean
ensure_targets (SwRenderer *renderer, int width, int height, const Budget *budget, GError **error)
{
  if (renderer->width == width && renderer->height == height
      && renderer->n_samples == budget->n_samples
      && renderer->occlusion_ratio == budget->occlusion_ratio
      && renderer->volume_ratio == budget->volume_ratio)
    return TRUE;
  drop_targets (renderer);
  const int n = budget->n_samples, a = budget->occlusion_ratio, v = budget->volume_ratio;
  GLuint *t = renderer->targets;
  t[TARGET_COLOR] = target_new (width * n, height * n, GL_RGBA8, GL_NEAREST);
  t[TARGET_NORMAL] = target_new (width * n, height * n, GL_RGBA8, GL_NEAREST);
  t[TARGET_DEPTH] = target_new (width * n, height * n, GL_DEPTH_COMPONENT24, GL_NEAREST);
  t[TARGET_LAYER_COLOR] = target_new (width * n, height * n, GL_RGBA8, GL_NEAREST);
  t[TARGET_LAYER_DEPTH] = target_new (width * n, height * n, GL_DEPTH_COMPONENT24, GL_NEAREST);
  t[TARGET_OCCLUSION]
      = target_new ((width + a - 1) / a, (height + a - 1) / a, GL_RGBA8, GL_NEAREST);
  t[TARGET_VOLUME] = target_new ((width + v - 1) / v, (height + v - 1) / v, GL_RGBA8, GL_LINEAR);
  t[TARGET_PICTURE] = target_new (width, height, GL_RGBA8, GL_LINEAR);
  glGenFramebuffers (N_BUFFERS, renderer->framebuffers);
  attach (renderer, BUFFER_GEOMETRY, TARGET_COLOR, TARGET_NORMAL, TARGET_DEPTH);
  attach (renderer, BUFFER_LAYER, TARGET_LAYER_COLOR, -1, TARGET_LAYER_DEPTH);
  attach (renderer, BUFFER_OCCLUSION, TARGET_OCCLUSION, -1, -1);
  attach (renderer, BUFFER_VOLUME, TARGET_VOLUME, -1, -1);
  attach (renderer, BUFFER_PICTURE, TARGET_PICTURE, -1, -1);
  gboolean ok = glGetError () == GL_NO_ERROR;
  for (int i = 0; ok && i < N_BUFFERS; i++)
    {
      glBindFramebuffer (GL_FRAMEBUFFER, renderer->framebuffers[i]);
      ok = glCheckFramebufferStatus (GL_FRAMEBUFFER) == GL_FRAMEBUFFER_COMPLETE;
    }
  if (!ok)
    {
      drop_targets (renderer);
      g_set_error (error, SW_RENDER_ERROR, SW_RENDER_ERROR_MEMORY,
                   _ ("The graphics driver (%s) has no memory for a picture of %d by %d pixels."),
                   (const char *) glGetString (GL_RENDERER), width, height);
      return FALSE;
    }
  renderer->width = width;
  renderer->height = height;
  renderer->n_samples = n;
  renderer->occlusion_ratio = a;
  renderer->volume_ratio = v;
  return TRUE;
}

static Budget
choose_budget (const SwRenderer *renderer, int width, int height, SwQuality quality)
{
  GLint limit = 4096;
  glGetIntegerv (GL_MAX_TEXTURE_SIZE, &limit);
  Budget budget;
  if (quality == SW_QUALITY_EXPORT)
    budget = (Budget){ 1.0, 2, 1, 1, 320, 16, 4000000, SIZE_MAX };
  else if (!renderer->is_software)
    budget = quality == SW_QUALITY_REST ? (Budget){ 1.0, 2, 1, 1, 256, 14, 2000000, SIZE_MAX }
                                        : (Budget){ 1.0, 1, 1, 2, 128, 10, 800000, SIZE_MAX };
  else if (quality == SW_QUALITY_REST)
    budget = (Budget){ 1.0, 2, 2, 2, 128, 10, 260000, SIZE_MAX };
  else
    {
      /* About 250,000 pixels is what two cores can fill ten to twenty times a second. */
      const double pixels = sqrt (250000.0 / ((double) width * height));
      budget = (Budget){ fmin (1.0, pixels), 1, 2, 3, 48, 6, 50000, 250 };
    }
  while (budget.n_samples > 1 && MAX (width, height) * budget.n_samples > limit)
    budget.n_samples--;
  return budget;
}

/* ---- items */

static Item *
find_item (SwRenderer *renderer, const uint64_t key[4])
{
  for (guint i = 0; i < renderer->items->len; i++)
    {
      Item *item = g_ptr_array_index (renderer->items, i);
      if (memcmp (item->key, key, sizeof item->key) == 0)
        {
          item->frame = renderer->frame;
          return item;
        }
    }
  return NULL;
}

static Item *
add_item (SwRenderer *renderer, const uint64_t key[4])
{
  Item *item = g_new0 (Item, 1);
  memcpy (item->key, key, sizeof item->key);
  item->frame = renderer->frame;
  item->index_type = GL_UNSIGNED_SHORT;
  g_ptr_array_add (renderer->items, item);
  glGenVertexArrays (1, &item->vertex_array);
  glBindVertexArray (item->vertex_array);
  return item;
}

/* Two frames, so that turning between two states does not build anew each time. */
static void
drop_old_items (SwRenderer *renderer)
{
  for (guint i = renderer->items->len; i-- > 0;)
    {
      Item *item = g_ptr_array_index (renderer->items, i);
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
fill_spheres (SwRenderer *renderer, Item *item, const GArray *spheres)
{
  glBindBuffer (GL_ARRAY_BUFFER, renderer->quad_buffer);
  attribute (0, 2, 8, 0, 0);
  item->buffers[0]
      = buffer_new (GL_ARRAY_BUFFER, spheres->data, spheres->len * sizeof (SwSphereInstance));
  attribute (1, 4, sizeof (SwSphereInstance), offsetof (SwSphereInstance, centre), 1);
  attribute_color (2, sizeof (SwSphereInstance), offsetof (SwSphereInstance, color), 1);
  item->n_instances = (GLsizei) spheres->len;
}

static void
fill_cylinders (SwRenderer *renderer, Item *item, const GArray *cylinders)
{
  const size_t stride = sizeof (SwCylinderInstance);
  glBindBuffer (GL_ARRAY_BUFFER, renderer->box_buffer);
  attribute (0, 3, 12, 0, 0);
  glBindBuffer (GL_ELEMENT_ARRAY_BUFFER, renderer->box_indices);
  item->buffers[0] = buffer_new (GL_ARRAY_BUFFER, cylinders->data, cylinders->len * stride);
  attribute (1, 4, stride, offsetof (SwCylinderInstance, start), 1);
  attribute (2, 3, stride, offsetof (SwCylinderInstance, end), 1);
  attribute_color (3, stride, offsetof (SwCylinderInstance, color_start), 1);
  attribute_color (4, stride, offsetof (SwCylinderInstance, color_end), 1);
  item->n_instances = (GLsizei) cylinders->len;
  item->n_indices = 36;
}

static void
fill_mesh (Item *item, const SwMesh *mesh)
{
  const size_t stride = sizeof (SwMeshVertex);
  item->buffers[0]
      = buffer_new (GL_ARRAY_BUFFER, mesh->vertices->data, mesh->vertices->len * stride);
  attribute (0, 3, stride, offsetof (SwMeshVertex, position), 0);
  attribute (1, 3, stride, offsetof (SwMeshVertex, normal), 0);
  attribute_color (2, stride, offsetof (SwMeshVertex, color), 0);
  item->buffers[1] = buffer_new (GL_ELEMENT_ARRAY_BUFFER, mesh->indices->data,
                                 mesh->indices->len * sizeof (uint32_t));
  item->n_indices = (GLsizei) mesh->indices->len;
  item->index_type = GL_UNSIGNED_INT;
}

static Item *
molecule_item (SwRenderer *renderer, const SwPane *pane, ItemKind kind)
{
  const SwMoleculeStyle style = sw_pane_get_style (pane);
  const uint64_t key[4] = { pane->molecule->serial, kind, style, sw_pane_get_scheme (pane) };
  Item *item = find_item (renderer, key);
  if (item != NULL)
    return item;
  item = add_item (renderer, key);
  if (kind == ITEM_MESH)
    {
      SwMesh mesh = sw_mesh_new ();
      sw_ribbon_build (pane, style == SW_MOLECULE_CARTOON, &mesh);
      fill_mesh (item, &mesh);
      sw_mesh_clear (&mesh);
      return item;
    }
  GArray *array = kind == ITEM_SPHERES ? sw_molecule_spheres (pane) : sw_molecule_cylinders (pane);
  if (kind == ITEM_SPHERES)
    fill_spheres (renderer, item, array);
  else
    fill_cylinders (renderer, item, array);
  g_array_unref (array);
  return item;
}

static Item *
isosurface_item (SwRenderer *renderer, const SwFieldData *field, const SwFieldLook *look)
{
  const double level = fmax (look->threshold * look->range_max, 1e-12 * look->range_max);
  const uint64_t key[4] = { field->serial, ITEM_MESH, bits (level), look->colormap };
  Item *item = find_item (renderer, key);
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
      sw_colormap_get (look->colormap, look->is_diverging ? 0.5 + 0.36 * sign : 0.62, rgb);
      const uint8_t color[4] = { (uint8_t) lroundf (255 * rgb[0]), (uint8_t) lroundf (255 * rgb[1]),
                                 (uint8_t) lroundf (255 * rgb[2]), 255 };
      sw_isosurface_build (values, &field->grid, sign * level, color, &mesh);
    }
  fill_mesh (item, &mesh);
  sw_mesh_clear (&mesh);
  return item;
}

static Item *
volume_item (SwRenderer *renderer, const SwFieldData *field, const SwFieldLook *look)
{
  const double threshold = look->threshold * look->range_max;
  const uint64_t key[4] = { field->serial, ITEM_VOLUME, bits (threshold), look->is_diverging };
  Item *item = find_item (renderer, key);
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

static Item *
glyph_item (SwRenderer *renderer,
            SwScene *scene,
            SwPane *pane,
            const SwFieldLook *look,
            const SwGlyphKind *kind,
            const Budget *budget)
{
  const SwFieldData *field = pane->field.data;
  const SwGlyphSeeds *seeds = sw_pane_get_seeds (scene, pane);
  const size_t n = MAX (1, MIN (seeds->n, budget->n_glyphs));
  unsigned level = 3;
  while (level > 0 && n * (20u << (2 * (level + 1))) > budget->n_triangles)
    level--;
  GChecksum *checksum = g_checksum_new (G_CHECKSUM_MD5);
  const double numbers[]
      = { look->range_max, look->threshold, look->glyph_scale, (double) look->n_glyphs_max,
          look->colormap,  level,           look->display };
  g_checksum_update (checksum, (const guchar *) numbers, sizeof numbers);
  guint8 digest[16];
  gsize length = sizeof digest;
  g_checksum_get_digest (checksum, digest, &length);
  g_checksum_free (checksum);
  uint64_t key[4] = { field->serial, ITEM_GLYPHS, 0, 0 };
  memcpy (&key[2], digest, sizeof digest);
  Item *item = find_item (renderer, key);
  if (item != NULL)
    {
      item->n_instances = (GLsizei) MIN (seeds->n, budget->n_glyphs);
      return item;
    }
  item = add_item (renderer, key);
  GArray *vertices, *indices, *instances = kind->build (field, look, seeds);
  kind->mesh (level, &vertices, &indices);
  const bool is_arrow = look->display == SW_DISPLAY_ARROWS;
  item->buffers[0] = buffer_new (GL_ARRAY_BUFFER, vertices->data,
                                 vertices->len * (is_arrow ? sizeof (SwMeshVertex) : 12));
  attribute (0, 3, is_arrow ? sizeof (SwMeshVertex) : 12, 0, 0);
  if (is_arrow)
    attribute (1, 3, sizeof (SwMeshVertex), offsetof (SwMeshVertex, normal), 0);
  item->buffers[1]
      = buffer_new (GL_ELEMENT_ARRAY_BUFFER, indices->data, indices->len * sizeof (uint16_t));
  const size_t stride = is_arrow ? sizeof (SwArrowInstance) : sizeof (SwGlyphInstance);
  item->buffers[2] = buffer_new (GL_ARRAY_BUFFER, instances->data, instances->len * stride);
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

/* ---- drawing a pane */

typedef struct
{
  SwRenderer *renderer;
  SwScene *scene;
  SwPane *pane;
  const Budget *budget;
  SwRectangle area; /* in pixels of the picture, bottom left origin */
  double scale;
  SwViewBlock view;
  mat4 world_view;
  bool has_layer, has_volume, has_occlusion;
} PaneJob;

static void
use_program (PaneJob *job, SwProgramId id, SwQuat rotation)
{
  double m[9];
  sw_quat_to_matrix (rotation, m);
  mat4 model = GLM_MAT4_IDENTITY_INIT, model_view;
  for (int row = 0; row < 3; row++)
    for (int column = 0; column < 3; column++)
      model[column][row] = (float) m[3 * row + column];
  glm_mat4_mul (job->world_view, model, model_view);
  memcpy (job->view.model_view, model_view, sizeof job->view.model_view);
  glBindBuffer (GL_UNIFORM_BUFFER, job->renderer->view_buffer);
  glBufferData (GL_UNIFORM_BUFFER, sizeof job->view, &job->view, GL_STREAM_DRAW);
  glBindBufferBase (GL_UNIFORM_BUFFER, 0, job->renderer->view_buffer);
  glUseProgram (job->renderer->programs[id]);
}

static void
set_float (const PaneJob *job, SwProgramId id, const char *name, double value)
{
  glUniform1f (sw_program_uniform (job->renderer->programs[id], name), (float) value);
}

static void
set_int (const PaneJob *job, SwProgramId id, const char *name, int value)
{
  glUniform1i (sw_program_uniform (job->renderer->programs[id], name), value);
}

static void
set_texture (
    const PaneJob *job, SwProgramId id, const char *name, int unit, GLenum kind, GLuint texture)
{
  glActiveTexture (GL_TEXTURE0 + (GLenum) unit);
  glBindTexture (kind, texture);
  set_int (job, id, name, unit);
}

static void
draw_item (const Item *item, bool is_quad)
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

static void
draw_cylinders (PaneJob *job, const Item *item, SwQuat rotation, double unit, bool is_flat)
{
  use_program (job, SW_PROGRAM_CYLINDER, rotation);
  set_float (job, SW_PROGRAM_CYLINDER, "radius_unit", unit);
  set_float (job, SW_PROGRAM_CYLINDER, "is_flat", is_flat);
  glEnable (GL_CULL_FACE);
  glCullFace (GL_FRONT);
  draw_item (item, false);
  glDisable (GL_CULL_FACE);
}

static void
draw_molecule (PaneJob *job)
{
  const SwPane *pane = job->pane;
  const SwMoleculeStyle style = sw_pane_get_style (pane);
  if (style == SW_MOLECULE_OFF)
    return;
  if (style == SW_MOLECULE_CARTOON || style == SW_MOLECULE_TRACE)
    {
      const Item *ribbon = molecule_item (job->renderer, pane, ITEM_MESH);
      use_program (job, SW_PROGRAM_MESH, pane->input_rotation);
      set_float (job, SW_PROGRAM_MESH, "opacity", 1.0);
      draw_item (ribbon, false);
    }
  const Item *spheres = molecule_item (job->renderer, pane, ITEM_SPHERES);
  if (spheres->n_instances > 0)
    {
      use_program (job, SW_PROGRAM_SPHERE, pane->input_rotation);
      set_float (job, SW_PROGRAM_SPHERE, "opacity", 1.0);
      draw_item (spheres, true);
    }
  const Item *cylinders = molecule_item (job->renderer, pane, ITEM_CYLINDERS);
  if (cylinders->n_instances > 0)
    draw_cylinders (job, cylinders, pane->input_rotation, 1.0, false);
}

static void
draw_glyphs (PaneJob *job, const SwFieldLook *look)
{
  const unsigned l = job->pane->field.data->l;
  const SwGlyphKind *kind = sw_glyph_kind (look->display, l);
  if (kind == NULL)
    return;
  const Item *item = glyph_item (job->renderer, job->scene, job->pane, look, kind, job->budget);
  if (item->n_instances == 0)
    return;
  const SwProgramId id = look->display == SW_DISPLAY_ARROWS ? SW_PROGRAM_ARROW : SW_PROGRAM_GLYPH;
  use_program (job, id, job->pane->field.rotation);
  if (id == SW_PROGRAM_GLYPH)
    {
      set_int (job, id, "order", (int) l);
      for (int sign = 0; sign < 2; sign++)
        {
          uint8_t c[4];
          sw_color_sign (sign == 0, c);
          glUniform4f (sw_program_uniform (job->renderer->programs[id],
                                           sign == 0 ? "color_positive" : "color_negative"),
                       c[0] / 255.0f, c[1] / 255.0f, c[2] / 255.0f, 1.0f);
        }
    }
  draw_item (item, false);
}

static void
draw_isosurface (PaneJob *job, const SwFieldPlace *place, const SwFieldLook *look)
{
  const Item *item = isosurface_item (job->renderer, place->data, look);
  use_program (job, SW_PROGRAM_MESH, place->rotation);
  set_float (job, SW_PROGRAM_MESH, "opacity", look->opacity);
  draw_item (item, false);
}

static void
draw_box (PaneJob *job)
{
  const SwPane *pane = job->pane;
  const bool is_dark = job->scene->background == SW_BACKGROUND_DARK;
  uint64_t key[4] = { 0, ITEM_CYLINDERS, 0, pane->tick * 2 + is_dark };
  GChecksum *checksum = g_checksum_new (G_CHECKSUM_MD5);
  g_checksum_update (checksum, (const guchar *) &pane->box, sizeof pane->box);
  guint8 digest[16];
  gsize length = sizeof digest;
  g_checksum_get_digest (checksum, digest, &length);
  g_checksum_free (checksum);
  memcpy (&key[2], digest, 8);
  memcpy (&key[1], digest + 8, 8);
  Item *item = find_item (job->renderer, key);
  if (item == NULL)
    {
      item = add_item (job->renderer, key);
      GArray *lines = sw_box_cylinders (&pane->box, pane->tick, is_dark);
      fill_cylinders (job->renderer, item, lines);
      g_array_unref (lines);
    }
  draw_cylinders (job, item, SW_QUAT_IDENTITY, job->scale * job->view.unit[0], true);
}

static void
draw_highlight (PaneJob *job)
{
  const SwPane *pane = job->pane;
  if (pane->highlight < 0 || pane->molecule == NULL)
    return;
  const float *p = pane->molecule->positions[pane->highlight];
  SwSphereInstance halo = { .centre = { p[0], p[1], p[2] }, .color = { 255, 214, 64, 255 } };
  halo.radius = 0.35f
                + fmaxf (0.6f, sw_pane_get_ball_radius (sw_pane_get_style (pane), pane->molecule,
                                                        (size_t) pane->highlight));
  const uint64_t key[4] = { pane->molecule->serial, ITEM_SPHERES, bits (halo.radius),
                            0x100 + (uint64_t) pane->highlight };
  Item *item = find_item (job->renderer, key);
  if (item == NULL)
    {
      item = add_item (job->renderer, key);
      GArray *one = g_array_new (FALSE, FALSE, sizeof halo);
      g_array_append_val (one, halo);
      fill_spheres (job->renderer, item, one);
      g_array_unref (one);
    }
  use_program (job, SW_PROGRAM_SPHERE, pane->input_rotation);
  set_float (job, SW_PROGRAM_SPHERE, "opacity", 0.25);
  draw_item (item, true);
}

static void
volume_matrix (const PaneJob *job, const SwFieldPlace *place, mat4 ret)
{
  /* Texture from grid, grid from world, world from view. */
  double m[9];
  sw_quat_to_matrix (sw_quat_conjugate (place->rotation), m);
  const SwGridGeometry *grid = &place->data->grid;
  mat4 back = GLM_MAT4_IDENTITY_INIT, world;
  for (int row = 0; row < 3; row++)
    {
      const double unit = 1.0 / ((double) grid->n[2 - row] * grid->spacing);
      for (int column = 0; column < 3; column++)
        back[column][row] = (float) (m[3 * row + column] * unit);
      back[3][row] = (float) (0.5 - grid->centre[row] * unit);
    }
  mat4 world_view;
  memcpy (world_view, job->world_view, sizeof world_view);
  glm_mat4_inv (world_view, world);
  glm_mat4_mul (back, world, ret);
}

static void
draw_volumes (PaneJob *job, const SwFieldPlace *const *places, const SwFieldLook *looks, int n)
{
  SwRenderer *renderer = job->renderer;
  const SwProgramId id = SW_PROGRAM_VOLUME;
  const GLuint program = renderer->programs[id];
  mat4 matrices[2] = { GLM_MAT4_IDENTITY_INIT, GLM_MAT4_IDENTITY_INIT };
  float low[6] = { 0 }, high[6] = { 0 }, transfer[8] = { 0 };
  uint8_t colors[2][256][4] = { 0 };
  GLuint textures[2] = { 0, 0 };
  double step = INFINITY;
  for (int i = 0; i < n; i++)
    {
      const SwFieldData *field = places[i]->data;
      const Item *item = volume_item (renderer, field, &looks[i]);
      volume_matrix (job, places[i], matrices[i]);
      memcpy (low + 3 * i, item->low, sizeof item->low);
      memcpy (high + 3 * i, item->high, sizeof item->high);
      const size_t *size = field->grid.n;
      const double extent = (double) MAX (size[0], MAX (size[1], size[2])) * field->grid.spacing;
      transfer[4 * i] = (float) (field->max / looks[i].range_max);
      transfer[4 * i + 1] = (float) fmin (looks[i].threshold, 0.999);
      /* Full value makes a fortieth of the box opaque by 63 %. */
      transfer[4 * i + 2]
          = (float) (looks[i].opacity * (i == 0 && places[i] == &job->pane->density ? 7.0 : 40.0)
                     / extent);
      transfer[4 * i + 3] = looks[i].is_diverging;
      sw_colormap_fill (looks[i].colormap, 256, colors[i]);
      textures[i] = item->texture;
      step = fmin (step, fmax (1.73 * extent / job->budget->n_steps, 0.35 * field->grid.spacing));
    }
  glBindFramebuffer (GL_FRAMEBUFFER, renderer->framebuffers[BUFFER_VOLUME]);
  const int ratio = renderer->volume_ratio;
  const int x0 = (int) job->area.x / ratio, y0 = (int) job->area.y / ratio;
  const int x1 = ((int) (job->area.x + job->area.width) + ratio - 1) / ratio;
  const int y1 = ((int) (job->area.y + job->area.height) + ratio - 1) / ratio;
  glViewport (x0, y0, x1 - x0, y1 - y0);
  use_program (job, id, SW_QUAT_IDENTITY);
  glActiveTexture (GL_TEXTURE3);
  glBindTexture (GL_TEXTURE_2D, renderer->colors);
  glTexImage2D (GL_TEXTURE_2D, 0, GL_RGBA8, 256, 2, 0, GL_RGBA, GL_UNSIGNED_BYTE, colors);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri (GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  set_texture (job, id, "colors", 3, GL_TEXTURE_2D, renderer->colors);
  set_texture (job, id, "geometry_depth", 0, GL_TEXTURE_2D, renderer->targets[TARGET_DEPTH]);
  set_texture (job, id, "volume0", 1, GL_TEXTURE_3D, textures[0]);
  set_texture (job, id, "volume1", 2, GL_TEXTURE_3D, textures[n > 1 ? 1 : 0]);
  set_float (job, id, "pixel_ratio", (double) ratio * renderer->n_samples);
  set_int (job, id, "n_volumes", n);
  set_float (job, id, "step_length", step);
  glUniformMatrix4fv (sw_program_uniform (program, "volume_from_view[0]"), 2, GL_FALSE,
                      (const float *) matrices);
  glUniform3fv (sw_program_uniform (program, "bound_low[0]"), 2, low);
  glUniform3fv (sw_program_uniform (program, "bound_high[0]"), 2, high);
  glUniform4fv (sw_program_uniform (program, "transfer[0]"), 2, transfer);
  glBindVertexArray (renderer->empty_array);
  glDrawArrays (GL_TRIANGLES, 0, 3);
  glActiveTexture (GL_TEXTURE1);
  glBindTexture (GL_TEXTURE_3D, 0);
  glActiveTexture (GL_TEXTURE2);
  glBindTexture (GL_TEXTURE_3D, 0);
}

static void
draw_occlusion (PaneJob *job, double radius)
{
  SwRenderer *renderer = job->renderer;
  const SwProgramId id = SW_PROGRAM_OCCLUSION;
  const int ratio = renderer->occlusion_ratio;
  glBindFramebuffer (GL_FRAMEBUFFER, renderer->framebuffers[BUFFER_OCCLUSION]);
  glViewport ((int) job->area.x / ratio, (int) job->area.y / ratio,
              ((int) job->area.width + ratio - 1) / ratio,
              ((int) job->area.height + ratio - 1) / ratio);
  use_program (job, id, SW_QUAT_IDENTITY);
  set_texture (job, id, "geometry_depth", 0, GL_TEXTURE_2D, renderer->targets[TARGET_DEPTH]);
  set_texture (job, id, "geometry_normal", 1, GL_TEXTURE_2D, renderer->targets[TARGET_NORMAL]);
  set_float (job, id, "pixel_ratio", (double) ratio * renderer->n_samples);
  set_float (job, id, "radius", radius);
  set_int (job, id, "n_samples", job->budget->n_occlusion);
  glBindVertexArray (renderer->empty_array);
  glDrawArrays (GL_TRIANGLES, 0, 3);
}

static void
draw_composite (PaneJob *job)
{
  SwRenderer *renderer = job->renderer;
  const SwProgramId id = SW_PROGRAM_COMPOSITE;
  static const struct
  {
    const char *name;
    int target;
  } textures[] = {
    { "geometry_color", TARGET_COLOR },    { "geometry_normal", TARGET_NORMAL },
    { "geometry_depth", TARGET_DEPTH },    { "layer_color", TARGET_LAYER_COLOR },
    { "layer_depth", TARGET_LAYER_DEPTH }, { "occlusion", TARGET_OCCLUSION },
    { "volume", TARGET_VOLUME },
  };
  glViewport ((int) job->area.x, (int) job->area.y, (int) job->area.width, (int) job->area.height);
  use_program (job, id, SW_QUAT_IDENTITY);
  for (int i = 0; i < (int) G_N_ELEMENTS (textures); i++)
    set_texture (job, id, textures[i].name, i, GL_TEXTURE_2D,
                 renderer->targets[textures[i].target]);
  set_float (job, id, "has_layer", job->has_layer);
  set_float (job, id, "has_volume", job->has_volume);
  set_float (job, id, "has_occlusion", job->has_occlusion);
  set_float (job, id, "occlusion_ratio", 1.0 / renderer->occlusion_ratio);
  const int v = renderer->volume_ratio;
  glUniform2f (sw_program_uniform (renderer->programs[id], "volume_scale"),
               1.0f / (float) (v * ((renderer->width + v - 1) / v)),
               1.0f / (float) (v * ((renderer->height + v - 1) / v)));
  glBindVertexArray (renderer->empty_array);
  glDrawArrays (GL_TRIANGLES, 0, 3);
}

static void
prepare_view (PaneJob *job, unsigned index)
{
  const SwScene *scene = job->scene;
  const SwCamera *camera = &job->pane->camera;
  const int n = job->budget->n_samples;
  const double radius = sw_scene_get_radius (scene, index);
  SwViewBlock *view = &job->view;
  memset (view, 0, sizeof *view);
  float world_view[16];
  sw_camera_view_matrix (camera, world_view);
  memcpy (job->world_view, world_view, sizeof world_view);
  static const double origin[3] = { 0.0, 0.0, 0.0 };
  /* Some room for lines and ribbons that stand out. */
  sw_camera_projection_matrix (camera, job->area.width / job->area.height, origin,
                               1.05 * radius + 3.0, view->projection);
  mat4 projection, inverse;
  memcpy (projection, view->projection, sizeof projection);
  glm_mat4_inv (projection, inverse);
  memcpy (view->projection_inverse, inverse, sizeof inverse);
  view->pane[0] = (float) (job->area.x * n);
  view->pane[1] = (float) (job->area.y * n);
  view->pane[2] = (float) (job->area.width * n);
  view->pane[3] = (float) (job->area.height * n);
  /* The middle of the scene is hardly hazy, its far end is; the box's corners may lie beyond. */
  const double depth = -(double) world_view[14];
  double inner = radius;
  if (job->pane->molecule != NULL && sw_pane_get_style (job->pane) != SW_MOLECULE_OFF)
    inner = fmin (radius, 1.15 * job->pane->molecule->radius);
  view->depth_cue[0] = (float) fmax (depth - inner, 0.0);
  view->depth_cue[1] = (float) fmax (depth + inner, view->depth_cue[0] + 1e-3);
  view->depth_cue[2] = (float) scene->depth_cue;
  static const float top[3][4]
      = { { 0.985f, 0.988f, 0.995f, 1 }, { 0.105f, 0.118f, 0.142f, 1 }, { 1, 1, 1, 0 } };
  static const float bottom[3][4]
      = { { 0.895f, 0.912f, 0.937f, 1 }, { 0.045f, 0.051f, 0.064f, 1 }, { 1, 1, 1, 0 } };
  memcpy (view->background_top, top[scene->background], sizeof view->background_top);
  memcpy (view->background_bottom, bottom[scene->background], sizeof view->background_bottom);
  view->unit[0] = (float) (2.0 * camera->distance * tan (0.5 * camera->fov) / job->area.height);
  view->unit[1] = (float) n;
  view->unit[2] = (float) scene->occlusion;
  view->unit[3] = (float) scene->outline;
}

static void
draw_pane (PaneJob *job, GLuint framebuffer)
{
  SwRenderer *renderer = job->renderer;
  const int n = renderer->n_samples;
  SwPane *pane = job->pane;
  const SwFieldPlace *places[2] = { &pane->density, &pane->field }, *volumes[2];
  SwFieldLook looks[2], volume_looks[2];
  int n_volumes = 0;

  glEnable (GL_DEPTH_TEST);
  glDepthFunc (GL_LESS);
  glDepthMask (GL_TRUE);
  glDisable (GL_BLEND);
  glBindFramebuffer (GL_FRAMEBUFFER, renderer->framebuffers[BUFFER_GEOMETRY]);
  glViewport ((int) job->area.x * n, (int) job->area.y * n, (int) job->area.width * n,
              (int) job->area.height * n);
  draw_molecule (job);
  if (pane->has_box)
    draw_box (job);
  bool has_layer = pane->highlight >= 0;
  for (int i = 0; i < 2; i++)
    {
      if (places[i]->data == NULL || places[i]->data->max <= 0.0)
        continue;
      sw_field_look (job->scene, places[i], i == 0, &looks[i]);
      switch (looks[i].display)
        {
        case SW_DISPLAY_VOLUME:
          volumes[n_volumes] = places[i];
          volume_looks[n_volumes++] = looks[i];
          break;
        case SW_DISPLAY_ISOSURFACE:
          if (looks[i].opacity >= 1.0)
            draw_isosurface (job, places[i], &looks[i]);
          else
            has_layer = true;
          break;
        default:
          draw_glyphs (job, &looks[i]);
        }
    }
  job->has_layer = has_layer;
  if (has_layer)
    {
      glBindFramebuffer (GL_FRAMEBUFFER, renderer->framebuffers[BUFFER_LAYER]);
      for (int i = 0; i < 2; i++)
        if (places[i]->data != NULL && places[i]->data->max > 0.0
            && looks[i].display == SW_DISPLAY_ISOSURFACE && looks[i].opacity < 1.0)
          draw_isosurface (job, places[i], &looks[i]);
      draw_highlight (job);
    }
  glDisable (GL_DEPTH_TEST);
  job->has_occlusion = job->scene->occlusion > 0.0;
  if (job->has_occlusion)
    draw_occlusion (
        job,
        fmin (5.0, 0.16 * sw_scene_get_radius (job->scene, (unsigned) (pane - job->scene->panes))
                       + 0.6));
  job->has_volume = n_volumes > 0;
  if (n_volumes > 0)
    draw_volumes (job, volumes, volume_looks, n_volumes);
  glBindFramebuffer (GL_FRAMEBUFFER, framebuffer);
  draw_composite (job);
}

gboolean
sw_renderer_draw (SwRenderer *renderer,
                  SwScene *scene,
                  unsigned framebuffer,
                  int width,
                  int height,
                  double scale,
                  SwQuality quality,
                  GError **error)
{
  g_return_val_if_fail (renderer != NULL && scene != NULL && width > 0 && height > 0, FALSE);
  while (glGetError () != GL_NO_ERROR)
    ; /* of others */
  if (!ensure_gl (renderer, error))
    return FALSE;
  const Budget budget = choose_budget (renderer, width, height, quality);
  const int w = MAX (1, (int) lround (width * budget.pixels));
  const int h = MAX (1, (int) lround (height * budget.pixels));
  gboolean ok = ensure_targets (renderer, w, h, &budget, error);
  if (ok)
    {
      renderer->frame++;
      glDisable (GL_SCISSOR_TEST);
      glDisable (GL_BLEND);
      glDisable (GL_CULL_FACE);
      glDisable (GL_STENCIL_TEST);
      glColorMask (GL_TRUE, GL_TRUE, GL_TRUE, GL_TRUE);
      glDepthMask (GL_TRUE);
      glClearColor (0.0f, 0.0f, 0.0f, 0.0f);
      for (int i = BUFFER_GEOMETRY; i <= BUFFER_LAYER; i++)
        {
          glBindFramebuffer (GL_FRAMEBUFFER, renderer->framebuffers[i]);
          glClear (GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
        }
      const bool is_direct = w == width && h == height;
      const GLuint target = is_direct ? framebuffer : renderer->framebuffers[BUFFER_PICTURE];
      for (unsigned i = 0; i < scene->n_panes; i++)
        {
          PaneJob job = {
            .renderer = renderer, .scene = scene, .pane = &scene->panes[i], .budget = &budget
          };
          sw_scene_get_pane_rectangle (scene, i, w, h, &job.area);
          if (job.area.width < 1.0 || job.area.height < 1.0)
            continue;
          job.area.y = h - job.area.y - job.area.height;
          job.scale = scale * budget.pixels;
          prepare_view (&job, i);
          draw_pane (&job, target);
        }
      if (!is_direct)
        {
          glBindFramebuffer (GL_READ_FRAMEBUFFER, target);
          glBindFramebuffer (GL_DRAW_FRAMEBUFFER, framebuffer);
          glBlitFramebuffer (0, 0, w, h, 0, 0, width, height, GL_COLOR_BUFFER_BIT, GL_LINEAR);
        }
      drop_old_items (renderer);
      const GLenum fault = glGetError ();
      if (fault != GL_NO_ERROR)
        {
          ok = FALSE;
          g_set_error (error, SW_RENDER_ERROR, SW_RENDER_ERROR_MEMORY,
                       _ ("The graphics driver (%s) reports error 0x%x while drawing."),
                       (const char *) glGetString (GL_RENDERER), fault);
        }
    }
  glBindVertexArray (0);
  glUseProgram (0);
  for (int i = 7; i >= 0; i--)
    {
      glActiveTexture (GL_TEXTURE0 + (GLenum) i);
      glBindTexture (GL_TEXTURE_2D, 0);
    }
  glBindFramebuffer (GL_FRAMEBUFFER, framebuffer);
  glViewport (0, 0, width, height);
  return ok;
}
