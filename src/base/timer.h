/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base/timer.h: seconds of a clock that never goes backwards */
#pragma once

double sw_timer_now (void);
