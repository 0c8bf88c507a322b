"""The processor by the name its makers' documents use, and what holds libraries to fewer of its instructions."""

import os
import platform
import re
from pathlib import Path

import numpy as np

# (vendor, family, models from, to) -> name
KNOWN = {
    ("AuthenticAMD", 23, 0x00, 0x2F): "Zen",
    ("AuthenticAMD", 23, 0x30, 0xFF): "Zen 2",
    ("AuthenticAMD", 25, 0x10, 0x1F): "Zen 4",
    ("AuthenticAMD", 25, 0x60, 0x7F): "Zen 4",
    ("AuthenticAMD", 25, 0xA0, 0xAF): "Zen 4",
    ("AuthenticAMD", 25, 0x00, 0xFF): "Zen 3",
    ("AuthenticAMD", 26, 0x00, 0xFF): "Zen 5",
    ("GenuineIntel", 6, 63, 63): "Haswell",
    ("GenuineIntel", 6, 79, 79): "Broadwell",
    ("GenuineIntel", 6, 85, 85): "Skylake-SP",  # and Cascade Lake, Cooper Lake: the same core
    ("GenuineIntel", 6, 106, 108): "Ice Lake-SP",
    ("GenuineIntel", 6, 143, 143): "Sapphire Rapids",
    ("GenuineIntel", 6, 207, 207): "Emerald Rapids",
    ("GenuineIntel", 6, 173, 174): "Granite Rapids",
    ("ARM", 8, 0xD0C, 0xD0C): "Neoverse N1",
    ("ARM", 8, 0xD40, 0xD40): "Neoverse V1",
    ("ARM", 8, 0xD49, 0xD49): "Neoverse N2",
    ("ARM", 8, 0xD4F, 0xD4F): "Neoverse V2",
}
VENDORS = {"AuthenticAMD": "AMD", "GenuineIntel": "Intel"}
# what holds the others to AVX2, read when they start
AVX2 = {
    "ATEN_CPU_CAPABILITY": "avx2",  # PyTorch
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",  # what PyTorch calls
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "NUMBA_CPU_NAME": "haswell",
    "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",  # JAX
}
UNHELD = {"avx2": {"onnxruntime", "openvino"}}  # no variable holds them back


def held(isa):
    """The environment that holds fastact and the others to an instruction set, from before a process starts."""
    others = {}
    if isa == "avx2":
        core = np._core if hasattr(np, "_core") else np.core  # before NumPy 2
        dispatched = core._multiarray_umath.__cpu_dispatch__
        wider = [name for name in dispatched if name.startswith(("AVX512", "X86_V4"))]
        others = AVX2 | {"NPY_DISABLE_CPU_FEATURES": " ".join(wider)}
    return {"FASTACT_ISA": isa} | others


def unheld():
    """The libraries that use instructions which fastact is kept from in this process."""
    return UNHELD.get(os.environ.get("FASTACT_ISA", ""), set())


def check_held():
    """Refuses a comparison of fastact on fewer instructions with others on all."""
    isa = os.environ.get("FASTACT_ISA", "")
    if isa in UNHELD and any(os.environ.get(name) != value for name, value in held(isa).items()):
        raise RuntimeError(f"FASTACT_ISA={isa} holds fastact alone: `python benchmarks/record.py --isa {isa}`")


def describe(cpuinfo, machine):
    """(short name for folders, name for people) of what /proc/cpuinfo says."""
    said = dict(re.findall(r"^([\w ]+?)\s*: (.*)$", cpuinfo, re.MULTILINE))
    if "vendor_id" in said:
        vendor, family, model = said["vendor_id"], int(said["cpu family"]), int(said["model"])
    elif "CPU implementer" in said:
        vendor, family, model = "ARM", int(said["CPU architecture"]), int(said["CPU part"], 16)
    else:
        return machine, machine
    names = (name for (*of, low, high), name in KNOWN.items() if of == [vendor, family] and low <= model <= high)
    name = next(names, None)
    maker = VENDORS.get(vendor, vendor)
    numbers = f"family {family}, model {model}"
    sold = said.get("model name", "")
    slug = name.lower().replace("zen ", "zen").replace(" ", "-") if name else f"{maker.lower()}-{family}-{model}"
    return slug, f"{maker} {name or 'processor'} ({', '.join(filter(None, (sold, numbers)))})"


def here():
    """describe() of this machine."""
    path = Path("/proc/cpuinfo")
    return describe(path.read_text() if path.exists() else "", platform.processor() or platform.machine())


def caches():
    """Sizes of the data caches, where the system tells them."""
    found = {}
    for cache in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = (cache.joinpath(name).read_text().strip() for name in ("level", "type", "size"))
        if kind != "Instruction":
            found[f"L{level}"] = size.replace("K", " KiB").replace("M", " MiB")
    return found
