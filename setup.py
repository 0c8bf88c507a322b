"""Builds the kernels once per instruction set, then the Cython modules that call them.

Everything declarative stands in pyproject.toml. Environment variables read here:

FASTACT_OPENMP=0          build without OpenMP (the result runs serially)
FASTACT_REQUIRE_NATIVE=1  fail when the native modules cannot be built, instead of installing the NumPy fallback alone
"""

import os
import platform
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CCompilerError, CompileError, ExecError, LinkError, PlatformError

SOURCES = Path("src")
HOLDER = "fastact._arrays.kernels"  # the extension that holds the C library; the others ask it
LONGEST = ["avx2", "avx512", "neon", "portable"]  # by the time they take to compile
MSVC = sys.platform == "win32"
STRICT = ["/O2", "/fp:strict"] if MSVC else ["-O3", "-g0", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
OPENMP = {"win32": ["/openmp"], "darwin": ["-Xpreprocessor", "-fopenmp"]}.get(sys.platform, ["-fopenmp"])
OPENMP_LINK = {"win32": [], "darwin": ["-lomp"]}.get(sys.platform, ["-fopenmp"])
X86 = platform.machine().lower() in ("x86_64", "amd64")
ARM = platform.machine().lower() in ("aarch64", "arm64")

# Worth 2 to 10 % where gcc interleaves the two vectors of a turn; other compilers may not know them.
SCHEDULE = ["-fschedule-insns", "-fsched-pressure"]
# Loops that move elements are a few instructions long: across two cache lines one of them takes twice as long (Zen 3),
# and where the linker puts it depends on everything else.
ALIGN = ["-falign-functions=64", "-falign-loops=32"]

# Instruction set -> the compiler flags of its units, src/kernels/isa_<isa>*.c. No other file may see these flags.
# The portable kernels run where there are no others: elsewhere they are the reference, and small.
TARGETS = {"portable": [] if MSVC else ["-Os" if X86 or ARM else "-O2"]}
if X86:
    TARGETS["avx2"] = ["/arch:AVX2"] if MSVC else ["-mavx2", "-mfma", "-mf16c", "-mbmi2"]
    TARGETS["avx512"] = (
        ["/arch:AVX512"]
        if MSVC
        else ["-mavx512f", "-mavx512dq", "-mavx512bw", "-mavx512vl", "-mfma", "-mf16c", "-mbmi2"]
    )
if ARM:
    TARGETS["neon"] = []


def sources(*patterns):
    """The files under src/ of these names, rows before elementwise: they take longer to compile."""
    return [path for pattern in patterns for path in sorted(SOURCES.glob(pattern), reverse=True)]


class BuildNative(build_ext):
    """Compiles the C library beside the extensions and falls back to pure Python where that fails."""

    def run(self):
        super().run()
        if not (self.inplace or self.editable_mode):
            # beside their sources too: `python -m fastact`, run in a checkout, imports the package from there
            self.copy_extensions_to_source()

    def build_extensions(self):
        try:
            self.check_extensions_list(self.extensions)
            self.compile_all()
        except (CCompilerError, CompileError, LinkError, ExecError, PlatformError, OSError) as error:
            if os.environ.get("FASTACT_REQUIRE_NATIVE") == "1":
                raise
            print(f"fastact: the native modules were not built ({error}); installing the NumPy fallback alone")
            self.extensions = []

    def compile_all(self):
        """The C library beside the extensions, what takes longest first; then the extension that holds the library."""
        (holder,) = (extension for extension in self.extensions if extension.name == HOLDER)
        openmp = os.environ.get("FASTACT_OPENMP") != "0" and self.compiles(OPENMP, OPENMP_LINK)
        if not openmp:
            print("fastact: building without OpenMP: calls will run on one thread")
        units = self.units(openmp)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            objects = [pool.submit(self.compile_object, *unit) for unit in units]
            others = [pool.submit(self.build_extension, other) for other in self.extensions if other is not holder]
            holder.extra_objects += [made.result() for made in objects]
            for other in others:
                other.result()
        holder.extra_link_args += OPENMP_LINK if openmp else []
        self.build_extension(holder)

    def units(self, openmp):
        """Source, flags and macros of every unit of the C library."""
        schedule = SCHEDULE if not MSVC and self.compiles(["-Werror", *SCHEDULE]) else []
        targets = {isa: flags + schedule for isa, flags in TARGETS.items() if self.compiles(flags)}
        missing = set(TARGETS) - set(targets)
        if missing:
            print(f"fastact: this compiler lacks {', '.join(sorted(missing))}; building without")
        have = [(f"FA_HAVE_{isa.upper()}", "1") for isa in targets]
        align = ALIGN if not MSVC and self.compiles(["-Werror", *ALIGN]) else []
        kernels = [
            (source, targets[isa]) for isa in LONGEST if isa in targets for source in sources(f"kernels/isa_{isa}*")
        ]
        plain = [(source, align) for source in sources("kernels/dispatch.c", "engine/map.c", "engine/strided.c")]
        threads = [(source, OPENMP if openmp else []) for source in sources("engine/parallel.c", "engine/threads.c")]
        plain += [(source, []) for source in sources("engine/quota.c")]
        return [(source, flags, have) for source, flags in kernels + plain + threads]

    def compile_object(self, source, flags, macros):
        (made,) = self.compiler.compile(
            [str(source)],
            output_dir=self.build_temp,
            include_dirs=["include", "src"],
            macros=macros,
            extra_postargs=STRICT + flags,
            depends=[str(path) for folder in (Path("include"), SOURCES) for path in folder.rglob("*.*")],
        )
        return made

    def compiles(self, flags, link_flags=None):
        """Whether the compiler takes these flags, and links with those where given."""
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "probe.c")
            source.write_text("int main(void) { return 0; }\n")
            try:
                made = self.compiler.compile([str(source)], output_dir=folder, extra_postargs=STRICT + flags)
                if link_flags is not None:
                    self.compiler.link_executable(made, str(Path(folder, "probe")), extra_postargs=link_flags)
            except (CompileError, LinkError):
                return False
        return True


def module(name, *engine):
    return Extension(
        f"fastact.{name}",
        [f"fastact/{name.replace('.', '/')}.pyx", *(str(SOURCES / "engine" / source) for source in engine)],
        include_dirs=["include", "src", numpy.get_include()],
        define_macros=[
            ("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION"),
            ("NPY_TARGET_VERSION", "NPY_1_22_API_VERSION"),  # the first with memory handlers
        ],
        extra_compile_args=[] if MSVC else ["-O2", "-g0", "-fvisibility=hidden"],
    )


ARRAYS = ("kernels", "call", "plan", "run", "convert", "row_options", "sums", "losses_plan", "losses_run")
FUNCTIONS = (
    "elementwise",
    "gated",
    "hinted",
    "rows",
    "rows_gradients",
    "prelu",
    "cross_entropy",
    "binary_cross_entropy",
)

setup(
    ext_modules=cythonize(
        [
            module("_arrays.memory", "pool.c"),
            module("_arrays.layout", "layout.c"),
            *(module(f"_arrays.{name}") for name in ARRAYS),
            *(module(f"_functions.{name}") for name in FUNCTIONS),
        ],
        compiler_directives={"language_level": 3, "binding": True, "freethreading_compatible": True},
        nthreads=0 if MSVC or sys.platform == "darwin" else os.cpu_count(),
    ),
    cmdclass={"build_ext": BuildNative},
)
