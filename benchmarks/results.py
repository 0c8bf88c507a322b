"""The data files: benchmarks/results/<processor>-<isa>/<selection>.csv, a line a cell, and a .json that says how it
was made.

A line holds the cell and ns per element of every library; nothing where a library does not compete. The files of
several machines stand side by side, and reports read them all.
"""

import csv
import datetime
import json
import os
import platform
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import fastact
from fastact._benchmark import processor
from fastact._benchmark.contenders import LIBRARIES, NO_PEERS, installed
from fastact._benchmark.kinds import USUAL
from fastact._benchmark.times import Times

FOLDER = Path(__file__).parent / "results"
CELL = ["family", "function", "dtype", "shape", "result", "threads"]


class Run:
    """Times, and what is known of their run: processor, instruction set, date, versions."""

    def __init__(self, about, times):
        self.about = about
        self.times = times

    @property
    def label(self):
        """The machine, as a column's heading has it."""
        return f"{self.about['processor'].split(' (')[0]}, {self.about['isa'].upper().replace('AVX512', 'AVX-512')}"


def write_lines(path, about, heads, lines):
    """A data file of any columns, and what is known of its run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([heads, *lines])
    path.with_suffix(".json").write_text(json.dumps(about, indent=1) + "\n")


def read_lines(path):
    """(what is known of the run, a dictionary for each line)"""
    with path.open(newline="") as file:
        return json.loads(path.with_suffix(".json").read_text()), list(csv.DictReader(file))


def write(path, about, times, digits=4):
    """A run's data file."""
    libraries = [name for name in LIBRARIES if any(name in found for found in times.cells.values())]
    lines = []
    for cell, found in times.cells.items():
        info = times.info[cell]
        said = ["x".join(map(str, info["shape"])) if name == "shape" else info[name] for name in CELL]
        lines.append(
            said + [f"{times.nanoseconds(cell, name):.{digits}g}" if name in found else "" for name in libraries]
        )
    write_lines(path, about, CELL + libraries, lines)


def read(path):
    """The run of a data file."""
    about, lines = read_lines(path)
    times = Times()
    for line in lines:
        info = {name: line.pop(name) for name in CELL} | {"data": USUAL}
        info |= {"shape": tuple(map(int, info["shape"].split("x"))), "threads": int(info["threads"])}
        for library, nanoseconds in line.items():
            if nanoseconds:
                times.add_nanoseconds(info, library, float(nanoseconds))
    return Run(about, times)


def here():
    """What is known of a run in this process."""
    slug, name = processor.here()
    libraries = [name for name in installed() if name not in NO_PEERS]
    return {
        "processor": name,
        "folder": f"{slug}-{fastact.isa()}",
        "isa": fastact.isa(),
        "cpus": len(os.sched_getaffinity(0)),
        "caches": processor.caches(),
        "system": f"{platform.system()} {platform.release()}",
        "date": datetime.date.today().isoformat(),
        "fastact": version("fastact"),
        "python": platform.python_version(),
        "versions": {name: import_module(name).__version__.split("-")[0].split("+")[0] for name in libraries},
    }


def from_pytest(report):
    """The run that pytest-benchmark's JSON tells of."""
    times = Times()
    for bench in report["benchmarks"]:
        info = bench["extra_info"]
        times.add(info, info.pop("library"), bench["stats"]["min"])
    return Run(report["machine_info"]["fastact"], times)


def _order(path):
    """Processors by name, the widest instruction set first."""
    slug, _, isa = path.parent.name.rpartition("-")
    return slug, isa != "avx512", isa


def files(selection, folder=FOLDER):
    """The data files of all machines."""
    return sorted(folder.glob(f"*/{selection}.csv"), key=_order)


def runs(selection, folder=FOLDER):
    """Those of all machines: a dictionary by the names of their folders."""
    return {path.parent.name: read(path) for path in files(selection, folder)}
