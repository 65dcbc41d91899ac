/* SPDX-License-Identifier: GPL-3.0-or-later */
/* base/planner.h: one lock for FFTW's planner
 *
 * FFTW may execute plans on any thread, but its planner (making and destroying plans) is not
 * thread-safe, and voxel, kernel and nn all make plans. Hold this lock around every fftw_plan_* and
 * fftw_destroy_plan call.
 */
#pragma once

void sw_planner_lock (void);
void sw_planner_unlock (void);
