#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remakes the Tetris table: usage: tetris-table.py SWIVEL-CLI [--runs FOLDER] [--rows A,B,...] [--seeds N | --seeds A-B] [--samples N]

Trains each row with each seed in a run folder of its own and evaluates the last weights on freshly turned pieces (not those that
decided when to stop). Whatever is finished is not done again and a run that was interrupted goes on, so the command can be stopped
and repeated at will, and rows or seeds added. Prints the table of all results in FOLDER as Markdown and writes it to FOLDER/table.md.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

# name, what it is, options, published mean (the values embedded in the authors' script), its standard deviation
ROWS = [
    ('steerable', 'steerable, band-limited engine, recipe "fast"', ['--preset', 'fast'], 99.5, 1.7),
    ('plain-stride', 'steerable, band-limited engine, plain stride instead of the low-pass', ['--preset', 'published', '--plain-stride'],
     35.9, 5.7),
    ('twin', 'conventional twin, sampled engine', ['--twin', '--preset', 'published'], 26.7, 6.7),
    ('steerable-sampled', 'steerable, sampled engine (the paper\'s), recipe "fast"', ['--engine', 'sampled', '--preset', 'fast'],
     99.5, 1.7),
]
EVALUATION_SEED = 1000000  # rotations that no training or validation has drawn


def engine_options(options):
    """The options that decide what an evaluation computes."""
    kept, skip = [], False
    for option in options:
        if skip:
            kept.append(option)
            skip = False
        elif option in ('--twin', '--plain-stride'):
            kept.append(option)
        elif option == '--engine':
            kept.append(option)
            skip = True
    return kept


def run(program, folder, options, seed, samples):
    """Trains if needed; the result of one run."""
    result = folder / 'result.json'
    if result.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    words = [program, 'train', 'tetris', '--seed', str(seed), '--run', str(folder)] + options
    if (folder / 'config.json').exists():
        words.append('--resume')
    print(' '.join(words), file=sys.stderr, flush=True)
    with open(folder / 'log.txt', 'a', encoding='utf-8') as log:
        done = subprocess.run(words, stderr=log, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        tail = (folder / 'log.txt').read_text(encoding='utf-8').strip().splitlines()[-1:]
        sys.exit(f'{folder}: training ended with status {done.returncode}: {"".join(tail)}')
    words = [program, 'evaluate', 'tetris', '--weights', str(folder / 'last.safetensors'), '--samples', str(samples), '--seed',
             str(EVALUATION_SEED + seed), '--json'] + engine_options(options)
    evaluation = json.loads(subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout)
    lines = (folder / 'metrics.csv').read_text(encoding='utf-8').strip().splitlines()
    last = dict(zip(lines[0].split(','), lines[-1].split(',')))
    evaluation.update(epochs=int(last['epoch']), seconds=float(last['seconds']), train_accuracy=float(last['train_accuracy']))
    result.write_text(json.dumps(evaluation), encoding='utf-8')


def table(runs):
    text = ['| network | seeds | mean % | sd | min | published | epochs | seconds a run |', '|---|---|---|---|---|---|---|---|']
    for name, title, _, published, deviation in ROWS:
        results = [json.loads(p.read_text(encoding='utf-8')) for p in sorted(runs.glob(f'{name}/seed-*/result.json'))]
        if not results:
            continue
        scores = [100 * r['accuracy'] for r in results]
        text.append('| {} | {} | {:.1f} | {:.1f} | {:.1f} | {} ± {} | {:.0f} | {:.0f} |'.format(
            title, len(scores), statistics.mean(scores), statistics.stdev(scores) if len(scores) > 1 else 0.0, min(scores), published,
            deviation, statistics.mean(r['epochs'] for r in results), statistics.mean(r['seconds'] for r in results)))
    return '\n'.join(text) + '\n'


def main():
    parser = argparse.ArgumentParser(description='Remakes the Tetris table.')
    parser.add_argument('program', help='swivel-cli')
    parser.add_argument('--runs', type=pathlib.Path, default=pathlib.Path('runs/tetris-table'), help='folder of the runs')
    parser.add_argument('--rows', default='steerable,plain-stride,twin', help='of ' + ','.join(row[0] for row in ROWS))
    parser.add_argument('--seeds', default='10', help='N: 1 to N; or A-B')
    parser.add_argument('--samples', type=int, default=400, help='freshly turned pieces of an evaluation')
    options = parser.parse_args()
    first, _, last = options.seeds.rpartition('-')
    seeds = range(int(first or 1), int(last) + 1)
    rows = {row[0]: row for row in ROWS}
    unknown = set(options.rows.split(',')) - set(rows)
    if unknown or not seeds:
        parser.error(f'no such row: {", ".join(sorted(unknown))}' if unknown else '--seeds is empty')
    for name in options.rows.split(','):
        for seed in seeds:
            run(options.program, options.runs / name / f'seed-{seed}', rows[name][2], seed, options.samples)
    text = table(options.runs)
    (options.runs / 'table.md').write_text(text, encoding='utf-8')
    print(text, end='')


if __name__ == '__main__':
    main()
