"""The aarch64 wheel: built by a cross compiler, tried in a Debian of that architecture, which QEMU runs.

The system is made by debootstrap, once, in a folder of its own; Linux starts its programs in the emulator.
Needs root. Emulated programs take 10 to 50 times as long, on one core: no CI does this.
"""

import platform
import re
import shutil
import sys
from pathlib import Path

import old_libc
import sbom
import source
import wheel as wheels
from pythons import interpreters
from shell import needs, run, venv

MACHINE = "aarch64"
TRIPLE = f"{MACHINE}-linux-gnu"
COMPILER = f"{TRIPLE}-gcc"
BINFMT = Path("/proc/sys/fs/binfmt_misc")
RULE = Path("/usr/lib/binfmt.d/qemu-aarch64.conf")  # of Debian's qemu-user-static
TESTS = ["pytest", "hypothesis", "ml_dtypes", "mpmath"]


def system(folder):
    """Makes the emulated system where it is not there yet."""
    needs("debootstrap", "qemu-aarch64-static", COMPILER)
    if not (BINFMT / "register").exists():
        run("mount", "-t", "binfmt_misc", "binfmt_misc", BINFMT)
    if not (BINFMT / "qemu-aarch64").exists():
        (BINFMT / "register").write_text(RULE.read_text())
    if not (folder / "usr" / "bin" / "python3").exists():
        suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
        options = ["--arch=arm64", "--variant=minbase", "--include=python3-dev,python3-venv"]
        run("debootstrap", *options, suite, folder, old_libc.mirror())


def _cross_environment(folder, version, work, libc, time):
    """The variables of a build by this machine's Python that takes itself for the emulated system's."""
    headers = folder / "usr" / "include"
    include = work / "include" / TRIPLE
    include.mkdir(parents=True)
    # not the folder itself: it has a newer C library's headers too
    (include / f"python{version}").symlink_to(headers / TRIPLE / f"python{version}")
    configuration = f"_sysconfigdata__{TRIPLE}"
    (work / "configuration").mkdir()
    shutil.copy(folder / "usr" / "lib" / f"python{version}" / f"{configuration}.py", work / "configuration")
    env = wheels.build_environment(time, libc, COMPILER)
    return env | {
        "CFLAGS": f"-I{headers / f'python{version}'} -I{work / 'include'}",
        "PYTHONPATH": str(work / "configuration"),
        "_PYTHON_HOST_PLATFORM": f"linux-{MACHINE}",
        "_PYTHON_SYSCONFIGDATA_NAME": configuration,
    }


def build(folder, sdist, work):
    """The repaired wheel for the emulated system's Python."""
    version = re.search(r"python(3\.\d+)$", str((folder / "usr" / "bin" / "python3").readlink()))[1]
    python = interpreters([version]).get(version) or sys.exit(f"not found: python{version}, as the emulated system has")
    libc = old_libc.fetch(work / "libc", MACHINE)
    builder = venv(python, work / "builder")
    run(builder, "-m", "pip", "install", "-q", "-c", wheels.PINNED, "setuptools", "cython", "numpy")
    env = _cross_environment(folder, version, work, libc, source.commit_time())
    run(builder, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", work / "built", sdist, env=env)
    (made,) = (work / "built").glob("*.whl")
    sbom.add(made, version, libc)
    return wheels.repair(made, work / "repaired", env, libc)


def _emulated(folder, *command):
    """What a program of the emulated system prints."""
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
    return run("nice", "-n", "19", "chroot", folder, *command, env=env)


def _install(folder, wheel, version):
    """Puts the wheel and what tests need into the emulated system."""
    platforms = [f"--platform=manylinux{suffix}_{MACHINE}" for suffix in ("2014", "_2_27", "_2_28")]
    only = ["--only-binary=:all:", f"--python-version={version}", *platforms]
    run(sys.executable, "-m", "pip", "download", "-q", *only, "-d", folder / "try" / "wheels", wheel, *TESTS)
    _emulated(folder, "python3", "-m", "venv", "/try/venv")
    _emulated(folder, "/try/venv/bin/pip", "install", "--no-index", "--find-links=/try/wheels", "fastact", *TESTS)


def attempt(folder, wheel, sdist, tests):
    """The last lines of the tests that could differ between instruction sets, on NEON."""
    (version,) = re.findall(r"-cp3(\d+)-", wheel.name)
    stamp = folder / "try" / "digest"
    if not stamp.exists() or stamp.read_text() != wheels.digest(wheel):
        shutil.rmtree(folder / "try", ignore_errors=True)
        _install(folder, wheel, f"3.{version}")
        source.unpack(sdist, folder / "try" / "sdist")
        stamp.write_text(wheels.digest(wheel))
    unpacked = f"/try/sdist/{sdist.name.removesuffix('.tar.gz')}"
    said = _emulated(folder, "/try/venv/bin/python", "-c", "import fastact; fastact.show_config()")
    command = [
        "/try/venv/bin/python",
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-m",
        "each_isa and not exhaustive",
    ]
    command += ["-c", f"{unpacked}/pyproject.toml", *(f"{unpacked}/tests/{name}" for name in tests or [""])]
    return said + "\n".join(_emulated(folder, *command).splitlines()[-3:])
