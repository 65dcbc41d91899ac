/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "workbench/document.h"

#include <glib/gi18n.h>
#include <math.h>

#include "structure/format-table.h"
#include "workbench/error.h"

typedef struct
{
  SwDocument document; /* first: callers hold a pointer to it */
  gatomicrefcount count;
  SwStructure *structure;
  SwVolume *volume;
  SwSurface *surface;
  SwBox *blocks;
  SwLoadReport report; /* of blocks: empty */
  char *name, *summary, *path;
} Document;

static char *
summarise_structure (const SwStructure *structure)
{
  GString *text = g_string_new (NULL);

  /* translators: %'zu is a number of atoms */
  g_string_append_printf (text, ngettext ("%'zu atom", "%'zu atoms", structure->n_atoms),
                          structure->n_atoms);
  /* translators: follows a number of atoms; %'zu is a number of residues */
  g_string_append_printf (text,
                          ngettext (" in %'zu residue", " in %'zu residues", structure->n_residues),
                          structure->n_residues);
  /* translators: follows a number of residues; %'zu is a number of chains */
  g_string_append_printf (text, ngettext (" of %'zu chain", " of %'zu chains", structure->n_chains),
                          structure->n_chains);
  if (structure->n_amino_acids > 0)
    g_string_append_printf (
        text, ngettext ("; %'zu amino acid", "; %'zu amino acids", structure->n_amino_acids),
        structure->n_amino_acids);
  if (structure->n_nucleotides > 0)
    g_string_append_printf (
        text, ngettext ("; %'zu nucleotide", "; %'zu nucleotides", structure->n_nucleotides),
        structure->n_nucleotides);
  if (structure->n_models > 1)
    /* translators: first number: which model was read; second: how many there are */
    g_string_append_printf (text, _ ("; model %zu of %zu"), structure->model, structure->n_models);
  if (structure->assembly[0] != '\0')
    g_string_append_printf (text, _ ("; assembly %s"), structure->assembly);
  return g_string_free (text, FALSE);
}

static char *
summarise_volume (const SwVolume *volume)
{
  /* translators: format; three edges of a grid in voxels; angstrom per voxel; smallest and largest
   * value */
  return g_strdup_printf (_ ("%s volume of %zu × %zu × %zu voxels of %.3g Å; values %.4g to %.4g"),
                          volume->format, volume->n[2], volume->n[1], volume->n[0], volume->spacing,
                          (double) volume->min, (double) volume->max);
}

SwDocument *
sw_document_new_from_structure (SwStructure *structure, const char *name)
{
  Document *self = g_new0 (Document, 1);

  g_atomic_ref_count_init (&self->count);
  self->structure = sw_structure_ref (structure);
  self->name = g_strdup (name);
  self->summary = summarise_structure (structure);
  self->document = (SwDocument){ .kind = SW_DOCUMENT_STRUCTURE,
                                 .structure = structure,
                                 .path = structure->path,
                                 .name = self->name,
                                 .title = structure->title,
                                 .summary = self->summary,
                                 .report = &structure->report,
                                 .radius = structure->radius };
  return &self->document;
}

/* Takes the volume. */
static SwDocument *
new_from_volume (SwVolume *volume, const char *name)
{
  Document *self = g_new0 (Document, 1);

  g_atomic_ref_count_init (&self->count);
  self->volume = volume;
  self->name = g_strdup (name);
  self->summary = summarise_volume (volume);
  self->document
      = (SwDocument){ .kind = SW_DOCUMENT_VOLUME,
                      .volume = volume,
                      .path = volume->path,
                      .name = self->name,
                      .title = "",
                      .summary = self->summary,
                      .report = &volume->report,
                      .radius = 0.5 * volume->spacing
                                * (double) MAX (MAX (volume->n[0], volume->n[1]), volume->n[2]) };
  return &self->document;
}

