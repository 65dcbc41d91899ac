/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/numbers.h: numbers as a person reads them, the same everywhere in the window */
#pragma once

#include <glib.h>

#include "so3/rotation.h"

G_BEGIN_DECLS

/* A relative error as "0.21 %"; below 0.001 % as a power of ten, "3.1·10⁻⁷"; NaN as "–". Free. */
char *sw_numbers_format_error (double error);
/* "40.0° about (0.00, 0.00, 1.00)", or "no rotation". Free. */
char *sw_numbers_format_rotation (SwQuat rotation);
/* Three significant figures without an exponent where possible. Free. */
char *sw_numbers_format_value (double value);
/* "12 ms", "1.4 s". Free. */
char *sw_numbers_format_time (double seconds);

G_END_DECLS
