#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a manual page from what the program itself says:  make-man.py PROGRAM NAME VERSION INTRODUCTION OUTPUT

The options and their words come from --help (of every command, where there are commands), so that the page cannot
differ from the program. INTRODUCTION is a file of roff: the sections around them, with a line @OPTIONS@.
"""
import os
import re
import subprocess
import sys


def help_of(program, *words):
    environment = dict(os.environ, LC_ALL='C.UTF-8', LANGUAGE='', DISPLAY='', WAYLAND_DISPLAY='')
    environment['ASAN_OPTIONS'] = 'detect_leaks=0'
    return subprocess.run([program, *words, '--help'], env=environment, check=True, capture_output=True, text=True).stdout


def escape(text):
    text = text.replace('\\', '\\e').replace('-', '\\-')
    return re.sub(r"(?m)^([.'])", r'\\&\1', text)


def options_of(text):
    """Blocks of two columns, as GOption writes them; what follows on its own lines belongs to the option above."""
    out = []
    for line in text.split('\n'):
        found = re.match(r'  (-\S.*?)(?:\s{2,}(\S.*))?$', line)
        if found and found.group(1) != '-h, --help':
            out.append(f'.TP\n.B {escape(found.group(1))}\n{escape(found.group(2) or "")}'.rstrip())
        elif line.startswith('     ') and out:
            out[-1] += '\n' + escape(line.strip())
    return '\n'.join(out)


def command_page(program, name):
    text = help_of(program, name)
    usage = re.search(r'Usage:\n\s+swivel-cli (.*)', text).group(1)
    usage = re.sub(r'\s+', ' ', usage.replace('[OPTION…]', '[OPTION...]').replace('…', '...'))
    body = text.split('\n\n')[1] if '\n\n' in text else ''
    return f'.SS swivel\\-cli {escape(usage)}\n{escape(body)}\n{options_of(text)}'


def main():
    program, name, version, introduction, output = sys.argv[1:]
    text = help_of(program)
    commands = re.findall(r'^  ([a-z]+)  +\S', text, re.M) if 'COMMAND' in text else []
    if commands:
        options = '\n'.join(command_page(program, command) for command in commands)
    else:
        options = options_of(text)
    with open(introduction, encoding='utf-8') as file:
        page = file.read().replace('@VERSION@', version)
    head, tail = page.split('@OPTIONS@\n')
    with open(output, 'w', encoding='utf-8') as file:
        file.write(f'{head}{options}\n{tail}')


main()
