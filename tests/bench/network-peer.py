#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole networks: bench-network in both engines against plain PyTorch, turn by turn in one run.

usage: network-peer.py PATH/bench-network NETWORK [NETWORK ...] [--engine NAME] [--train N]
           [--rounds N] [--threads N]

NETWORK is a file of data/networks with steerable layers. The peer is the same network as dense convolutions with the same
channels, kernels, paddings and strides (random kernels: what a kernel holds does not change its time), sigmoid gates, low-pass as a depthwise convolution, 3^3 average pooling, residual sums, batch norm folded in a forward pass (as in
ours) and over the batch in a training step. Combining basis and weights to kernels is left out on the peer's side, which
favours it. A training step is forward and backward without optimiser and dropout (a published SE(3) network has it; it is
cheap). With --train N ours takes batches of N and the peer batches of 1; the peer's time is multiplied by N.

Prints medians in ms and ratios ours / peer; below 1 is faster. On a busy machine trust the ratio of processor times (all
threads): a short run slips through between the others where a long one has to share. --rounds 0 takes one run each, without
a first one to warm up.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time


def parse_fields(text):
    """'2x0+1x1' -> (scalars, [2 l + 1 of every other field])."""
    scalars, others = 0, []
    for part in text.split('+'):
        copies, order = (int(v) for v in part.split('x'))
        if order == 0:
            scalars += copies
        else:
            others += [2 * order + 1] * copies
    return scalars, others


def channels(fields):
    return fields[0] + sum(fields[1])


