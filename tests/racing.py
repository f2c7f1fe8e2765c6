"""A race that is meant: one prepared call reads what another writes. The thread sanitizer must see it (.ci/sanitize)."""

from __future__ import annotations

import threading

import numpy as np

from autograd import record

program = record(lambda x, w: w[0] * x + w[1], 0.0, [0.0, 0.0])
rows, w = np.linspace(0.0, 1.0, 20_000), np.ones(2)
writes = program.prepared(rows, w, by="x")
reads = program.prepared(writes()[1], w, by="w")
start = threading.Barrier(2)


def run(call):
    start.wait()
    for _ in range(50):
        call()


threads = [threading.Thread(target=run, args=(call,)) for call in (writes, reads)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
