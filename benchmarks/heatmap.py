"""One picture of all cells: on the left functions of arrays by size, on the right functions of rows by shape."""

import numpy as np

from fastact._benchmark.times import size

# the best other library's time over fastact's, below -> colour, and what the key says
STEPS = [
    (0.8, "#b2182b", "others faster: below 0.8"),
    (1.0, "#ef8a62", "0.8 to 1"),
    (1.5, "#b3cde3", "1 to 1.5"),
    (3.0, "#6baed6", "1.5 to 3"),
    (10.0, "#3b83c0", "3 to 10"),
    (np.inf, "#1f5a9e", "fastact faster: 10 and more"),
]
FAMILIES = ["elementwise", "gate", "gradient", "gate gradient", "pair", "pair gradient", "rows", "row gradient", "loss"]
FAMILIES += ["choice"]
WAYS = ["", "out=", "in place", "float64", "float16", "bfloat16"]
PIXELS = 16  # of a cell's side, its edge of 2 left free
CELL = 0.165  # inches


def way(info):
    """How a cell differs from a new float32 array on one thread."""
    result = "" if info["result"] == "new" else info["result"]
    kind = "" if info["dtype"] == "float32" else info["dtype"]
    return f"{info['threads']} threads" if info["threads"] > 1 else " ".join(filter(None, (kind, result)))


def _order(name):
    return WAYS.index(name) if name in WAYS else len(WAYS), name


def placed(times):
    """Two panels: {(row, column): cell}, where rows and columns are in the order of the picture."""
    panels = [{}, {}]
    for cell in times.compared():
        info = times.info[cell]
        if times.ratio(cell) is None:
            continue
        row = (FAMILIES.index(info["family"]), info["function"])
        column = (np.prod(info["shape"], dtype=int), info["shape"])
        if len(info["shape"]) == 1:
            panels[0][row, (_order(way(info)), column)] = cell
        else:
            panels[1][(*row, _order(way(info))), column] = cell
    return panels


def _colour(ratio):
    colour = next(colour for limit, colour, _ in STEPS if ratio < limit)
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def _image(panel, times):
    """The panel's squares, and its rows and columns."""
    rows, columns = (sorted({place[axis] for place in panel}) for axis in (0, 1))
    image = np.zeros((len(rows) * PIXELS, len(columns) * PIXELS, 4))
    for (row, column), cell in panel.items():
        i, j = rows.index(row) * PIXELS, columns.index(column) * PIXELS
        image[i + 1 : i + PIXELS - 1, j + 1 : j + PIXELS - 1] = (*_colour(times.ratio(cell)), 1)
    return image, rows, columns


def _show(axes, image, rows, columns):
    axes.imshow(image, extent=(0, len(columns), len(rows), 0), interpolation="nearest", aspect="equal")
    axes.set_yticks(np.arange(len(rows)) + 0.5, rows, fontsize=8)
    axes.set_xticks(np.arange(len(columns)) + 0.5, columns, fontsize=8, rotation=90)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, pad=2)
    axes.spines[:].set_visible(False)


def draw(times):
    """The figure."""
    import matplotlib.pyplot as plt  # nothing else here needs it
    from matplotlib.patches import Patch

    parts = [_image(panel, times) for panel in placed(times) if panel]
    names = [
        ([row[1] for row in rows], [f"{c[0][1] or 'new'} {size(c[1][1])}" for c in columns])
        if len(rows[0]) == 2
        else ([" ".join((row[1], row[2][1])) for row in rows], [size(c[1]) for c in columns])
        for _, rows, columns in parts
    ]
    tallest = max(len(rows) for _, rows, _ in parts)
    left, between, above = 1.7, 2.7, 1.4
    width = left + sum(CELL * len(columns) for *_, columns in parts) + between * (len(parts) - 1) + 0.2
    height = above + CELL * tallest + 0.9
    figure = plt.figure(figsize=(width, height))
    x = left
    for (image, rows, columns), shown in zip(parts, names, strict=True):
        wide, tall = CELL * len(columns), CELL * len(rows)
        axes = figure.add_axes((x / width, 1 - (above + tall) / height, wide / width, tall / height))
        _show(axes, image, *shown)
        x += wide + between
    key = [Patch(color=colour, label=text) for _, colour, text in STEPS]
    figure.legend(handles=key, frameon=False, fontsize=9, ncols=3, loc="lower center")
    return figure
