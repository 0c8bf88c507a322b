"""The C library and the OpenMP runtime of an older Debian: what links with them runs on that and all later systems.

A wheel links with the C library it was built with and needs its version or a newer one. Where this machine's is newer
than the wheel's platform allows, Debian's packages of the last one that serves are taken apart into a folder, which
the compiler is told to use (--sysroot). Nothing is installed.
"""

import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from shell import environment, needs, run

GLIBC = (2, 28)  # of the platform tag manylinux_2_28
# its glibc is 2.31, but what fastact and libgomp take of it is older; since 2.34 threads have newer symbols
SUITE = "bullseye"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PACKAGES = ["libc6", "libc6-dev", "libgomp1", "linux-libc-dev"]
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass
class System:
    """A folder with a C library, and what to build with it."""

    folder: Path
    machine: str
    versions: dict  # of its packages
    suite: str = SUITE

    @property
    def architecture(self):
        """Debian's word for its machine."""
        return ARCHITECTURES[self.machine]

    @property
    def libraries(self):
        """The folder of its shared libraries."""
        return self.folder / "usr" / "lib" / f"{self.machine}-linux-gnu"

    def compile_with(self, compiler):
        """The variables of a build."""
        return {"CC": f"{compiler} --sysroot={self.folder}", "LDFLAGS": f"-L{self.libraries}"}


def mirror():
    """The address that this machine takes Debian's packages from."""
    fields = ["Created-By: Packages", "Origin: Debian", "Label: Debian", "Component: main"]
    found = run("apt-get", "indextargets", "--format", "$(REPO_URI)", *fields).split()
    return found[0] if found else sys.exit("this machine's apt-get does not know Debian's packages: apt-get update")


def is_needed():
    """Whether this machine's C library is too new for the wheel's platform."""
    kind, version = platform.libc_ver()
    return kind == "glibc" and tuple(map(int, version.split(".")[:2])) > GLIBC


def fetch(folder, machine):
    """The system, from Debian's packages."""
    needs("apt-get", "dpkg-deb")
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "cache" / "archives" / "partial").mkdir(parents=True)
    sources = folder / "sources.list"
    sources.write_text(f"deb [signed-by={KEYRING}] {mirror()} {SUITE} main\n")
    options = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Architecture": ARCHITECTURES[machine],
        "APT::Architectures": ARCHITECTURES[machine],
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-q", *(part for name, value in options.items() for part in ("-o", f"{name}={value}"))]
    run(*apt, "update", env=environment())
    run(*apt, "download", *(f"{name}/{SUITE}" for name in PACKAGES), cwd=folder)
    packages = sorted(folder.glob("*.deb"))
    system = System(folder / "root", machine, dict(package.name.split("_")[:2] for package in packages))
    for package in packages:
        run("dpkg-deb", "-x", package, system.folder)
    for link in system.folder.rglob("*"):
        if link.is_symlink() and (target := link.readlink()).is_absolute():  # of a whole system, not of a folder
            link.unlink()
            link.symlink_to(system.folder / target.relative_to("/"))
    # found before the compiler's own, which is as new as the compiler
    (system.libraries / "libgomp.so").symlink_to("libgomp.so.1")
    shutil.rmtree(folder / "lists")
    return system