SwDocument *
sw_document_new_from_blocks (size_t n_blocks, const SwBox *blocks, const char *path, const char *name)
{
  Document *self = g_new0 (Document, 1);
  double radius = 0.0;

  for (size_t i = 0; i < n_blocks; i++)
    for (int d = 0; d < 3; d++)
      radius = MAX (radius, MAX (fabs (blocks[i].low[d]), fabs (blocks[i].high[d])));
  g_atomic_ref_count_init (&self->count);
  self->blocks = g_memdup2 (blocks, n_blocks * sizeof *blocks);
  self->name = g_strdup (name);
  self->path = g_strdup (path);
  /* translators: solid boxes that make up a shape */
  self->summary = g_strdup_printf (ngettext ("%zu solid block", "%zu solid blocks", n_blocks), n_blocks);
  self->document = (SwDocument){ .kind = SW_DOCUMENT_BLOCKS,
                                 .n_blocks = n_blocks,
                                 .blocks = self->blocks,
                                 .path = self->path,
                                 .name = self->name,
                                 .title = "",
                                 .summary = self->summary,
                                 .report = &self->report,
                                 .radius = radius };
  return &self->document;
}

static SwTriangleArray
triangles_of (const SwSurface *surface)
{
  return (SwTriangleArray){ .n_triangles = surface->n_triangles, .vertices = surface->vertices, .triangles = surface->triangles };
}

/* Takes the surface. */
static SwDocument *
new_from_surface (SwSurface *surface, const char *name, GError **error)
{
  const SwTriangleArray triangles = triangles_of (surface);
  SwTriangleFrame frame;
  SwError plain = { 0 };
  Document *self;
  const SwStatus status = sw_triangles_measure (&triangles, &frame, &plain);

  if (status != SW_OK)
    {
      sw_workbench_set_error (error, status, &plain, name);
      sw_surface_unref (surface);
      return NULL;
    }
  self = g_new0 (Document, 1);
  g_atomic_ref_count_init (&self->count);
  self->surface = surface;
  self->name = g_strdup (name);
  /* translators: a format; numbers of triangles and corners; extents along x, y and z, in whatever unit */
  self->summary = g_strdup_printf (_ ("%s mesh of %zu triangles and %zu vertices; %.4g × %.4g × %.4g"), surface->format,
                                   surface->n_triangles, surface->n_vertices, surface->box_max[0] - surface->box_min[0],
                                   surface->box_max[1] - surface->box_min[1], surface->box_max[2] - surface->box_min[2]);
  self->document = (SwDocument){ .kind = SW_DOCUMENT_SURFACE,
                                 .surface = surface,
                                 .frame = frame,
                                 .path = surface->path,
                                 .name = self->name,
                                 .title = "",
                                 .summary = self->summary,
                                 .report = &surface->report,
                                 .radius = SW_SURFACE_RADIUS };
  return &self->document;
}

SwTriangleArray
sw_document_get_triangles (const SwDocument *document)
{
  return triangles_of (document->surface);
}

SwDocument *
sw_document_load (const char *path,
                  const SwDocumentOptions *options,
                  GCancellable *cancellable,
                  GError **error)
{
  static const SwDocumentOptions defaults = { 0 };
  g_autoptr (GError) failure = NULL;
  const SwFormat *format = sw_format_sniff_file (path, &failure);
  g_autofree char *file_name = g_path_get_basename (path);
  g_autofree char *name = g_filename_display_name (file_name);

  if (options == NULL)
    options = &defaults;
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  if (format != NULL && format->kind == SW_FORMAT_VOLUME)
    {
      SwVolume *volume = sw_volume_load (path, &options->volume, cancellable, error);
      return volume != NULL ? new_from_volume (volume, name) : NULL;
    }
  if (format != NULL && format->kind == SW_FORMAT_SURFACE)
    {
      SwSurface *surface = sw_surface_load (path, cancellable, error);
      return surface != NULL ? new_from_surface (surface, name, error) : NULL;
    }
  /* Also for what nothing recognised: the loader says best what is wrong with it. */
  {
    g_autoptr (SwStructure) structure
        = sw_structure_load (path, &options->structure, cancellable, error);
    if (structure == NULL)
      return NULL;
    return sw_document_new_from_structure (
        structure, structure->entry_id[0] != '\0' ? structure->entry_id : name);
  }
}

SwDocument *
sw_document_ref (SwDocument *document)
{
  g_atomic_ref_count_inc (&((Document *) document)->count);
  return document;
}

void
sw_document_unref (SwDocument *document)
{
  Document *self = (Document *) document;

  if (self == NULL || !g_atomic_ref_count_dec (&self->count))
    return;
  sw_structure_unref (self->structure);
  sw_volume_unref (self->volume);
  sw_surface_unref (self->surface);
  g_free (self->blocks);
  g_free (self->path);
  g_free (self->name);
  g_free (self->summary);
  g_free (self);
}
