"""python -m fastact apply: the bits of a call on the whole array, whatever the blocks; nothing is left of a failure."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from registry import same, sample

import fastact
from fastact._command_line import main, streaming


def run(*arguments):
    """The exit status."""
    return main.main(["apply", *map(str, arguments)])


@pytest.fixture
def source(tmp_path):
    """A function that saves an array and gives the paths of input and output."""

    def save(x):
        np.save(tmp_path / "in.npy", x)
        return tmp_path / "in.npy", tmp_path / "out.npy"

    return save


@pytest.fixture(params=[streaming.BLOCK, 4096, 100], ids=lambda size: f"blocks of {size}")
def block(request, monkeypatch):
    monkeypatch.setattr(streaming, "BLOCK", request.param)
    monkeypatch.setattr(streaming, "_memory", lambda: 8 * request.param)


CASES = [
    ("sigmoid", {}, (2000,)),
    ("gelu", {"approximate": "tanh"}, (37, 45)),
    ("leaky_relu", {"negative_slope": 0.2}, (5, 6, 7)),
    ("prelu", {"weight": 0.3}, (3, 50)),
    ("softmax", {}, (40, 33)),
    ("softmax", {"axis": 0, "scale": 0.5}, (40, 33)),
    ("softmax", {"axis": None}, (40, 33)),
    ("log_softmax", {"axis": (0, 2)}, (4, 50, 6)),
    ("softmax", {"axis": 1}, (4, 50, 6)),
    ("softmax", {}, (3000,)),
    ("logsumexp", {}, (40, 33)),
    ("logsumexp", {"axis": 0}, (40, 33)),
    ("logsumexp", {"axis": 1, "keepdims": True}, (4, 50, 6)),
    ("logsumexp", {"axis": (0, 1)}, (4, 50, 6)),
    ("logsumexp", {}, (3000,)),
    ("glu", {}, (40, 34)),
    ("swiglu", {"axis": 0}, (40, 33)),
]


def options(keywords):
    for name, value in keywords.items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            yield option
        else:
            yield f"{option}={','.join(map(str, value)) if isinstance(value, tuple) else value}"


@pytest.mark.parametrize("order", "CF")
@pytest.mark.parametrize(("name", "keywords", "shape"), CASES)
def test_blocks_give_the_bits_of_the_whole(source, block, capsys, name, keywords, shape, order):
    x = np.asarray(sample(shape, np.float32), order=order)
    given, made = source(x)
    assert run(name, given, "-o", made, *options(keywords)) == 0, capsys.readouterr().err
    y, want = np.load(made), np.asarray(getattr(fastact, name)(x, **keywords))
    same(y, want)
    assert y.shape != x.shape or y.flags.f_contiguous == x.flags.f_contiguous
    assert sorted(path.name for path in made.parent.iterdir()) == ["in.npy", "out.npy"]


@pytest.mark.parametrize(
    "x",
    [
        np.float64(0.5),
        np.zeros((0, 3), np.float16),
        np.arange(12).reshape(3, 4),
        np.ones((3, 4), ">f4"),
        np.ones(3) > 0,
    ],
    ids=["one number", "empty", "integers", "swapped", "bool"],
)
@pytest.mark.parametrize("name", ["sigmoid", "softmax"])
def test_kinds_of_arrays(source, name, x):
    given, made = source(x)
    assert run(name, given, "-o", made) == 0
    same(np.load(made), np.asarray(getattr(fastact, name)(x)))


def test_dtype(source):
    x = sample(100, np.float64)
    given, made = source(x)
    assert run("gelu", given, "-o", made, "--dtype", "float32") == 0
    same(np.load(made), fastact.gelu(x, dtype=np.float32))


def test_overwrites_only_by_force(source, capsys):
    given, made = source(sample(10))
    made.write_text("kept")
    assert run("sigmoid", given, "-o", made) == 2
    assert "--force" in capsys.readouterr().err
    assert made.read_text() == "kept"
    assert run("sigmoid", given, "-o", made, "--force") == 0
    assert run("sigmoid", made, "-o", made, "--force") == 0
    same(np.load(made), fastact.sigmoid(fastact.sigmoid(np.load(given))))


WRONG = [
    (["gelo", "{in}", "-o", "{out}"], "did you mean gelu"),
    (["expit", "{in}", "-o", "{out}"], "did you mean sigmoid"),
    (["cross_entropy", "{in}", "-o", "{out}"], "'cross_entropy' is unknown"),
    (["sigmoid", "{in}", "-o", "{out}", "--axis=0"], "takes no axis"),
    (["softmax", "{in}", "-o", "{out}", "--axis=2"], "axis 2 is out of bounds"),
    (["softmax", "{in}", "-o", "{out}", "--axis=first"], "invalid axis value"),
    (["glu", "{in}", "-o", "{out}", "--axis=1"], "odd length 5"),
    (["prelu", "{in}", "-o", "{out}"], "prelu needs --weight"),
    (["gelu", "{in}", "-o", "{out}", "--approximate=fast"], "approximate must be"),
    (["gelu", "{in}", "-o", "{out}", "--dtype=float33"], "no type of NumPy's"),
    (["gelu", "{in}", "-o", "{out}", "--threads=0"], "n must be from 1 to 1024"),
    (["gelu", "{in}.missing", "-o", "{out}"], "No such file"),
    (["gelu", "{text}", "-o", "{out}"], "is not an .npy file"),
    (["gelu", "{objects}", "-o", "{out}"], "is not an .npy file"),
    (["gelu", "{complex}", "-o", "{out}"], "complex128"),
    (["gelu", "{in}", "-o", "{folder}"], "is a folder"),
    (["gelu", "{in}", "-o", "{folder}/none/out.npy"], "is not a folder"),
    (["gelu", "{in}"], "required: -o"),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG, ids=lambda value: value if isinstance(value, str) else None)
def test_what_is_wrong_is_told_in_one_line(source, tmp_path, capsys, arguments, told):
    given, made = source(sample((4, 5)))
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "text").write_text("no array")
    np.save(tmp_path / "objects.npy", np.array([None]), allow_pickle=True)
    np.save(tmp_path / "complex.npy", np.ones(3, complex))
    before = sorted(tmp_path.rglob("*"))
    names = {"in": given, "out": made, "folder": folder, "text": tmp_path / "text"}
    names |= {name: tmp_path / f"{name}.npy" for name in ("objects", "complex")}
    try:
        status = run(*(text.format(**names) for text in arguments))
    except SystemExit as end:
        status = end.code
    assert status == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert told in error
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_is_left_of_a_failure(source, monkeypatch, capsys):
    given, made = source(sample(1000))
    monkeypatch.setattr(streaming, "BLOCK", 80)
    calls = []

    def fail(path):
        calls.append(path)
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(streaming, "_sync", fail)
    assert run("sigmoid", given, "-o", made) == 2
    assert calls
    assert "No space left" in capsys.readouterr().err
    assert [path.name for path in made.parent.iterdir()] == ["in.npy"]


FULL = """
import resource, sys
from fastact._command_line import main
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
sys.exit(main.main(["apply", "sigmoid", *sys.argv[1:]]))
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
def test_no_room_on_the_disk(source):
    given, made = source(sample(100_000))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-W", "ignore", "-c", FULL, str(given), "-o", str(made)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "File too large" in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in made.parent.iterdir()] == ["in.npy"]


