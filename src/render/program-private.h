/* SPDX-License-Identifier: GPL-3.0-or-later */
/* render/program-private.h: the shader programs and the names they use
 *
 * The table of program.c is the contract: a test compares it with what the driver finds.
 */
#pragma once

#include <epoxy/gl.h>

#include "render/renderer.h"

typedef enum
{
  SW_PROGRAM_SPHERE,
  SW_PROGRAM_CYLINDER,
  SW_PROGRAM_MESH,
  SW_PROGRAM_GLYPH,
  SW_PROGRAM_ARROW,
  SW_PROGRAM_VOLUME,
  SW_PROGRAM_OCCLUSION,
  SW_PROGRAM_COMPOSITE,
  SW_PROGRAM_BACKDROP,
  SW_PROGRAM_OVERLAY,
  SW_N_PROGRAMS,
} SwProgramId;

#define SW_UNIFORMS_MAX 16
#define SW_ATTRIBUTES_MAX 5

typedef struct
{
  const char *name;
  const char *uniforms[SW_UNIFORMS_MAX];     /* outside the block View */
  const char *attributes[SW_ATTRIBUTES_MAX]; /* by location */
} SwProgramRow;

extern const SwProgramRow sw_program_table[SW_N_PROGRAMS];

/* Compiles and links a row for the current context; 0 on failure. Binds View to point 0. */
GLuint sw_program_new (SwProgramId id, GError **error);
/* Location by name; -1 is an error of the program's author. */
GLint sw_program_uniform (GLuint program, const char *name);
