"""A program in C or C++ compiles and links against what the package holds; the library exports its contract alone."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

import fastact

PROGRAM = """
#include <stdio.h>
#include <fastact/engine.h>

int main(void) {
  const char *why;
  const fa_kernels *table = fa_select(NULL, &why);
  const char reduced[2] = {0, 1};
  float x[2][3] = {{-1, 0, 1}, {0.5f, 2, -3}}, y[2][3], z[2][3];
  static fa_strided arrays;
  if (!table) return puts(why), 1;
  fa_engine_prepare();
  const fa_loop loop = fa_loop_of(table, FA_OP_sigmoid, FA_F32);
  char *args[2] = {(char *)x, (char *)y};
  const ptrdiff_t steps[2] = {sizeof(float), sizeof(float)};
  fa_run(&loop, args, steps, 6);
  arrays.dimensions = 2;
  arrays.shape[0] = 2, arrays.shape[1] = 3;
  arrays.args[0] = (char *)x, arrays.args[1] = (char *)z;
  for (int a = 0; a < 2; a++) arrays.steps[a][0] = 3 * sizeof(float), arrays.steps[a][1] = sizeof(float);
  if (fa_run_rows(table, FA_SOFTMAX, FA_F32, &arrays, reduced)) return 1;
  for (int i = 0; i < 6; i++) printf("%.9g %.9g\\n", y[i / 3][i % 3], z[i / 3][i % 3]);
  return 0;
}
"""
COMPILERS = {"c": ["-std=c11"], "cpp": ["-std=c++17"]}

native = pytest.mark.skipif(fastact.isa() == "numpy", reason="there is no C library")


def library():
    (found,) = Path(fastact.get_library_dir()).glob("*fastact.*")
    return found


@native
@pytest.mark.parametrize("language", COMPILERS)
def test_a_program_compiles_links_and_runs(language, tmp_path):
    compiler = shutil.which(os.environ.get("CC", "cc").split()[-1]) or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler")
    if language == "cpp":
        compiler = shutil.which("g++") or pytest.skip("no C++ compiler")
    source = tmp_path / f"program.{language}"
    source.write_text(PROGRAM)
    folder = fastact.get_library_dir()
    command = [compiler, *COMPILERS[language], "-Wall", "-Wextra", "-Werror", "-I", fastact.get_include(), str(source)]
    link = ["-L", folder, "-lfastact", f"-Wl,-rpath,{folder}", "-o", str(tmp_path / "program")]
    subprocess.run([*command, *link], check=True)
    run = subprocess.run([tmp_path / "program"], check=True, capture_output=True, text=True)
    got = np.array(run.stdout.split(), np.float32).reshape(6, 2)
    x = np.array([[-1, 0, 1], [0.5, 2, -3]], np.float32)
    np.testing.assert_array_equal(got[:, 0], fastact.sigmoid(x).ravel())
    np.testing.assert_array_equal(got[:, 1], fastact.softmax(x).ravel())


@native
def test_only_the_contract_is_exported():
    if not shutil.which("nm") or library().suffix != ".so":
        pytest.skip("no nm for this library")
    listed = subprocess.run(["nm", "-D", "--defined-only", library()], check=True, capture_output=True, text=True)
    exported = {line.split()[-1] for line in listed.stdout.splitlines()}
    declared = set()
    for header in Path(fastact.get_include(), "fastact").glob("*.h"):
        declared |= set(re.findall(r"^FA_API [\w ]*?\*?(\w+)\(", header.read_text(), flags=re.M))
    assert len(declared) > 40
    assert exported == declared


def test_the_folder_of_the_library(monkeypatch):
    if fastact.isa() != "numpy":
        assert library().is_file()
    elif not (Path(fastact.__file__).parent / "lib").is_dir():
        with pytest.raises(RuntimeError, match=r"get_library_dir: there is no compiled library"):
            fastact.get_library_dir()
