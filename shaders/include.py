#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the includes of a shader in place, each once: include.py INPUT OUTPUT DEPFILE.

Drivers print one number for a line at best, so line n of the k-th file (from 0) is announced as 10000 k + n."""
import os
import re
import sys


def expand(path, files):
    number = len(files)
    files.append(path)
    out = [f'#line {10000 * number + 1}']
    with open(path, encoding='utf-8') as stream:
        for line, text in enumerate(stream.read().split('\n'), 1):
            match = re.match(r'#include "([^"]+)"$', text)
            if not match:
                out.append(text)
                continue
            target = os.path.join(os.path.dirname(files[0]), match.group(1))
            if target not in files:
                out += expand(target, files)
            out.append(f'#line {10000 * number + line + 1}')
    return out


source, output, depfile = sys.argv[1:4]
used = []
lines = expand(source, used)
with open(output, 'w', encoding='utf-8') as stream:
    stream.write('\n'.join(lines) + '\n')
with open(depfile, 'w', encoding='utf-8') as stream:
    stream.write(output + ': ' + ' '.join(used) + '\n')
