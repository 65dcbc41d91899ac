#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer rules of src (src/DESIGN.md). The tables here are the rule."""
import os
import re
import sys

PLAIN = ['base', 'so3', 'kernel', 'nn', 'voxel', 'train']
MAY = {
    'base': [],
    'so3': ['base'],
    'kernel': ['base', 'so3'],
    'nn': ['base', 'so3', 'kernel'],
    'voxel': ['base'],
    'train': ['base', 'so3', 'kernel', 'nn'],
    'structure': ['base'],
    'render': ['base', 'so3'],
    'chart': [],
    'workbench': PLAIN + ['structure', 'chart'],
    'experiments': PLAIN + ['structure'],
    'picture': ['base', 'so3', 'structure', 'render', 'workbench'],
    'cli': ['base', 'so3', 'structure', 'render', 'chart', 'workbench', 'experiments', 'picture'],
    'app': ['base', 'so3', 'structure', 'render', 'chart', 'workbench', 'experiments', 'picture'],
}
# A library's headers, and the only folders that may include them.
ONLY = [
    (r'(gtk/|gdk/|gsk/|adwaita)', ['app']),
    (r'(epoxy/|cglm/|GL/|EGL/)', ['render']),
    (r'(cblas|fftw3|openblas|lapacke)', ['kernel', 'nn', 'voxel']),
    (r'gemmi/', ['structure']),
    (r'(glib|gio/|gobject)', ['structure', 'render', 'chart', 'workbench', 'experiments', 'picture', 'cli', 'app']),
    (r'(cairo|pango)', ['chart', 'picture']),
    (r'zip\.h', ['base']),
    (r'mpi\.h', ['cli']),
]


def check(root):
    faults = []
    for folder in sorted(os.listdir(root)):
        path = os.path.join(root, folder)
        if not os.path.isdir(path):
            continue
        if folder not in MAY:
            faults.append(f'{path}:1: folder is in no layer')
            continue
        for name in sorted(os.listdir(path)):
            if not name.endswith(('.c', '.h', '.cc')):
                continue
            file = os.path.join(path, name)
            if name.endswith('.cc') and name != 'gemmi-shim.cc':
                faults.append(f'{file}:1: the only C++ file is gemmi-shim.cc')
            with open(file, encoding='utf-8') as stream:
                lines = stream.read().split('\n')
            if 'SPDX-License-Identifier: GPL-3.0-or-later' not in lines[0]:
                faults.append(f'{file}:1: first line has no SPDX identifier')
            for number, line in enumerate(lines, 1):
                if '\t' in line:
                    faults.append(f'{file}:{number}: tab')
                if line != line.rstrip():
                    faults.append(f'{file}:{number}: space at the end of the line')
                match = re.match(r'\s*#\s*include\s+(["<])([^">]+)[">]', line)
                if not match:
                    continue
                quoted, target = match.group(1) == '"', match.group(2)
                layer = target.split('/')[0] if '/' in target else None
                if quoted and layer in MAY and layer != folder:
                    if layer not in MAY[folder]:
                        faults.append(f'{file}:{number}: {folder} may not use {layer}')
                    if target.endswith('-private.h'):
                        faults.append(f'{file}:{number}: {target} is private to {layer}')
                if quoted and '/' not in target and target != 'config.h':
                    faults.append(f'{file}:{number}: include "{target}" by its path from src')
                for pattern, folders in ONLY:
                    if not (quoted and layer in MAY) and re.match(pattern, target) and folder not in folders:
                        faults.append(f'{file}:{number}: {folder} may not include <{target}>')
    return faults


if __name__ == '__main__':
    found = check(sys.argv[1])
    print('1..1')
    for fault in found:
        print('#', fault)
    print('not ok 1 layers' if found else 'ok 1 layers')
    sys.exit(1 if found else 0)
