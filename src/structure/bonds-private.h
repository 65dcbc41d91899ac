/* SPDX-License-Identifier: GPL-3.0-or-later */
/* structure/bonds-private.h: bonds from distances, for balls and sticks */
#pragma once

#include "structure/structure.h"

/* Two atoms are bonded when their distance is between 0.4 angstrom and the sum of their covalent
 * radii (Cordero et al. 2008) + 0.4 (0.3 with hydrogen). Never: two hydrogens; hydrogen or water
 * beyond its residue; different alternate locations; alkali and alkaline earth ions. *ret_bonds is
 * freed with sw_free. Cells with more atoms than matter can have are skipped and counted in
 * *ret_n_crowded. Returns false when memory runs out. */
bool sw_bonds_find (const SwStructure *atoms,
                    uint32_t (**ret_bonds)[2],
                    size_t *ret_n_bonds,
                    size_t *ret_n_crowded);
