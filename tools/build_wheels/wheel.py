"""A wheel: built from the sdist with nothing but the build requirements, repaired, and looked into."""

import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path

from old_libc import GLIBC
from shell import environment, run, venv

PINNED = Path(__file__).with_name("pinned.txt")


def build_environment(time, system=None, compiler="gcc"):
    """The variables of a build that comes out alike each time."""
    env = environment(
        SOURCE_DATE_EPOCH=time,
        FASTACT_REQUIRE_NATIVE=1,
        PIP_CONSTRAINT=PINNED,
        PIP_BUILD_CONSTRAINT=PINNED,  # of later versions of pip
        CC=compiler,
    )
    if system:
        env |= system.compile_with(compiler)
    # Python's own way to link may name the folder of Python's own library, which modules need not find
    return {**env, "LDSHARED": f"{env['CC']} -shared"}


def _only(folder):
    (found,) = folder.glob("*.whl")
    return found


def build(python, sdist, folder, env):
    """A wheel for this interpreter, in an environment of the build requirements, which pip makes."""
    run(venv(python, folder / "builder"), "-m", "pip", "wheel", "--no-deps", "-w", folder / "built", sdist, env=env)
    return _only(folder / "built")


def repair(wheel, out, env, system=None):
    """The wheel with the OpenMP runtime inside, for the platform that is wanted or the oldest it can serve."""
    if system:
        env = {**env, "LD_LIBRARY_PATH": str(system.libraries)}
    command = [sys.executable, "-m", "auditwheel", "repair", "-w", str(out), str(wheel), "--plat"]
    wanted = f"manylinux_{GLIBC[0]}_{GLIBC[1]}_{platform.machine()}"
    # auditwheel takes the names of this machine's platforms alone
    if wanted.endswith(wheel.stem.rpartition("linux_")[2]) and not _succeeds(*command, wanted, env=env):
        print(f"note: built on this machine, the wheel cannot serve {wanted}", flush=True)
    if not out.exists() or not list(out.glob("*.whl")):
        run(*command, "auto", env=env)
    return _only(out)


def _succeeds(*command, env):
    return subprocess.run(command, env=env, check=False, capture_output=True).returncode == 0


def digest(path):
    """What two files have in common only if they are the same."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def size(path):
    """In MB of 10^6 bytes."""
    return os.path.getsize(path) / 1e6
