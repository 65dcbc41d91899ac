/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app/kernel-window.h: kernels to be looked at: the basis, and what the layers of the present network have learned
 *
 * Sampled and band-limited side by side, and how far each is from K(Rx) = D K(x) D^-1 (workbench/kernel-study.h). Follows the
 * session's network while it is open.
 */
#pragma once

#include <adwaita.h>

#include "app/session.h"

G_BEGIN_DECLS

#define SW_TYPE_KERNEL_WINDOW (sw_kernel_window_get_type ())
G_DECLARE_FINAL_TYPE (SwKernelWindow, sw_kernel_window, SW, KERNEL_WINDOW, AdwWindow)

SwKernelWindow *sw_kernel_window_new (SwSession *session, GtkWindow *parent);
/* For tests: the sentence below the pictures; "" while it is computed. */
const char *sw_kernel_window_get_numbers (SwKernelWindow *self);

G_END_DECLS
