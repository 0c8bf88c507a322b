"""The list of a wheel's parts (SBOM, CycloneDX), in its metadata where PEP 770 wants it.

auditwheel lists libraries that an installed package of the system brought. This list has what auditwheel cannot know:
the OpenMP runtime of old_libc.py, and whose code a build puts into the modules.
"""

import json
import zipfile

from packaging.requirements import Requirement
from wheel import PINNED

TERMS = {
    "cython": "Apache-2.0",
    "fastact": "BSD-3-Clause",
    "libgomp1": "GPL-3.0-or-later WITH GCC-exception-3.1",
    "numpy": "BSD-3-Clause",
}


def _component(name, version, address):
    return {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "purl": address,
        "licenses": [{"expression": TERMS[name]}],
    }


def _from_pypi(name, version):
    return _component(name, version, f"pkg:pypi/{name}@{version}")


def _translated_by(python):
    """Cython, which writes the modules' C, and NumPy, whose headers they include: as pinned for this Python."""
    for line in PINNED.read_text().splitlines():
        if line.partition("=")[0] in ("cython", "numpy"):
            requirement = Requirement(line)
            if not requirement.marker or requirement.marker.evaluate({"python_version": python}):
                yield _from_pypi(requirement.name, next(iter(requirement.specifier)).version)


def add(wheel, python, system):
    """Writes the list into a wheel for this version of Python; `system` is where its OpenMP runtime comes from."""
    name, version = wheel.name.split("-")[:2]
    own = _from_pypi(name, version)
    parts = list(_translated_by(python))
    if system:
        runtime = system.versions["libgomp1"]
        address = f"pkg:deb/debian/libgomp1@{runtime}?arch={system.architecture}&distro={system.suite}"
        parts.append(_component("libgomp1", runtime, address))
    text = json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": own},
            "components": parts,
            "dependencies": [{"ref": own["bom-ref"], "dependsOn": [part["bom-ref"] for part in parts]}],
        },
        indent=1,
    )
    with zipfile.ZipFile(wheel, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(f"{name}-{version}.dist-info/sboms/fastact.cdx.json"), text)
