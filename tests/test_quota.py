"""The CPU quota of a container: control groups of both versions, as files and, where this machine lets it, for real."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from registry import NATIVE

import fastact

pytestmark = [
    pytest.mark.skipif(not NATIVE, reason="NumPy runs on one thread"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="control groups are Linux's"),
]


def quota(tmp_path, groups, files):
    """What the library reads there: the lines of /proc/self/cgroup, the files under /sys/fs/cgroup."""
    from fastact._arrays import kernels

    proc = tmp_path / "proc" / "self"
    proc.mkdir(parents=True)
    (proc / "cgroup").write_text("".join(line + "\n" for line in groups))
    for name, text in files.items():
        path = tmp_path / "sys" / "fs" / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return kernels.quota(str(tmp_path))


V1 = ["11:memory:/m", "4:cpu,cpuacct:/docker/abc", "1:name=systemd:/x"]


@pytest.mark.parametrize(
    ("groups", "files", "want"),
    [
        (["0::/"], {"cpu.max": "200000 100000"}, 2),
        (["0::/"], {"cpu.max": "max 100000"}, 0),
        (["0::/"], {}, 0),
        (["0::/"], {"cpu.max": ""}, 0),
        (["0::/"], {"cpu.max": "nonsense"}, 0),
        (["0::/"], {"cpu.max": "100000 0"}, 0),
        (["0::/a/b"], {"a/b/cpu.max": "150000 100000"}, 1.5),
        (["0::/a/b"], {"a/b/cpu.max": "max 100000", "a/cpu.max": "50000 100000"}, 0.5),
        (["0::/a/b"], {"a/b/cpu.max": "300000 100000", "a/cpu.max": "200000 100000", "cpu.max": "max 100000"}, 2),
        # a container that sees the host's path, and its own group at the mount
        (["0::/system.slice/docker-1.scope"], {"cpu.max": "400000 100000"}, 4),
        (
            V1,
            {"cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "250000", "cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000"},
            2.5,
        ),
        (V1, {"cpu/docker/abc/cpu.cfs_quota_us": "-1", "cpu/docker/abc/cpu.cfs_period_us": "100000"}, 0),
        (V1, {"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "50000"}, 2),
        (["3:cpuacct:/", "2:cpu:/"], {"cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"}, 3),
        (["3:cpuset,cpuacct:/"], {"cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"}, 0),
        # both versions at once: the smaller counts
        (
            [*V1, "0::/"],
            {"cpu/cpu.cfs_quota_us": "400000", "cpu/cpu.cfs_period_us": "100000", "cpu.max": "100000 100000"},
            1,
        ),
        ([], {"cpu.max": "200000 100000"}, 0),
        (["", ":", "0:", "no colon at all"], {"cpu.max": "200000 100000"}, 0),
        (["0::/" + "a" * 5000], {"cpu.max": "200000 100000"}, 0),
    ],
)
def test_files(tmp_path, groups, files, want):
    assert quota(tmp_path, groups, files) == want


def test_no_proc(tmp_path):
    from fastact._arrays import kernels

    assert kernels.quota(str(tmp_path)) == 0


def test_whole_cpus():
    from fastact._arrays import kernels

    cases = {0.05: 1, 1: 1, 1.9: 1, 2: 2, 3.99: 3, 64: 64, 1e9: 1024}
    assert {cpus: kernels.quota_threads(cpus) for cpus in cases} == cases


GROUPS = [Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")]


@pytest.fixture
def group():
    """A group of this machine's own with a quota of one CPU, and the files that name its processes and its quota."""
    for mount in GROUPS:
        folder = mount / f"fastact-{os.getpid()}"
        try:
            folder.mkdir()
        except OSError:
            continue
        try:
            if (folder / "cpu.max").exists():
                (folder / "cpu.max").write_text("100000 100000")
            else:
                (folder / "cpu.cfs_period_us").write_text("100000")
                (folder / "cpu.cfs_quota_us").write_text("100000")
            yield folder
            return
        except OSError:
            pass
        finally:
            folder.rmdir()
    pytest.skip("this machine lets nobody set a quota here")


SHOW = "import fastact; print(fastact.get_num_threads())"


def threads(folder=None, **environment):
    """The default of a process in that group."""
    chosen = {key: value for key, value in os.environ.items() if "NUM_THREADS" not in key}
    chosen |= {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), **environment}
    enter = "" if folder is None else f"open({str(folder / 'cgroup.procs')!r}, 'w').write('0'); "
    done = subprocess.run([sys.executable, "-c", enter + SHOW], env=chosen, check=True, capture_output=True, text=True)
    return int(done.stdout)


def test_a_real_quota(group):
    assert threads(group) == 1
    assert threads(group, FASTACT_NUM_THREADS="2") == 2  # who asks for a number gets it
    assert threads(group, OMP_NUM_THREADS="2") == 2
    assert threads() == fastact.get_num_threads() or os.environ.get("FASTACT_NUM_THREADS")
