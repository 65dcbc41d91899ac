#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""swivel-cli classify over a folder of structures, against plain PyTorch with the paper's network on as many grids, in one run.

usage: classify-peer.py PATH/swivel-cli FOLDER [--network FILE] [--weights FILE] [--engine NAME] [--files N] [--peer-files N]
                        [--threads N]

Ours reads the files, voxelises them, runs the network and prints CSV, all counted, start included. The peer only runs the
network (network-peer.py: dense convolutions, batch norm folded, kernels ready, random grids, batches of 1), which
favours it; --peer-files of them are timed and the time per file multiplied. Both take turns in quarters of the work, so that the load
of the machine meets both. Prints files per second by the clock and by processor time, the ratio peer / ours (the aim is 8), and
the most memory that ours took for a quarter of the files and for all of them: it must not grow.
"""
import argparse
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time


def run(command):
    """(seconds, processor seconds, most memory in MB, lines)."""
    start = time.perf_counter()
    with tempfile.TemporaryFile('w+') as messages:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=messages, text=True)
        lines = sum(1 for _ in process.stdout) - 1
        _, status, usage = os.wait4(process.pid, 0)
        messages.seek(0)
        memory = re.findall(r'at most (\d+) MB', messages.read())
    if os.waitstatus_to_exitcode(status) not in (0, 1) or lines < 1:
        sys.exit(f'{command[0]} ended with status {os.waitstatus_to_exitcode(status)} after {lines} lines')
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, int(memory[-1]), lines


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('program')
    parser.add_argument('folder')
    parser.add_argument('--network', help='of ours; without: that in the weights, or cath')
    parser.add_argument('--weights', help='safetensors; random ones without')
    parser.add_argument('--peer-network', default=str(here.parent.parent / 'data/networks/cath.json'))
    parser.add_argument('--engine', choices=('bandlimited', 'sampled'), default='bandlimited')
    parser.add_argument('--files', type=int, default=1000)
    parser.add_argument('--peer-files', type=int, default=40)
    parser.add_argument('--threads', type=int, default=2)
    args = parser.parse_args()
    os.environ['OMP_NUM_THREADS'] = str(args.threads)
    os.environ['OMP_WAIT_POLICY'] = 'passive'
    os.environ['GOMP_SPINCOUNT'] = '1000'
    suffixes = ('.pdb', '.pdb.gz', '.ent', '.ent.gz', '.cif', '.cif.gz')
    files = sorted(str(p) for p in pathlib.Path(args.folder).rglob('*') if p.name.endswith(suffixes))[:args.files]
    if len(files) < 4:
        sys.exit(f'{args.folder}: fewer than four structures')
    command = [args.program, 'classify', '--engine', args.engine, '--csv']
    command += ['--weights', args.weights] if args.weights else ['--seed', '1']
    if args.network or not args.weights:
        command += ['--network', args.network or args.peer_network]
    # Before torch is here: the system counts the memory of the program that forked a process as the process's own.
    memory = [run(command + part)[2] for part in (files[::4], files)]
    import torch
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    spec = importlib.util.spec_from_file_location('network_peer', here / 'network-peer.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with open(args.peer_network, encoding='utf-8') as f:
        peer = module.Peer(torch, json.load(f))
    peer.time(False)
    ours, theirs = [0.0, 0.0], [0.0, 0.0]
    n_ours, n_theirs = 0, 0
    load = os.getloadavg()[0]
    for quarter in range(4):
        wall, cpu, _, lines = run(command + files[quarter::4])
        ours = [ours[0] + wall, ours[1] + cpu]
        n_ours += lines
        for _ in range(max(args.peer_files // 4, 1)):
            wall, cpu = peer.time(False)
            theirs = [theirs[0] + wall, theirs[1] + cpu]
            n_theirs += 1
    per_file = [[t / n_ours for t in ours], [t / n_theirs for t in theirs]]
    print(f'torch {torch.__version__}, {args.threads} threads, {n_ours} files, {n_theirs} grids by the peer, '
          f'load {load:.1f} to {os.getloadavg()[0]:.1f}')
    for name, t in (('ours', per_file[0]), ('peer', per_file[1])):
        print(f'{name}: {1 / t[0]:8.2f} files/s, {1e3 * t[0]:8.1f} ms a file, {1e3 * t[1]:8.1f} ms of processor')
    print(f'peer / ours: {per_file[1][0] / per_file[0][0]:.2f} by the clock, {per_file[1][1] / per_file[0][1]:.2f} of processor time')
    print(f'memory: {memory[0]} MB for a quarter of the files, {memory[1]} MB for all of them')


if __name__ == '__main__':
    main()
