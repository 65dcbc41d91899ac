#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dense convolutions of the published networks: bench-conv3d against torch.nn.functional.conv3d, turn by turn in one run.

usage: conv3d-peer.py PATH/bench-conv3d [--rounds N] [--backward] [--threads N]

Prints medians in ms, their ratio (ours / peer; below 1 is faster) and the median of the ratios of neighbouring runs, which a
busy machine disturbs least. Backward is the gradient with respect to input (unless it has one channel: a first layer) and
kernel, with the kernel packed anew, as a training step does.
"""
import argparse
import os
import statistics
import subprocess
import time

LAYERS = [  # c_in, c_out, kernel, padding, stride, size
    (1, 38, 7, 3, 1, 50), (32, 38, 3, 1, 1, 50), (64, 76, 3, 1, 1, 25), (128, 152, 3, 1, 1, 13),
    (256, 304, 3, 1, 1, 7), (32, 32, 5, 2, 1, 50), (64, 64, 5, 2, 1, 25), (128, 128, 5, 2, 1, 13),
    (1, 52, 5, 4, 1, 36), (43, 176, 5, 4, 1, 40), (144, 192, 5, 4, 1, 22), (160, 128, 5, 4, 1, 13),
    (1, 36, 5, 4, 2, 64), (30, 36, 5, 4, 1, 34), (30, 72, 5, 4, 2, 38), (60, 72, 5, 4, 1, 21),
    (60, 144, 5, 4, 2, 25), (120, 144, 5, 4, 1, 15), (120, 144, 5, 4, 2, 19), (120, 512, 5, 4, 1, 12),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('program')
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--backward', action='store_true')
    args = parser.parse_args()
    os.environ['OMP_NUM_THREADS'] = str(args.threads)
    # threads that wait must not burn the peer's time, on either side
    os.environ['OMP_WAIT_POLICY'] = 'passive'
    os.environ['GOMP_SPINCOUNT'] = '1000'
    import torch
    torch.set_num_threads(args.threads)
    total = [0, 0]
    print(f'torch {torch.__version__}, {args.threads} threads, {args.rounds} rounds')
    for layer in LAYERS:
        c_in, c_out, k, p, s, n = layer
        ours = subprocess.Popen([args.program] + [str(v) for v in layer], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)

        def run_ours():
            ours.stdin.write('b\n' if args.backward else 'f\n')
            ours.stdin.flush()
            return float(ours.stdout.readline())

        x = torch.rand(1, c_in, n, n, n) - 0.5
        w = torch.rand(c_out, c_in, k, k, k) - 0.5
        if args.backward:
            x.requires_grad_(c_in > 1)
            w.requires_grad_()

        def run_peer():
            if args.backward:
                y = torch.nn.functional.conv3d(x, w, stride=s, padding=p)
                d = torch.ones_like(y)
                start = time.perf_counter()
                torch.autograd.grad(y, [x, w] if c_in > 1 else [w], d)
                return time.perf_counter() - start
            with torch.no_grad():
                start = time.perf_counter()
                torch.nn.functional.conv3d(x, w, stride=s, padding=p)
                return time.perf_counter() - start

        run_ours(), run_peer()
        a, b = [], []
        for _ in range(args.rounds):
            a.append(run_ours())
            b.append(run_peer())
        ours.stdin.close()
        ours.wait()
        ratio = statistics.median(u / v for u, v in zip(a, b))
        total[0] += statistics.median(a)
        total[1] += statistics.median(b)
        print(f'{c_in:3} -> {c_out:3} k{k} p{p} s{s} {n:2}^3  ours {statistics.median(a) * 1e3:8.2f} ms'
              f'  peer {statistics.median(b) * 1e3:8.2f} ms  ratio {statistics.median(a) / statistics.median(b):5.2f}'
              f'  of neighbours {ratio:5.2f}', flush=True)
    print(f'all: ours {total[0] * 1e3:.0f} ms, peer {total[1] * 1e3:.0f} ms, ratio {total[0] / total[1]:.2f}')


if __name__ == '__main__':
    main()
