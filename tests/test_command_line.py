"""What users run and read: python -m fastact and its commands, show_config, the choice of instruction set."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from registry import NATIVE

import fastact
from fastact import _catalogue
from fastact._command_line import bench, main


@pytest.fixture(autouse=True)
def the_same_threads():
    """bench sets how many threads libraries use in this process; PyTorch's may be the limit of OpenMP's."""
    before, torch = fastact.get_num_threads(), sys.modules.get("torch")
    of_torch = torch.get_num_threads() if torch else os.cpu_count()
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(of_torch)
    if fastact.get_num_threads() != before:
        fastact.set_num_threads(before)


ROOT = Path(__file__).parents[1]
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="terminals and pipes of Linux")


def environment(**changed):
    """That of a process which finds the package where this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **changed}


def run(*command, folder, **changed):
    return subprocess.run(
        [sys.executable, *command],
        env=environment(**changed),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def refused(capsys, *arguments):
    """What is said of arguments that are refused: one line, status 2."""
    try:
        status = main.main(list(arguments))
    except SystemExit as end:
        status = end.code
    assert status == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert error.startswith(("python -m fastact", "fastact"))
    return error


# ---- the default ----


def test_report(tmp_path):
    result = run("-m", "fastact", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    assert not result.stderr or fastact.isa() == "numpy"
    assert "\x1b" not in result.stdout
    lines = result.stdout.splitlines()
    assert len(lines) == 8
    assert max(map(len, lines[1:])) <= 100
    assert lines[0].startswith(f"fastact {fastact.__version__}: ")
    assert ("kernels, " in lines[0] and lines[0].endswith("works")) == NATIVE
    assert ("results agree with the published digests" in lines[1]) == NATIVE
    assert "one thread each" in lines[2]
    assert [line.split()[0] for line in lines[3:7]] == ["softmax", "sigmoid", "gelu", "cross_entropy"]
    assert "python -m fastact check" in lines[7]


def test_wrong_results_are_told(monkeypatch, capsys):
    from fastact._check import bits

    if not NATIVE:
        pytest.skip("no kernels, no digests")
    monkeypatch.setattr(bits, "differing", lambda dtype, found: [f"{line} {dtype.name}" for line in found])
    from fastact._command_line import summary

    monkeypatch.setattr(summary, "SECONDS", 0.001)
    assert main.main([]) == 1
    assert "DIFFER" in capsys.readouterr().out


# ---- commands ----


def test_help(tmp_path, capsys):
    result = run("-m", "fastact", "--help", folder=tmp_path)
    assert result.returncode == 0
    assert all(f"    {name} " in result.stdout for name in main.COMMANDS)
    for name in main.COMMANDS:
        with pytest.raises(SystemExit) as end:
            main.main([name, "--help"])
        assert end.value.code == 0
        assert "usage" in capsys.readouterr().out


def test_version(capsys):
    with pytest.raises(SystemExit) as end:
        main.main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"fastact {fastact.__version__}\n"


@pytest.mark.parametrize("arguments", [["nonsense"], ["check", "--fast"], ["bench", "--threads", "two"]], ids=" ".join)
def test_unknown_arguments(capsys, arguments):
    assert "--help" in refused(capsys, *arguments)


def test_info(capsys):
    assert main.main(["info"]) == 0
    text = capsys.readouterr().out
    assert fastact.__version__ in text
    assert fastact.isa() in text
    assert main.main(["info", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["threads"] == fastact.get_num_threads()
    assert found["NumPy"] == np.__version__
    assert (fastact.isa() in found["kernels run"]) == NATIVE
    assert Path(found["folder"], "__init__.py").is_file()


def test_bench(capsys):
    arguments = ["bench", "relu", "softmax", "--shape=7x30", "--shape=64x10", "--seconds=0.01", "--against=numpy"]
    assert main.main(arguments) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert [line.split()[0] for line in out.splitlines()[2:10:2]] == ["relu", "relu", "softmax", "softmax"]
    assert out.count("NumPy") == 4
    assert main.main([*arguments, "--json", "--dtype=float64", "--data=half NaN"]) == 0
    results = json.loads(capsys.readouterr().out)["results"]
    assert [(one["function"], one["shape"], one["dtype"], one["data"]) for one in results] == [
        (name, shape, "float64", "half NaN") for name in ("relu", "softmax") for shape in ([7, 30], [64, 10])
    ]
    assert all(set(one["seconds"]) == {"fastact", "numpy"} for one in results)
    assert all(0 < seconds < 1 for one in results for seconds in one["seconds"].values())


def test_bench_on_several_threads(capsys):
    """A library of one thread is not compared with several."""
    before = fastact.get_num_threads()
    assert main.main(["bench", "relu", "--shape=100", "--threads=2", "--seconds=0.01", "--against=numpy"]) == 0
    fastact.set_num_threads(before)
    assert "not compared: NumPy" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["sigmiod"], "did you mean sigmoid?"),
        (["expit"], "did you mean sigmoid?"),
        (["relu", "--against", "nympy"], "did you mean numpy?"),
        (["relu", "--data", "zeros"], "half zeros"),
        (["relu", "--shape", "big"], "invalid shape value: 'big'"),
        (["relu", "--shape", "0"], "invalid shape value: '0'"),
        (["cross_entropy", "--shape", "10"], "two axes or more"),
        (["relu", "--threads", "0"], "from 1 to 1024"),
        (["relu", "--dtype", "int8"], "invalid choice: 'int8'"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_bench_refuses(capsys, arguments, told):
    assert told in refused(capsys, "bench", *arguments)


def test_missing_libraries_are_told(capsys, monkeypatch):
    monkeypatch.setattr(bench.contenders, "installed", lambda: ["fastact", "numpy"])
    assert "python -m pip install torch ml_dtypes" in refused(capsys, "bench", "relu", "--against=torch")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "python -m pip install matplotlib" in refused(capsys, "plot", "relu", "-o", "never.png")


def test_plots(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    for name in _catalogue.of("elementwise"):
        parameters = _catalogue.parameters(name).items()
        needed = [f"--{key}=0.3" for key, p in parameters if p.default is p.empty and key != "x"]
        assert main.main(["plot", name, "--grad", "-o", str(tmp_path / f"{name}.png"), *needed]) == 0
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    drawn = tmp_path / "elu.svg"
    assert main.main(["plot", "elu", "--alpha=0.5", "--range", "-2", "2", "-o", str(drawn)]) == 0
    assert "<svg" in drawn.read_text()
    picture = tmp_path / "bars.png"
    assert main.main(["bench", "relu", "--shape=100", "--seconds=0.01", "--plot", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    capsys.readouterr()
    assert "must go up" in refused(capsys, "plot", "relu", "--range", "2", "1", "-o", str(drawn))
    assert "approximate must be" in refused(capsys, "plot", "gelu", "--approximate=no", "-o", str(drawn))
    assert "softmax" in refused(capsys, "plot", "softmax", "-o", str(drawn))
    assert "supported formats" in refused(capsys, "plot", "relu", "-o", str(tmp_path / "relu.txt"))
    assert "No such file" in refused(capsys, "plot", "relu", "-o", str(tmp_path / "none" / "relu.png"))


# ---- pipes and terminals ----


@linux
def test_a_reader_that_has_seen_enough(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "fastact", "info"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 0


def on_terminal(tmp_path, code, **changed):
    """What a process prints on a terminal."""
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-W", "ignore", "-c", f"import sys\n{code}"]
    process = subprocess.Popen(command, env=environment(TERM="xterm", **changed), stdout=theirs, stderr=theirs)
    os.close(theirs)
    text = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the end, on Linux
            break
        if not part:
            break
        text += part
    os.close(ours)
    assert process.wait(60) == 0, text
    return text.decode()


BENCH = "from fastact._command_line.main import main; sys.exit(main(['bench', 'relu', '--shape=9', '--seconds=0.3']))"


@linux
def test_a_terminal_has_colours_and_a_bar(tmp_path):
    pytest.importorskip("rich")
    text = on_terminal(tmp_path, BENCH)
    assert "\x1b[1mfunction" in text
    assert "\N{BOX DRAWINGS HEAVY HORIZONTAL}" in text
    assert "\x1b[1m" not in on_terminal(tmp_path, BENCH, NO_COLOR="1").replace("\x1b[1mfunction", "")


@linux
def test_a_terminal_without_rich(tmp_path):
    text = on_terminal(tmp_path, "sys.modules['rich'] = None\n" + BENCH)
    assert "\x1b" not in text
    assert "timing 100 %" in text
    assert "function  elements  library" in text


# ---- what else they read ----


def test_show_config(capsys):
    fastact.show_config()
    text = capsys.readouterr().out
    assert fastact.__version__ in text
    assert fastact.isa() in text
    found = fastact.show_config(mode="dicts")
    assert capsys.readouterr().out == ""
    assert text == "".join(f"{label:16} {value}\n" for label, value in found.items())
    assert found["threads"] == fastact.get_num_threads()
    with pytest.raises(ValueError, match="mode must be 'stdout' or 'dicts', got 'json'"):
        fastact.show_config(mode="json")


def test_get_include():
    assert Path(fastact.get_include(), "fastact", "fastact.h").is_file()


def test_numpy_can_be_forced(tmp_path):
    result = run(
        "-c", "import fastact; print(fastact.isa(), fastact.sigmoid(0.0))", folder=tmp_path, FASTACT_ISA="numpy"
    )
    assert result.stdout.split() == ["numpy", "0.5"]


def test_unknown_instruction_set(tmp_path):
    result = run("-c", "import fastact", folder=tmp_path, FASTACT_ISA="mmx")
    assert result.returncode
    assert "ImportError" in result.stderr
    assert "mmx" in result.stderr


def test_instruction_set_of_another_machine(tmp_path):
    import platform

    other = "neon" if platform.machine().lower() in ("x86_64", "amd64") else "avx2"
    result = run("-c", "import fastact", folder=tmp_path, FASTACT_ISA=other)
    assert result.returncode
    assert "ImportError" in result.stderr
    assert other in result.stderr


def test_import_is_light(tmp_path):
    """NumPy is the only dependency, also of the report."""
    code = "import fastact, sys; print(*({'scipy', 'torch', 'rich', 'argparse'} & set(sys.modules)))"
    assert run("-c", code, folder=tmp_path).stdout.strip() == ""
