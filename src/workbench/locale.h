/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workbench/locale.h: the language of messages */
#pragma once

/* First thing in main. Translations are those of the installation; of the build tree where the program is run from it. */
void sw_locale_init (void);
