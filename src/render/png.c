/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <png.h>
#include <setjmp.h>

#include <glib/gi18n-lib.h>

#include "base/file.h"
#include "render/headless.h"

typedef struct
{
  jmp_buf jump;
  char text[256];
} PngFailure;

static void
on_error (png_structp png, png_const_charp text)
{
  PngFailure *failure = png_get_error_ptr (png);
  g_strlcpy (failure->text, text, sizeof failure->text);
  longjmp (failure->jump, 1);
}

static void
on_warning (png_structp png, png_const_charp text)
{
  g_debug ("libpng: %s", text);
}

static gboolean
write_stream (FILE *stream,
              const uint8_t *pixels,
              int width,
              int height,
              const char *description,
              PngFailure *failure)
{
  png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, failure, on_error, on_warning);
  png_infop info = png != NULL ? png_create_info_struct (png) : NULL;
  if (info == NULL)
    {
      png_destroy_write_struct (&png, NULL);
      g_strlcpy (failure->text, _ ("not enough memory"), sizeof failure->text);
      return FALSE;
    }
  if (setjmp (failure->jump))
    {
      png_destroy_write_struct (&png, &info);
      return FALSE;
    }
  png_init_io (png, stream);
  png_set_IHDR (png, info, (png_uint_32) width, (png_uint_32) height, 8, PNG_COLOR_TYPE_RGB_ALPHA,
                PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_sRGB (png, info, PNG_sRGB_INTENT_PERCEPTUAL);
  if (description != NULL)
    {
      png_text text = { .compression = PNG_ITXT_COMPRESSION_NONE,
                        .key = (char *) "Description",
                        .text = (char *) description,
                        .lang = (char *) "",
                        .lang_key = (char *) "" };
      png_set_text (png, info, &text, 1);
    }
  png_set_compression_level (png, 6);
  png_write_info (png, info);
  for (int y = 0; y < height; y++)
    png_write_row (png, pixels + (size_t) 4 * (size_t) width * (size_t) y);
  png_write_end (png, info);
  png_destroy_write_struct (&png, &info);
  return TRUE;
}

gboolean
sw_png_write (const char *path,
              const uint8_t *pixels,
              int width,
              int height,
              const char *description,
              GError **error)
{
  SwFileWriter *writer = NULL;
  SwError reason;
  if (sw_file_writer_new (path, &writer, &reason) != SW_OK)
    {
      g_set_error_literal (error, SW_RENDER_ERROR, SW_RENDER_ERROR_FILE, reason.text);
      return FALSE;
    }
  PngFailure failure = { .text = "" };
  if (!write_stream (sw_file_writer_stream (writer), pixels, width, height, description, &failure))
    {
      sw_file_writer_abort (writer);
      g_set_error (error, SW_RENDER_ERROR, SW_RENDER_ERROR_FILE,
                   /* Translators: a path, then the cause. */
                   _ ("“%s” could not be written: %s"), path, failure.text);
      return FALSE;
    }
  if (sw_file_writer_commit (writer, &reason) != SW_OK)
    {
      g_set_error_literal (error, SW_RENDER_ERROR, SW_RENDER_ERROR_FILE, reason.text);
      return FALSE;
    }
  return TRUE;
}
