"""The best time of every library in every cell of a run, and who wins."""

import math
from collections import defaultdict

from fastact._benchmark.contenders import NO_PEERS
from fastact._benchmark.kinds import USUAL

RESULTS = {"new": "", "out=": "-out", "in place": "-inplace"}


def cell_id(info):
    """What a cell is called, on the command line too."""
    shape = "x".join(map(str, info["shape"]))
    data = "" if info["data"] == USUAL else f"-{info['data']}"
    return f"{info['function']}-{info['dtype']}-{shape}{RESULTS[info['result']]}-{info['threads']}{data}"


class Times:
    """Seconds: of each cell the fastest round of every library, in whichever pass that was."""

    def __init__(self):
        self.cells = defaultdict(dict)
        self.info = {}

    def add(self, info, library, seconds):
        """What a contender's rounds took at best; `info` is the cell's."""
        cell = cell_id(info)
        self.info[cell] = info
        times = self.cells[cell]
        times[library] = min(times.get(library, math.inf), seconds)

    def add_nanoseconds(self, info, library, nanoseconds):
        """What a data file says: per element."""
        self.add(info, library, nanoseconds * math.prod(info["shape"]) / 1e9)

    def compared(self):
        """The cells that fastact is timed in."""
        return [cell for cell, times in self.cells.items() if "fastact" in times]

    def peers(self, cell):
        """The other libraries and their times, the fastest first."""
        others = [(name, t) for name, t in self.cells[cell].items() if name not in NO_PEERS]
        return sorted(others, key=lambda item: item[1])

    def ratio(self, cell):
        """How many times as long the best other library takes; None where nobody competes."""
        peers = self.peers(cell)
        return peers[0][1] / self.cells[cell]["fastact"] if peers else None

    def ratios(self):
        return [r for cell in self.compared() if (r := self.ratio(cell)) is not None]

    def mean(self):
        """The geometric mean of the ratios."""
        ratios = self.ratios()
        return math.exp(sum(map(math.log, ratios)) / len(ratios))

    def lost(self):
        """The cells in which another library is faster."""
        return [cell for cell in self.compared() if (r := self.ratio(cell)) is not None and r < 1]

    def nanoseconds(self, cell, library="fastact"):
        """Per element."""
        return self.cells[cell][library] / math.prod(self.info[cell]["shape"]) * 1e9

    def find(self, function, shape, dtype="float32", result="new", threads=1):
        """The cell of these, if it was timed."""
        info = {"function": function, "shape": shape, "dtype": dtype, "result": result, "threads": threads}
        cell = cell_id(info | {"data": USUAL})
        return cell if cell in self.cells else None


def size(shape):
    """A shape as readers say it."""
    if len(shape) > 1:
        return " x ".join(f"{n:,}" for n in shape)
    n = shape[0]
    return f"{n >> 20} M" if n >= 1 << 20 else f"{n >> 10} K" if n >= 1 << 10 else str(n)
