#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the made examples of this folder: ideal chains of alanine from internal coordinates (bond lengths and angles of Engh and
Huber 1991), a point, a pair, a chiral pair."""
import math

LENGTH = {'N': 1.329, 'CA': 1.458, 'C': 1.525}  # bond to the atom before
ANGLE = {'N': 116.2, 'CA': 121.7, 'C': 111.2}   # at the atom before


def place(a, b, c, length, angle, torsion):
    """A point at this distance from c, angle b-c-point and torsion a-b-c-point."""
    def sub(p, q): return [p[i] - q[i] for i in range(3)]
    def cross(p, q): return [p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]]
    def unit(p):
        n = math.sqrt(sum(x * x for x in p))
        return [x / n for x in p]
    bc = unit(sub(c, b))
    normal = unit(cross(sub(b, a), bc))
    side = cross(normal, bc)
    t, p = math.radians(angle), math.radians(torsion)
    d = [-length * math.cos(t), length * math.sin(t) * math.cos(p), length * math.sin(t) * math.sin(p)]
    return [c[i] + d[0] * bc[i] + d[1] * side[i] + d[2] * normal[i] for i in range(3)]


def chain(n, phi, psi):
    atoms = [('N', [0, 0, 0]), ('CA', [1.458, 0, 0]),
             ('C', [1.458 - 1.525 * math.cos(math.radians(111.2)), 1.525 * math.sin(math.radians(111.2)), 0])]
    backbone = [p for _, p in atoms]
    for _ in range(n):
        for name, torsion in (('N', psi), ('CA', 180.0), ('C', phi)):
            backbone.append(place(*backbone[-3:], LENGTH[name], ANGLE[name], torsion))
    out = []
    for r in range(n):
        a, ca, c, following = backbone[3 * r], backbone[3 * r + 1], backbone[3 * r + 2], backbone[3 * r + 3]
        oxygen = place(following, ca, c, 1.231, 120.8, 180.0)
        out += [('N', r, a), ('CA', r, ca), ('C', r, c), ('O', r, oxygen), ('CB', r, place(c, a, ca, 1.53, 110.5, -122.6))]
    return out


def write(path, title, atoms, residue='ALA', record='ATOM  '):
    centre = [sum(p[i] for _, _, p in atoms) / len(atoms) for i in range(3)]
    with open(path, 'w') as f:
        f.write(f'TITLE     {title:<70}\n')
        for i, (name, r, p) in enumerate(atoms, 1):
            x, y, z = (p[k] - centre[k] for k in range(3))
            element = name.rstrip('0123456789')[:1] if record == 'ATOM  ' else name
            padded = f'{name:<4}' if len(element) == 2 else f' {name:<3}'
            f.write(f'{record}{i:5} {padded} {residue} A{r + 1:4}    {x + 0.0:8.3f}{y + 0.0:8.3f}{z + 0.0:8.3f}  1.00  0.00'
                    f'          {element.upper():>2}  \n')
        f.write('END\n')


write('ideal-helix.pdb', 'IDEAL ALPHA HELIX OF 20 ALANINES (PHI -57.8, PSI -47.0)', chain(20, -57.8, -47.0))
write('ideal-strand.pdb', 'IDEAL BETA STRAND OF 12 ALANINES (PHI -129, PSI 124)', chain(12, -129.0, 124.0))
write('single-atom.pdb', 'A SINGLE ATOM', [('C', 0, [0, 0, 0])], 'PNT', 'HETATM')
write('two-atoms.pdb', 'TWO ATOMS 8 ANGSTROM APART', [('C', 0, [-4, 0, 0]), ('C', 0, [4, 0, 0])], 'PNT', 'HETATM')
CORNERS = [('C', [0, 0, 0]), ('C', [6, 0, 0]), ('C', [0, 4, 0]), ('C', [6, 0, 4])]
write('chiral-left.pdb', 'FOUR ATOMS AT THE CORNERS OF A SCREW', [(n, 0, p) for n, p in CORNERS], 'PNT', 'HETATM')
write('chiral-right.pdb', 'THE SAME, MIRRORED', [(n, 0, [p[0], p[1], -p[2]]) for n, p in CORNERS], 'PNT', 'HETATM')
