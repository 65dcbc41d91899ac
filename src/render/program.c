/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "render/program-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "shaders/shader-resources.h"

const SwProgramRow sw_program_table[SW_N_PROGRAMS] = {
  [SW_PROGRAM_SPHERE] = { "sphere", { "opacity" }, { "corner", "sphere", "color" } },
  [SW_PROGRAM_CYLINDER] = { "cylinder",
                            { "radius_unit", "is_flat" },
                            { "corner", "start", "end", "color_start", "color_end" } },
  [SW_PROGRAM_MESH] = { "mesh", { "opacity", "is_flat" }, { "position", "normal", "color" } },
  [SW_PROGRAM_GLYPH]
  = { "glyph",
      { "order", "color_positive", "color_negative" },
      { "direction", "position", "coefficients0", "coefficients1", "coefficients2" } },
  [SW_PROGRAM_ARROW] = { "arrow", { NULL }, { "position", "normal", "origin", "vector", "color" } },
  [SW_PROGRAM_VOLUME]
  = { "volume",
      { "geometry_depth", "pixel_ratio", "n_volumes", "volume0", "volume1", "colors",
        "volume_from_view[0]", "bound_low[0]", "bound_high[0]", "transfer[0]", "step_length" },
      { NULL } },
  [SW_PROGRAM_OCCLUSION]
  = { "occlusion",
      { "geometry_depth", "geometry_normal", "pixel_ratio", "radius", "n_samples" },
      { NULL } },
  [SW_PROGRAM_COMPOSITE] = { "composite",
                             { "geometry_color", "geometry_normal", "geometry_depth", "layer_color",
                               "occlusion", "volume", "has_layer", "has_volume",
                               "has_occlusion", "occlusion_ratio", "volume_scale" },
                             { NULL } },
  [SW_PROGRAM_BACKDROP] = { "backdrop", { NULL }, { NULL } },
  [SW_PROGRAM_OVERLAY] = { "overlay", { "volume", "volume_scale" }, { NULL } },
};

static GLuint
compile (const SwProgramRow *row, GLenum stage, const char *source, GError **error)
{
  const gboolean is_es = !epoxy_is_desktop_gl ();
  const char *parts[3] = {
    is_es ? "#version 300 es\nprecision highp float;\nprecision highp int;\n"
            "precision highp sampler2D;\nprecision highp sampler3D;\n"
          : "#version 330 core\n",
    stage == GL_VERTEX_SHADER ? "#define VERTEX_STAGE\n" : "#define FRAGMENT_STAGE\n",
    source,
  };
  const GLuint shader = glCreateShader (stage);
  glShaderSource (shader, 3, parts, NULL);
  glCompileShader (shader);
  GLint ok = GL_FALSE;
  glGetShaderiv (shader, GL_COMPILE_STATUS, &ok);
  if (ok)
    return shader;
  char log[2048] = "";
  glGetShaderInfoLog (shader, sizeof log, NULL, log);
  g_set_error (error, SW_RENDER_ERROR, SW_RENDER_ERROR_SHADER,
               /* Translators: name of a shader, then the driver's own words. */
               _ ("The graphics driver refuses the shader “%s”: %s"), row->name, g_strstrip (log));
  glDeleteShader (shader);
  return 0;
}

GLuint
sw_program_new (SwProgramId id, GError **error)
{
  const SwProgramRow *row = &sw_program_table[id];
  g_autofree char *path = g_strdup_printf ("/org/swivel/shaders/%s.glsl", row->name);
  g_autoptr (GBytes) source = g_resource_lookup_data (sw_shaders_get_resource (), path,
                                                      G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  if (source == NULL)
    return 0;
  /* The text in a resource is followed by a zero byte. */
  const char *text = g_bytes_get_data (source, NULL);
  const GLuint vertex = compile (row, GL_VERTEX_SHADER, text, error);
  if (vertex == 0)
    return 0;
  const GLuint fragment = compile (row, GL_FRAGMENT_SHADER, text, error);
  if (fragment == 0)
    {
      glDeleteShader (vertex);
      return 0;
    }
  const GLuint program = glCreateProgram ();
  glAttachShader (program, vertex);
  glAttachShader (program, fragment);
  glLinkProgram (program);
  glDeleteShader (vertex);
  glDeleteShader (fragment);
  GLint ok = GL_FALSE;
  glGetProgramiv (program, GL_LINK_STATUS, &ok);
  if (!ok)
    {
      char log[2048] = "";
      glGetProgramInfoLog (program, sizeof log, NULL, log);
      g_set_error (error, SW_RENDER_ERROR, SW_RENDER_ERROR_SHADER,
                   _ ("The graphics driver refuses the shader “%s”: %s"), row->name,
                   g_strstrip (log));
      glDeleteProgram (program);
      return 0;
    }
  glUniformBlockBinding (program, glGetUniformBlockIndex (program, "View"), 0);
  return program;
}

GLint
sw_program_uniform (GLuint program, const char *name)
{
  const GLint location = glGetUniformLocation (program, name);
  if (location < 0)
    g_warning ("no uniform “%s”", name);
  return location;
}
