"""The examples of docs/c_and_cython.md are compiled with the commands that stand there, and print what it says."""

import doctest
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from c_library import compiler, declared

import fastact

PAGE = Path(__file__).parent.parent / "docs" / "c_and_cython.md"

if not PAGE.is_file():
    pytest.skip("no checkout", allow_module_level=True)
if fastact.isa() == "numpy":
    pytest.skip("functions run on NumPy", allow_module_level=True)

TEXT = PAGE.read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, flags=re.S | re.M)
NAMED = {name[1]: body for _, body in BLOCKS if (name := re.match(r"(?:/\* |// |# )([\w.]+)", body))}
COMMANDS = [body for language, body in BLOCKS if language == "sh"]


def run(command, folder):
    """What a command of the page prints, in a shell where python is this one."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-euc", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def write(folder, *names):
    for name in names:
        Path(folder, name).write_text(NAMED[name])


def printed(name):
    """What the page says that an example prints: the next block of text."""
    _, _, rest = TEXT.partition(NAMED[name])
    return re.search(r"^```text\n(.*?)^```", rest, flags=re.S | re.M)[1].replace("avx512", fastact.isa())


def command_with(*words):
    (found,) = [command for command in COMMANDS if all(word in command for word in words)]
    return found


@pytest.mark.parametrize("name", [name for name in NAMED if name.endswith((".c", ".cpp"))])
def test_programs(name, tmp_path):
    compiler(name.partition(".")[2])
    if not shutil.which("cc" if name.endswith(".c") else "c++"):
        pytest.skip("no compiler of the page's name")
    write(tmp_path, name)
    command = command_with("c++ ") if name.endswith(".cpp") else command_with("cc scores.c", "fastact config --cflags")
    got = run(command.replace("scores", Path(name).stem), tmp_path)
    assert got == printed(name)


def test_pkg_config(tmp_path):
    if not shutil.which("cc") or not shutil.which("pkg-config"):
        pytest.skip("no cc, or no pkg-config")
    write(tmp_path, "scores.c")
    assert run(command_with("PKG_CONFIG_PATH"), tmp_path) == printed("scores.c")


def test_cmake(tmp_path):
    if not all(map(shutil.which, ("cc", "cmake", "pkg-config"))):
        pytest.skip("no cc, no cmake or no pkg-config")
    if subprocess.run(["cmake", "--version"], capture_output=True, check=False).returncode:
        pytest.skip("cmake does not run")
    write(tmp_path, "scores.c", "CMakeLists.txt")
    find = command_with("PKG_CONFIG_PATH").partition("\n")[0]
    got = run(f"{find}\ncmake -S . -B build >log 2>&1 && cmake --build build >log 2>&1\nbuild/scores", tmp_path)
    assert got == printed("scores.c")


def test_cython(tmp_path, monkeypatch):
    pytest.importorskip("Cython", reason="no Cython")
    pytest.importorskip("setuptools", reason="no setuptools")
    compiler("c")
    if not Path(sysconfig.get_paths()["include"], "Python.h").is_file():
        pytest.skip("no headers of Python")
    write(tmp_path, "focal.pyx", "setup.py")
    run("export CFLAGS=-O0\n" + command_with("build_ext"), tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (session,) = [body for language, body in BLOCKS if language == "pycon"]
    report: list[str] = []
    test = doctest.DocTestParser().get_doctest(session, {}, PAGE.name, str(PAGE), 0)
    assert len(test.examples) == 11
    failed, _ = doctest.DocTestRunner().run(test, out=report.append)
    assert not failed, "".join(report)


def test_every_function_of_rows_and_losses_is_named():
    names = {name.removesuffix("_f32") for name in declared() if name.endswith(("rows_f32", "mean_f32", "logits_f32"))}
    assert len(names) == 8
    assert not [name for name in names if name not in TEXT]