SLOW = """
import sys, time
from fastact._command_line import main, streaming
streaming.BLOCK = 800
whole = streaming.blocks
def slowly(plan):
    for index in whole(plan):
        yield index
        print("block", flush=True)
        time.sleep(0.05)
streaming.blocks = slowly
sys.exit(main.main(["apply", "sigmoid", *sys.argv[1:]]))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_nothing_is_left_of_an_interrupted_one(source, number, status):
    given, made = source(sample(10_000))
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SLOW, str(given), "-o", str(made)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "block\n"
    assert any(path.suffix == ".part" for path in made.parent.iterdir())
    process.send_signal(number)
    _, error = process.communicate(timeout=60)
    assert process.returncode == status
    assert "Traceback" not in error
    assert [path.name for path in made.parent.iterdir()] == ["in.npy"]


def peak(process):
    """The most memory that a process of Linux has held so far, in bytes; 0 when it has ended."""
    try:
        with open(f"/proc/{process.pid}/status") as status:
            return max((int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM")), default=0)
    except OSError:
        return 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_holds_blocks_alone(tmp_path):
    """A file of 512 MiB and its result take less than half of one of them."""
    given, made = tmp_path / "in.npy", tmp_path / "out.npy"
    x = np.lib.format.open_memmap(given, "w+", np.float32, (1 << 27,))
    x[:: 1 << 20] = 1
    del x
    process = subprocess.Popen(
        [sys.executable, "-m", "fastact", "apply", "sigmoid", str(given), "-o", str(made)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    most = 0
    while process.poll() is None:
        most = max(most, peak(process))
        time.sleep(0.01)
    assert process.returncode == 0
    assert 1 << 20 < most < 1 << 28
    y = np.load(made, mmap_mode="r")
    assert y.shape == (1 << 27,)
    same(y[:3], fastact.sigmoid(np.float32([1, 0, 0])))
    same(y[-3:], fastact.sigmoid(np.float32([0, 0, 0])))