class Peer:
    def __init__(self, torch, network):
        self.torch = torch
        self.size = network['input']['size']
        self.fields = parse_fields(network['input']['fields'])
        self.c_input = channels(self.fields)
        self.parameters = []
        self.layers = []
        self.training = False
        for entry in network['layers']:
            for repetition in range(entry.get('repeat', 1)):
                stride = entry.get('stride', 1) if repetition == 0 else 1
                getattr(self, 'add_' + entry['type'])(entry, stride)

    def parameter(self, *shape):
        p = (self.torch.rand(*shape) - 0.5) * 0.1
        self.parameters.append(p)
        return p

    def conv(self, entry, c_in, c_out, stride=1):
        torch, k = self.torch, entry.get('kernel', 3)
        padding = entry.get('padding', k // 2)
        w = self.parameter(c_out, c_in, k, k, k)
        norm, after = 'batchnorm' in entry, entry.get('batchnorm_after', False)

        def batch_norm(x):
            # Over the batch in training; in inference the factors are in the kernel already.
            return torch.nn.functional.batch_norm(x, None, None, training=True) if norm and self.training else x

        def run(x):
            x = x if after else batch_norm(x)
            x = torch.nn.functional.conv3d(x, w, stride=stride, padding=padding)
            return batch_norm(x) if after else x
        return run

    def gate(self, fields, activation='relu'):
        torch, (scalars, others) = self.torch, fields
        bias = self.parameter(1, scalars + len(others), 1, 1, 1)
        split = [scalars, sum(others), len(others)]
        act = getattr(torch.nn.functional, activation)
        index = torch.repeat_interleave(torch.arange(len(others)), torch.tensor(others, dtype=torch.long))

        def run(x):
            if not others:
                return act(x + bias)
            s, f, g = torch.split(x, split, 1)
            s = act(s + bias[:, :scalars])
            g = torch.sigmoid(g + bias[:, scalars:])
            return torch.cat([s, f * g[:, index]], 1)
        return run

    def average(self, stride):
        pool = self.torch.nn.AvgPool3d(3, stride, 1)
        return [pool] if stride > 1 else []

    def lowpass(self, scale, stride, n):
        torch = self.torch
        sigma = 0.5 * (scale ** 2 - 1) ** 0.5
        # the same length as the authors' filter: four sigma to either side
        half = int(4 * sigma + 0.5)
        t = torch.arange(-half, half + 1, dtype=torch.float32)
        g = torch.exp(-t ** 2 / (2 * sigma ** 2))
        g = g / g.sum()
        w = (g[:, None, None] * g[:, None] * g)[None, None].repeat(n, 1, 1, 1, 1)
        return lambda x: torch.nn.functional.conv3d(x, w, stride=stride, padding=half, groups=n)

    def add_lowpass(self, entry, stride):
        self.layers.append(self.lowpass(entry['scale'], stride, channels(self.fields)))

    def add_gated(self, entry, stride):
        fields = parse_fields(entry['fields'])
        by_lowpass = entry.get('downsample') == 'lowpass'
        self.layers += [self.conv(entry, channels(self.fields), channels(fields) + len(fields[1]),
                                  1 if by_lowpass else stride),
                        self.gate(fields, entry.get('activation', 'relu'))]
        if by_lowpass and stride > 1:
            self.layers.append(self.lowpass(stride, stride, channels(fields)))
        self.fields = fields

    def add_residual(self, entry, stride):
        start = self.fields
        middle, end = (parse_fields(f) for f in entry['fields'])
        n = channels(start)
        branch = [self.conv(entry, n, channels(middle) + len(middle[1])), self.gate(middle), *self.average(stride),
                  self.conv(entry, channels(middle), channels(end))]
        short = []
        if start != end or stride > 1:
            short = [self.conv(entry, n, channels(end)), *self.average(stride)]

        def run(x):
            a, b = x, x
            for layer in branch:
                a = layer(a)
            for layer in short:
                b = layer(b)
            return a + b
        self.layers.append(run)
        self.fields = end

    def add_pool(self, entry, stride):
        self.layers.append(lambda x: x.mean((2, 3, 4)))

    def add_dropout(self, entry, stride):
        pass

    def add_linear(self, entry, stride):
        w = self.parameter(entry['outputs'], channels(self.fields))
        self.layers.append(lambda x: x @ w.T)

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def time(self, train):
        torch, n = self.torch, self.size
        x = torch.rand(1, self.c_input, n, n, n)
        self.training = train
        for p in self.parameters:
            p.requires_grad_(train)
        start, start_cpu = time.perf_counter(), time.process_time()
        if train:
            y = self(x)
            torch.autograd.grad(y, self.parameters, torch.ones_like(y))
        else:
            with torch.no_grad():
                self(x)
        return [time.perf_counter() - start, time.process_time() - start_cpu]


class Ours:
    def __init__(self, program, path, engine, batch):
        self.process = subprocess.Popen([program, '--engine', engine, '--train', str(batch), '--serve', path],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.name = engine

    def time(self, train):
        self.process.stdin.write('t\n' if train else 'f\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f'{self.name}: ended')
        return [float(v) for v in answer.split()]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('program')
    parser.add_argument('networks', nargs='+')
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--threads', type=int, default=2)
    parser.add_argument('--engine', action='append', choices=('bandlimited', 'sampled'), help='only this one')
    parser.add_argument('--train', type=int, default=0, metavar='N')
    args = parser.parse_args()
    os.environ['OMP_NUM_THREADS'] = str(args.threads)
    # threads that wait must not burn the other side's time
    os.environ['OMP_WAIT_POLICY'] = 'passive'
    os.environ['GOMP_SPINCOUNT'] = '1000'
    import torch
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    train = args.train > 0
    print(f'torch {torch.__version__}, {args.threads} threads, {args.rounds} rounds, '
          + (f'training step, batch {args.train} (peer: {args.train} times batch 1)' if train else 'forward'))
    for path in args.networks:
        with open(path, encoding='utf-8') as f:
            network = json.load(f)
        peer = Peer(torch, network)
        ours = [Ours(args.program, path, engine, args.train) for engine in args.engine or ('bandlimited', 'sampled')]
        times = {o.name: [] for o in ours}
        times['peer'] = []
        load = os.getloadavg()[0]
        for r in range(args.rounds + 1):
            t = {o.name: o.time(train) for o in ours}
            t['peer'] = [v * max(args.train, 1) for v in peer.time(train)]
            if r > 0 or args.rounds == 0:  # the first one warms up
                for name, seconds in t.items():
                    times[name].append(seconds)
        wall, cpu = ({name: statistics.median(v[i] for v in t) * 1e3 for name, t in times.items()} for i in (0, 1))
        print(f"{network['name']:8} {'peer':12} {wall['peer']:9.2f} ms  processor {cpu['peer']:9.2f} ms  "
              f'load {load:.1f} to {os.getloadavg()[0]:.1f}')
        for o in ours:
            print(f"{'':8} {o.name:12} {wall[o.name]:9.2f} ms  processor {cpu[o.name]:9.2f} ms  "
                  f"ratio {wall[o.name] / wall['peer']:.3f}  of processor time {cpu[o.name] / cpu['peer']:.3f}", flush=True)
            o.close()


if __name__ == '__main__':
    main()
