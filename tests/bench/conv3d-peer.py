#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dense convolutions of the published networks: bench-conv3d against torch.nn.functional.conv3d, turn by turn in one run.

usage: conv3d-peer.py PATH/bench-conv3d [--rounds N] [--backward] [--threads N] [--samples N]

Prints medians in ms, their ratio (ours / peer; below 1 is faster) and the same of processor times (all threads), which a
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


def now():
    return time.perf_counter(), time.process_time()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('program')
    parser.add_argument('--rounds', type=int, default=7)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--samples', type=int, default=1)
    parser.add_argument('--backward', action='store_true')
    args = parser.parse_args()
    os.environ['OMP_NUM_THREADS'] = str(args.threads)
    # threads that wait must not burn the peer's time, on either side
    os.environ['OMP_WAIT_POLICY'] = 'passive'
    os.environ['GOMP_SPINCOUNT'] = '1000'
    import torch
    torch.set_num_threads(args.threads)
    total = [0, 0, 0, 0]
    print(f'torch {torch.__version__}, {args.threads} threads, {args.rounds} rounds')
    for layer in LAYERS:
        c_in, c_out, k, p, s, n = layer
        ours = subprocess.Popen([args.program] + [str(v) for v in layer] + [str(args.samples)], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True)

        def run_ours():
            ours.stdin.write('b\n' if args.backward else 'f\n')
            ours.stdin.flush()
            return [float(v) for v in ours.stdout.readline().split()]

        x = torch.rand(args.samples, c_in, n, n, n) - 0.5
        w = torch.rand(c_out, c_in, k, k, k) - 0.5
        if args.backward:
            x.requires_grad_(c_in > 1)
            w.requires_grad_()

        def run_peer():
            if args.backward:
                y = torch.nn.functional.conv3d(x, w, stride=s, padding=p)
                d = torch.ones_like(y)
                start = now()
                torch.autograd.grad(y, [x, w] if c_in > 1 else [w], d)
                return [end - begin for end, begin in zip(now(), start)]
            with torch.no_grad():
                start = now()
                torch.nn.functional.conv3d(x, w, stride=s, padding=p)
                return [end - begin for end, begin in zip(now(), start)]

        run_ours(), run_peer()
        a, b = [], []
        for _ in range(args.rounds):
            a.append(run_ours())
            b.append(run_peer())
        ours.stdin.close()
        ours.wait()
        (a_wall, b_wall), (a_cpu, b_cpu) = ([statistics.median(t[i] for t in times) * 1e3 for times in (a, b)]
                                            for i in (0, 1))
        total = [u + v for u, v in zip(total, (a_wall, b_wall, a_cpu, b_cpu))]
        print(f'{c_in:3} -> {c_out:3} k{k} p{p} s{s} {n:2}^3  ours {a_wall:8.2f} ms  peer {b_wall:8.2f} ms'
              f'  ratio {a_wall / b_wall:5.2f}  processor {a_cpu:8.2f} {b_cpu:8.2f} ms  ratio {a_cpu / b_cpu:5.2f}', flush=True)
    print(f'all: ours {total[0]:.0f} ms, peer {total[1]:.0f} ms, ratio {total[0] / total[1]:.2f}, of processor time '
          f'{total[2] / total[3]:.2f}; load {os.getloadavg()[0]:.1f}')


if __name__ == '__main__':
    main()
