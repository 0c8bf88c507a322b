"""What a repaired wheel holds: binaries that are hardened and know no folder of this machine, and a list of parts."""

import io
import json
import sys
import zipfile
from pathlib import Path

from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile

EXECUTABLE = 1  # of a segment's flags


def _dynamic(elf):
    """{tag: values} of what the loader reads."""
    found = {}
    for section in elf.iter_sections():
        if isinstance(section, DynamicSection):
            for tag in section.iter_tags():
                found.setdefault(tag.entry.d_tag, []).append(tag)
    return found


def _problems_of_file(name, data):
    elf = ELFFile(io.BytesIO(data))
    segments = {segment["p_type"]: segment for segment in elf.iter_segments()}
    tags = _dynamic(elf)
    undefined = {
        symbol.name for symbol in elf.get_section_by_name(".dynsym").iter_symbols() if symbol["st_shndx"] == "SHN_UNDEF"
    }
    paths = [*(tag.rpath for tag in tags.get("DT_RPATH", ())), *(tag.runpath for tag in tags.get("DT_RUNPATH", ()))]
    ours = ".libs/" not in name
    if "PT_GNU_STACK" not in segments or segments["PT_GNU_STACK"]["p_flags"] & EXECUTABLE:
        yield "its stack may be executed"
    if "PT_GNU_RELRO" not in segments:
        yield "no part of it is read-only after loading (relro)"
    if ours and not any(tag.entry.d_val & 1 for tag in tags.get("DT_FLAGS_1", ())):
        yield "addresses are resolved late (no BIND_NOW)"
    if "DT_TEXTREL" in tags:
        yield "its code is written to while it is loaded"
    if any(part and not part.startswith("$ORIGIN") for path in paths for part in path.split(":")):
        yield f"it looks for libraries in {paths}"
    if elf.get_section_by_name(".symtab"):
        yield "it is not stripped"
    if name.endswith("/libfastact.so") and not any(symbol.endswith("_chk") for symbol in undefined):
        yield "no copy is checked (fortify)"


def _problems_of_list(wheel, libraries):
    """An SBOM stands beside the metadata and names the libraries that the wheel brings."""
    lists = [name for name in wheel.namelist() if ".dist-info/sboms/" in name and name.endswith(".json")]
    if not lists:
        return ["no SBOM in its metadata"]
    text = "".join(json.dumps(json.loads(wheel.read(name))) for name in lists)
    return [f"its SBOM does not name {name}" for name in ("fastact", *libraries) if name not in text]


def problems(path, work):
    """A line for each thing that should not be so in a repaired wheel."""
    private = [
        str(folder).encode() for folder in (Path.home(), Path(work), Path(sys.base_prefix)) if len(folder.parts) > 1
    ]
    with zipfile.ZipFile(path) as wheel:
        files = {name: wheel.read(name) for name in wheel.namelist()}
        libraries = [name.rpartition("/")[2].partition("-")[0] for name in files if ".libs/" in name]
        found = _problems_of_list(wheel, libraries)
    for name, data in files.items():
        if data[:4] == b"\x7fELF":
            found += [f"{name}: {text}" for text in _problems_of_file(name, data)]
        found += [f"{name}: names {folder.decode()}" for folder in private if folder + b"/" in data]
    return found
