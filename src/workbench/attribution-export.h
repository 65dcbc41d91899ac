/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/attribution-export.h: an attribution as a table, on a structure, as a script for a viewer, as JSON */
#pragma once

#include <jansson.h>

#include "workbench/attribution.h"

G_BEGIN_DECLS

/* Colours of a diverging map at n even steps, least to most, sRGB bytes; for the scripts. */
typedef struct
{
  size_t n;
  const uint8_t (*colors)[4];
} SwPalette;

/* By suffix:
 *   .csv        a row for each residue and atom that the network takes
 *   .cif .pdb   the structure with 100 value / largest in the B-factor column, -100..100, of its residue for every atom
 *   .cxc .pml   a script for ChimeraX or PyMOL, beside a .cif of the same name that it loads and colours
 * ret_second (may be NULL): the other file that was written, or NULL; free with g_free. */
bool sw_attribution_write (const SwAttribution *attribution,
                           const SwPalette *palette,
                           const char *path,
                           char **ret_second,
                           GError **error);
/* Is this a suffix that sw_attribution_write knows? */
bool sw_attribution_can_write (const char *path);
json_t *sw_attribution_to_json (const SwAttribution *attribution);

G_END_DECLS
