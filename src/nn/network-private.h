/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nn/network-private.h: a network with its reference count */
#pragma once

#include <stdatomic.h>

#include "nn/network.h"

typedef struct
{
  SwNetwork network; /* first, so that the two pointers are one */
  atomic_int references;
} SwCountedNetwork;

/* Empty, one reference; NULL when there is no memory. */
SwNetwork *sw_network_new (void);
