/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/start-page.h: what one sees before anything is open: examples and recent files */
#pragma once

#include <adwaita.h>

#include "workbench/catalog.h"

G_BEGIN_DECLS

#define SW_TYPE_START_PAGE (sw_start_page_get_type ())
G_DECLARE_FINAL_TYPE (SwStartPage, sw_start_page, SW, START_PAGE, AdwBin)

void sw_start_page_set_catalog (SwStartPage *self, SwCatalog *catalog);
/* Reads the recent files again. */
void sw_start_page_refresh (SwStartPage *self);

G_END_DECLS
