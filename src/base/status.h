/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base/status.h: how plain code says that something went wrong
 *
 * Functions that can fail return SwStatus; SW_OK is 0. Those that can explain take an SwError
 * (may be NULL) and fill its text with one English sentence naming the cause. Results are written on
 * success only.
 */
#pragma once

typedef enum
{
  SW_OK = 0,
  SW_ERROR_MEMORY,    /* not enough memory */
  SW_ERROR_IO,        /* a file could not be read or written */
  SW_ERROR_FORMAT,    /* the bytes are not what they claim to be */
  SW_ERROR_INVALID,   /* well formed, but makes no sense here */
  SW_ERROR_NOT_FOUND, /* no such name */
  SW_ERROR_CANCELLED, /* SwProgress said stop */
  SW_ERROR_NUMERIC,   /* NaN or infinity where a number was needed */
} SwStatus;

typedef struct
{
  SwStatus code;
  char text[1024];
} SwError;

#define SW_WARN_UNUSED __attribute__ ((warn_unused_result))

/* Fills error (if not NULL) and returns code, so that a caller can write
 *   return sw_error_set (error, SW_ERROR_FORMAT, "...", ...);
 */
SwStatus sw_error_set (SwError *error, SwStatus code, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

/* Puts "prefix: " before the text of an error that is already set; returns its code. */
SwStatus sw_error_prefix (SwError *error, SwStatus code, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

/* A short English phrase for a status, for errors that carry no text. */
const char *sw_status_text (SwStatus status);
