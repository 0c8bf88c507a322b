"""Programs in C11 and C++17 compile, link and run with what the installed package holds: python -m fastact config, or
pkg-config, says how."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from c_library import HEADERS, STANDARDS, STRICT, built, compiler, config, library_file, output_of

import fastact

# the functions by their names, the engine at any strides, and the table of kernels itself
PROGRAM = """
#include <fastact/fastact.h>
#include <stdio.h>

int main(void) {
  const char *why;
  const fa_kernels *table = fa_select(fa_in_use()->name, &why);
  const char reduced[2] = {0, 1};
  float x[2][3] = {{-1, 0, 1}, {0.5f, 2, -3}}, y[2][3], z[2][3], direct[6];
  double wide[6], half[6];
  static fa_strided arrays;
  if (!table) return puts(why), 1;
  if (fa_abi() != FASTACT_ABI) return 1;
  fa_sigmoid_f32(x[0], y[0], 6);
  for (int i = 0; i < 6; i++) wide[i] = x[i / 3][i % 3];
  fa_leaky_relu_f64(wide, half, 6, 0.5);
  arrays.dimensions = 2;
  arrays.shape[0] = 2, arrays.shape[1] = 3;
  arrays.args[0] = (char *)x, arrays.args[1] = (char *)z;
  for (int a = 0; a < 2; a++) arrays.steps[a][0] = 3 * sizeof(float), arrays.steps[a][1] = sizeof(float);
  if (fa_call_rows(FA_SOFTMAX, FA_F32, &arrays, reduced) != FA_DONE) return 1;
  char *args[2] = {(char *)x, (char *)direct};
  table->map[FA_OP_sigmoid][FA_F32](args, 0, 6);
  for (int i = 0; i < 6; i++) printf("%.9g %.9g %.9g %.17g\\n", y[i / 3][i % 3], direct[i], z[i / 3][i % 3], half[i]);
  return 0;
}
"""
native = pytest.mark.skipif(fastact.isa() == "numpy", reason="functions run on NumPy")
languages = pytest.mark.parametrize("language", STANDARDS)


def check(program):
    got = np.array(output_of(program, folder=program.parent).split(), np.float64).reshape(6, 4)
    x = np.array([[-1, 0, 1], [0.5, 2, -3]], np.float32)
    for column, want in enumerate([fastact.sigmoid(x), fastact.sigmoid(x), fastact.softmax(x)]):
        np.testing.assert_array_equal(got[:, column].astype(np.float32), want.ravel())
    np.testing.assert_array_equal(got[:, 3], [-0.5, 0, 1, 0.5, 2, -1.5])


@native
@languages
def test_a_program_compiles_links_and_runs(language, tmp_path):
    source = tmp_path / f"program.{language}"
    source.write_text(PROGRAM)
    check(built(source, config("--cflags", "--libs", folder=tmp_path)))


@native
def test_pkg_config(tmp_path):
    """It finds the package where it is, and has its version."""
    if not shutil.which("pkg-config"):
        pytest.skip("no pkg-config")
    (folder,) = config("--pkgconfigdir", folder=tmp_path)

    def ask(*options):
        return output_of("pkg-config", *options, "fastact", folder=tmp_path, PKG_CONFIG_PATH=folder).split()

    assert ask("--modversion") == [fastact.__version__]
    source = tmp_path / "program.c"
    source.write_text(PROGRAM)
    check(built(source, ask("--cflags", "--libs")))
    moved = tmp_path / "elsewhere" / "fastact" / "lib" / "pkgconfig"
    moved.mkdir(parents=True)
    shutil.copy(Path(folder, "fastact.pc"), moved)
    folder = str(moved)
    assert all(str(tmp_path) in flag for flag in ask("--cflags", "--libs") if flag != "-lfastact")


@languages
@pytest.mark.parametrize("header", ["fastact", "elementwise", "engine", "kernels", "operations"])
def test_every_header_stands_alone_without_a_warning(header, language, tmp_path):
    source = tmp_path / f"alone.{language}"
    source.write_text(f"#include <fastact/{header}.h>\nint main(void) {{ return 0; }}\n")
    command = [
        compiler(language),
        STANDARDS[language],
        *STRICT,
        "-I",
        str(HEADERS.parent),
        "-fsyntax-only",
        str(source),
    ]
    subprocess.run(command, check=True)


@native
def test_a_binding_needs_no_compiler(tmp_path):
    """Other languages load the library and call a function by its name."""
    code = (
        "import ctypes, sys\n"
        "x, y = (ctypes.c_double * 2)(0, 1), (ctypes.c_double * 2)()\n"
        "ctypes.CDLL(sys.argv[1]).fa_tanh_f64(x, y, ctypes.c_size_t(2))\n"
        "print(*y, 'numpy' in sys.modules)"
    )
    got = output_of(sys.executable, "-c", code, str(library_file()), folder=tmp_path)
    assert got.split() == ["0.0", repr(float(fastact.tanh(1.0))), "False"]


def run_config(*options, **environment):
    return subprocess.run(
        [sys.executable, "-m", "fastact", "config", *options],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_config_says_what_is_missing():
    run = run_config()
    assert run.returncode == 2
    assert "say what to print: --cflags, --libs or --pkgconfigdir" in run.stderr
    assert run_config("--static").returncode == 2
    assert "--libs" in run_config("--help").stdout


def test_config_without_a_library(capsys, monkeypatch):
    from fastact._command_line import config
    from fastact._command_line.main import main

    def missing():
        raise RuntimeError("fastact: get_library_dir: there is no compiled library: no compiler")

    monkeypatch.setattr(config, "get_library_dir", missing)
    assert main(["config", "--cflags", "--libs"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "fastact: get_library_dir: there is no compiled library: no compiler\n" in printed.err
    assert main(["config", "--cflags"]) == 0
    assert capsys.readouterr().out == f"-I{fastact.get_include()}\n"


def test_the_folder_of_the_library():
    if fastact.isa() != "numpy":
        assert library_file().is_file()
    elif not (Path(fastact.__file__).parent / "lib").is_dir():
        with pytest.raises(RuntimeError, match=r"get_library_dir: there is no compiled library"):
            fastact.get_library_dir()
