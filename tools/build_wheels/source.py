"""The sdist: made from a clean clone, of all that git holds, the same bytes whenever it is made."""

import gzip
import io
import re
import sys
import tarfile

from shell import ROOT, run

ADDED = re.compile(r"PKG-INFO|setup\.cfg|fastact\.egg-info/.*")  # by setuptools


def commit_time():
    """Seconds since 1970 of the commit that is checked out: the time of all files in what is built."""
    return int(run("git", "-C", ROOT, "log", "-1", "--format=%ct"))


def _settle(path, time):
    """Rewrites an archive: files in order of their names, without owner, of one time."""
    with tarfile.open(path) as old:
        files = sorted(
            ((entry, old.extractfile(entry).read()) for entry in old if entry.isfile()), key=lambda f: f[0].name
        )
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new:
        for old, data in files:
            entry = tarfile.TarInfo(old.name)
            entry.size, entry.mtime, entry.mode = old.size, time, 0o755 if old.mode & 0o100 else 0o644
            new.addfile(entry, io.BytesIO(data))
    with path.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=time) as out:
        out.write(packed.getvalue())


def _names(path):
    with tarfile.open(path) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def sdist(work, out, env):
    """Path of the sdist of what is committed."""
    if run("git", "-C", ROOT, "status", "--porcelain", "--untracked-files=no"):
        print("note: what is changed here and not committed is not built", flush=True)
    run("git", "clone", "--quiet", ROOT, work / "clone")
    run(sys.executable, "-m", "build", "--sdist", "--outdir", out, work / "clone", env=env)
    (made,) = out.glob("fastact-*.tar.gz")
    _settle(made, int(env["SOURCE_DATE_EPOCH"]))
    listed = set(run("git", "-C", work / "clone", "ls-files", "-z").split("\0")) - {""}
    packed = {name for name in _names(made) if not ADDED.fullmatch(name)}
    if listed != packed:
        sys.exit(
            f"MANIFEST.in: the sdist lacks {sorted(listed - packed)} and should not hold {sorted(packed - listed)}"
        )
    return made


def unpack(sdist, folder):
    """The folder of the unpacked sdist."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (made,) = folder.iterdir()
    return made
