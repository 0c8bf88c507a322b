"""
A cluster that scores a large file
==================================

Probabilities and top classes of a file of logits that no worker could hold, by a dask cluster.

The script takes a while and much of the disk, so this page shows it and does not run it::

    python examples/dask_scoring.py  # 1 GiB of logits; two processes of this machine, 400 MiB each
    python examples/dask_scoring.py --scheduler tcp://head:8786 --folder /shared/scores

The logits lie in an .npy file that every worker can read; the results are .npy files to
which each worker writes its own rows. A worker runs one task at a time on one thread: the
cluster is what is parallel. At the end the files are compared with what one process
computes: the same bits. :doc:`/cluster` says more.
"""

import argparse
import tempfile
import time
from pathlib import Path

import dask.array as da
import numpy as np
from dask.utils import format_bytes, parse_bytes
from distributed import Client, LocalCluster, progress
from numpy.lib.format import open_memmap

import fastact

TOP = 5
CHUNK = 16 << 20  # bytes of logits in a task
WORKER = {"FASTACT_NUM_THREADS": "1", "FASTACT_POOL_LIMIT": "64M"}


class Npy:
    """An .npy file as dask reads and writes it: a few rows at a time, by whichever process has the task."""

    def __init__(self, path, dtype=None, shape=None):
        array = open_memmap(path, "r" if dtype is None else "w+", dtype, shape)
        self.path, self.dtype = Path(path), array.dtype
        self.shape, self.ndim = array.shape, array.ndim
        self.start = array.offset  # of the numbers, behind the header

    def __getitem__(self, index):
        return np.array(open_memmap(self.path, "r")[index])

    def __setitem__(self, index, rows):
        """Whole rows: a range of bytes that no other task writes."""
        with self.path.open("r+b") as file:
            file.seek(self.start + index[0].start * self.shape[1] * self.dtype.itemsize)
            file.write(np.ascontiguousarray(rows, self.dtype).data)


def write_logits(path, rows, classes):
    """Random logits, a chunk at a time: what a model has left on the disk."""
    logits, rng = Npy(path, np.float32, (rows, classes)), np.random.default_rng(0)
    for start in range(0, rows, 10_000):
        stop = min(rows, start + 10_000)
        logits[start:stop, :] = 3 * rng.standard_normal(
            (stop - start, classes), dtype=np.float32
        )
    return logits


def top_classes(probability, count=TOP):
    """The most probable classes of every row, the first one first."""
    among = np.argpartition(-probability, count - 1, axis=1)[:, :count]
    order = np.argsort(
        -np.take_along_axis(probability, among, axis=1), axis=1, kind="stable"
    )
    return np.take_along_axis(among, order, axis=1)


def score(client, logits, folder):
    """Writes both results in one pass over the logits; returns their files."""
    step = max(1, CHUNK // (logits.shape[1] * logits.dtype.itemsize))
    lazy = da.from_array(logits, chunks=(step, -1))  # rows lie whole in the chunks
    probability = fastact.softmax(lazy)
    top = probability.map_blocks(
        top_classes, dtype=np.intp, chunks=(lazy.chunks[0], (TOP,))
    )
    files = [
        Npy(folder / f"{name}.npy", a.dtype, a.shape)
        for name, a in (("probability", probability), ("top", top))
    ]
    stored = client.compute(da.store([probability, top], files, lock=False, compute=False))
    progress(stored, notebook=False)
    client.gather(stored)  # raises what a task raised
    return files


def same_bits(logits, probability, top, rows=50_000):
    """Whether one process with all its threads computes what the cluster has written."""
    for start in range(0, logits.shape[0], rows):
        part = slice(start, start + rows)
        want = fastact.softmax(logits[part])
        if (
            want.tobytes() != probability[part].tobytes()
            or (top_classes(want) != top[part]).any()
        ):
            return False
    return True


def most_memory():
    """The most that this process has held, in bytes."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument(
        "--scheduler", help="address of a running cluster; without it one is started here"
    )
    parser.add_argument(
        "--folder", type=Path, help="where the files lie, the same for all workers"
    )
    parser.add_argument("--rows", type=int, default=1_350_000)
    parser.add_argument("--classes", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--memory",
        type=parse_bytes,
        default=parse_bytes("400 MiB"),
        help="a worker's limit",
    )
    given = parser.parse_args(arguments)

    with tempfile.TemporaryDirectory() as own:
        folder = given.folder or Path(own)
        logits = write_logits(folder / "logits.npy", given.rows, given.classes)
        cluster = given.scheduler or LocalCluster(
            n_workers=given.workers,
            threads_per_worker=1,
            memory_limit=given.memory,
            env=WORKER,
            dashboard_address=None,
        )
        with Client(cluster) as client:
            threads = set(client.run(fastact.get_num_threads).values())
            size = logits.path.stat().st_size
            limit = "" if given.scheduler else f", {format_bytes(given.memory)} each"
            workers = len(client.scheduler_info()["workers"])
            print(
                f"{format_bytes(size)} of logits; {workers} workers{limit}; threads of fastact in each: {threads}"
            )
            start = time.perf_counter()
            probability, top = score(client, logits, folder)
            seconds = time.perf_counter() - start
            most = max(client.run(most_memory).values())
        if not given.scheduler:
            cluster.close()
        print(
            f"\n{given.rows / seconds:,.0f} rows a second; the most memory that a worker held: {format_bytes(most)}"
        )
        agree = same_bits(logits, probability, top)
        print(
            "one machine computes the same bits"
            if agree
            else "one machine computes OTHER BITS"
        )
        return 0 if agree and threads == {1} else 1


if __name__ == "__main__":
    raise SystemExit(main())
