"""Builds the sdist and the wheels of what is committed, and tries them where nothing of the checkout is in reach.

    python -m pip install -c tools/build_wheels/pinned.txt ".[release]"
    python tools/build_wheels

The sdist comes from a clean clone; each wheel from the sdist, with the build requirements alone. It is repaired,
looked into, installed where there is no compiler, and tested by the sdist's tests, on the oldest and the newest NumPy
that this Python has. Each wheel is built twice, and both have to be the same bytes. What was built is left in dist/.
"""

import argparse
import platform
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import arm
import binaries
import old_cpus
import old_libc
import sbom
import source
import wheel as wheels
from pythons import SUPPORTED, interpreters, numpy_requirement
from shell import ROOT
from trial import Installed

ROW = "{:8}{:8}{:8}{:>9}{:>8}{:>8}{:>9}{:>9}"


def say(text):
    print(text, flush=True)


def arguments():
    parser = argparse.ArgumentParser(prog="python tools/build_wheels", description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder of the results (dist)")
    parser.add_argument("--only", choices=["sdist", "build", "try"], help="one step; try takes what the folder holds")
    parser.add_argument("--python", action="append", metavar="3.N", help="this version alone; may be given again")
    parser.add_argument("--numpy", choices=["oldest", "newest"], action="append", help="this one alone")
    parser.add_argument("--once", action="store_true", help="do not build each wheel a second time")
    parser.add_argument("--old-cpus", action="store_true", help="try a wheel on older processors too, in QEMU")
    parser.add_argument(
        "--aarch64", type=Path, metavar="FOLDER", help="the aarch64 wheel, tried on an emulated system there"
    )
    parser.add_argument("--megabytes", type=float, default=4.9, help="the largest size of a wheel")
    parser.add_argument("tests", nargs="*", help="files of tests/; without them all")
    return parser.parse_args()


def make(version, python, sdist, work, system, env):
    """The repaired wheel of one Python."""
    made = wheels.build(python, sdist, work, env)
    sbom.add(made, version, system)
    return wheels.repair(made, work / "repaired", env, system)


def checked(version, python, sdist, given, work, system, env):
    """The wheel, if a second build agrees."""
    made = make(version, python, sdist, work / version, system, env)
    if not given.once:
        again = make(version, python, sdist, work / f"{version}-again", system, env)
        if wheels.digest(made) != wheels.digest(again):
            sys.exit(f"two builds differ: {made} and {again}")
        say(f"Python {version}: two builds are the same bytes, SHA-256 {wheels.digest(made)}")
    return accept(made, given, work)


def accept(made, given, work):
    """The wheel, moved to where results are kept, if nothing in it is wrong."""
    found = binaries.problems(made, work)
    if wheels.size(made) > given.megabytes:
        found.append(f"it has {wheels.size(made):.2f} MB, more than {given.megabytes}")
    if found:
        sys.exit("\n".join([f"{made.name}:", *found]))
    return made.rename(given.out / made.name)


def older_system(work):
    """What wheels are linked with; None where it cannot be had, and this machine's own has to do."""
    try:
        return old_libc.fetch(work / "system", platform.machine())
    except SystemExit as failure:
        say(f"note: no older C library to link with:\n{failure}")
        return None


def build(given, work, pythons):
    """The sdist and the wheels, in the folder of the results."""
    time = source.commit_time()
    sdist = source.sdist(work, work, wheels.build_environment(time))
    sdist = sdist.rename(given.out / sdist.name)
    say(f"{sdist.name}: {wheels.size(sdist):.2f} MB, all that git holds, SHA-256 {wheels.digest(sdist)}")
    if given.only == "sdist":
        return
    system = older_system(work) if old_libc.is_needed() else None
    for version, python in pythons.items():
        start = perf_counter()
        made = checked(version, python, sdist, given, work, system, wheels.build_environment(time, system))
        say(f"{made.name}: {wheels.size(made):.2f} MB, {perf_counter() - start:.0f} s")


def build_for_arm(given, work):
    """The aarch64 wheel of this sdist, in the folder of the results."""
    arm.system(given.aarch64)
    sdist = source.sdist(work, work, wheels.build_environment(source.commit_time()))
    sdist = sdist.rename(given.out / sdist.name)
    made = arm.build(given.aarch64, sdist, work)
    made = accept(made, given, work)
    say(f"{made.name}: {wheels.size(made):.2f} MB")


def built(folder, pattern):
    """The one file of a folder that has such a name."""
    found = list(folder.glob(pattern))
    if len(found) != 1:
        sys.exit(f"{folder} holds {len(found)} files named {pattern}; one is tried")
    return found[0]


def attempt(given, work, pythons):
    """A table with a line for each Python and NumPy, and whether a test failed."""
    broken = False
    unpacked = source.unpack(built(given.out, "fastact-*.tar.gz"), work / "sdist")
    table = [ROW.format("Python", "NumPy", "chosen", "size", "passed", "failed", "install", "seconds")]
    for version, python in pythons.items():
        made = built(given.out, f"fastact-*-cp{version.replace('.', '')}-*_{platform.machine()}.whl")
        for which in given.numpy or ["oldest", "newest"]:
            start = perf_counter()
            installed = Installed(python, made, numpy_requirement(version, which), work / f"{version}-{which}")
            passed, failed = installed.test(unpacked, given.tests)
            broken |= failed > 0 or not passed
            seconds = f"{installed.seconds:.1f} s", f"{perf_counter() - start:.0f} s"
            cells = version, installed.numpy, installed.isa, f"{wheels.size(made):.2f} MB", passed, failed, *seconds
            table.append(ROW.format(*cells))
            say(table[-1])
    if given.old_cpus:
        for line in old_cpus.check(installed):
            say(line)
    return table, broken


def main():
    given = arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    if given.aarch64:
        with tempfile.TemporaryDirectory() as folder:
            if given.only != "try":
                build_for_arm(given, Path(folder))
            if given.only in (None, "try"):
                wheel, sdist = built(given.out, f"fastact-*_{arm.MACHINE}.whl"), built(given.out, "fastact-*.tar.gz")
                say(arm.attempt(given.aarch64, wheel, sdist, given.tests))
        return
    pythons = interpreters(given.python)
    if not pythons:
        sys.exit(f"no Python was found of {', '.join(given.python or SUPPORTED)}")
    with tempfile.TemporaryDirectory() as folder:
        if given.only != "try":
            build(given, Path(folder), pythons)
        if given.only in (None, "try"):
            table, broken = attempt(given, Path(folder), pythons)
            say("\n" + "\n".join(table))
            if broken:
                sys.exit("the sdist's tests failed against a wheel")


if __name__ == "__main__":
    main()
