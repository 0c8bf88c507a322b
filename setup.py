"""Builds the C library, its kernels once per instruction set, and the Cython modules that call it.

Everything declarative stands in pyproject.toml. Environment variables read here:

CC                        the compiler; on Windows clang-cl is one (untested)
FASTACT_OPENMP=0          build without OpenMP (the result runs serially)
FASTACT_REQUIRE_NATIVE=1  fail when the native modules cannot be built, instead of installing the NumPy fallback alone
FASTACT_SANITIZE=address,undefined  build with these sanitizers, for tests: CONTRIBUTING.md says how
"""

import hashlib
import os
import platform
import runpy
import shutil
import sys
import sysconfig
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CCompilerError, CompileError, ExecError, LinkError, PlatformError
from setuptools.modified import newer_group

SOURCES = Path("src")
LONGEST = ["avx2", "avx512", "neon", "portable"]  # by the time they take to compile
MSVC = sys.platform == "win32"
CLANG_CL = shutil.which("clang-cl") if MSVC and os.environ.get("CC") == "clang-cl" else None
SANITIZE = os.environ.get("FASTACT_SANITIZE")
SANITIZED = ["-O1", "-g1", f"-fsanitize={SANITIZE}", "-fno-sanitize-recover=all"] if SANITIZE else []
EXACT = ["-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
STRICT = ["-O3", "-g0", *EXACT]
if MSVC:
    STRICT = ["/O2", *(f"/clang:{flag}" for flag in EXACT)] if CLANG_CL else ["/O2", "/fp:strict"]
OPENMP = {"win32": ["/openmp"], "darwin": ["-Xpreprocessor", "-fopenmp"]}.get(sys.platform, ["-fopenmp"])
OPENMP_LINK = {"win32": [], "darwin": ["-lomp"]}.get(sys.platform, ["-fopenmp"])
# what a library exports may be replaced by another one, unless these say no: calls within it would take a detour
HIDDEN = [] if MSVC else ["-fvisibility=hidden", "-fno-semantic-interposition"]
# Copies into buffers of known size are checked. Not in the kernels: they know no buffer's size.
HARDENED = [] if MSVC or SANITIZE else ["-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"]
# All addresses are resolved when a file is loaded, then written no more; no code runs on the stack.
HARDENED_LINK = ["-Wl,-z,relro,-z,now,-z,noexecstack"] if sys.platform == "linux" else []
# The shared library's file, what modules link with, the options of its own link and of theirs: they find it in the
# package, {lib} from where they are. Linux's alone are tested.
LIBRARY, LINKED, OWN_LINK, MODULE_LINK = {
    "win32": ("fastact.dll", "fastact.lib", [], []),
    "darwin": (
        "libfastact.dylib",
        "libfastact.dylib",
        ["-lm", "-install_name", "@rpath/libfastact.dylib"],
        ["-Wl,-rpath,@loader_path/{lib}"],
    ),
}.get(
    sys.platform,
    (
        "libfastact.so",
        "libfastact.so",
        ["-lm", "-s", "-Wl,-soname,libfastact.so"],
        ["-s", "-Wl,--disable-new-dtags,-rpath,$ORIGIN/{lib}"],
    ),
)
# of the machine that is built for: a cross build's interpreter says so (_PYTHON_HOST_PLATFORM)
MACHINE = sysconfig.get_platform().rpartition("-")[2].lower()
if MACHINE == "universal2":
    MACHINE = platform.machine().lower()
X86 = MACHINE in ("x86_64", "amd64")
ARM = MACHINE in ("aarch64", "arm64")

# Worth 2 to 10 % where gcc interleaves the two vectors of a turn; other compilers may not know them.
SCHEDULE = ["-fschedule-insns", "-fsched-pressure"]
# Loops that move elements are a few instructions long: across two cache lines one of them takes twice as long (Zen 3),
# and where the linker puts it depends on everything else.
ALIGN = ["-falign-functions=64", "-falign-loops=32"]

# Instruction set -> the compiler flags of its units, src/kernels/isa_<isa>*.c. No other file may see these flags.
# The portable kernels run where there are no others: elsewhere they are the reference, and small. Tables to unwind
# their many small functions would be a sixth of them.
TARGETS = {"portable": [] if MSVC else ["-Os", "-fno-asynchronous-unwind-tables"] if X86 or ARM else ["-O2"]}
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
    """Builds the C library, a shared one beside the package's headers, and the extensions that are linked with it.

    Falls back to pure Python where that fails.
    """

    def run(self):
        super().run()
        if not (self.inplace or self.editable_mode):
            # beside their sources too: `python -m fastact`, run in a checkout, imports the package from there
            self.copy_extensions_to_source()

    def copy_extensions_to_source(self):
        super().copy_extensions_to_source()
        if self.extensions:
            folder = Path("fastact", "lib")
            folder.mkdir(exist_ok=True)
            self.copy_file(self.library(), str(folder))
            self.write_pkg_config(folder, "../include")

    def build_extensions(self):
        self.translate()
        if CLANG_CL:
            self.compiler.initialize()
            self.compiler.cc = CLANG_CL
        try:
            self.check_extensions_list(self.extensions)
            self.compile_all()
        except (CCompilerError, CompileError, LinkError, ExecError, PlatformError, OSError) as error:
            if os.environ.get("FASTACT_REQUIRE_NATIVE") == "1":
                raise
            print(f"fastact: the native modules were not built ({error}); installing the NumPy fallback alone")
            self.extensions = []

    def translate(self):
        """The modules' C, for builds alone: an sdist and the metadata need none."""
        made = cythonize(
            self.extensions,
            compiler_directives={"language_level": 3, "binding": True, "freethreading_compatible": True},
            nthreads=0 if MSVC or sys.platform == "darwin" else os.cpu_count(),
        )
        for extension, translated in zip(self.extensions, made, strict=True):
            extension.sources = translated.sources

    def library(self):
        """Where the shared library is made."""
        return str(Path(self.build_lib, "fastact", "lib", LIBRARY))

    def write_pkg_config(self, folder, include):
        """fastact.pc beside the library; include: the headers' folder as seen from the package's."""
        text = Path("include", "fastact.pc.in").read_text()
        Path(folder, "pkgconfig").mkdir(exist_ok=True)
        Path(folder, "pkgconfig", "fastact.pc").write_text(
            text.format(version=self.distribution.get_version(), include=include)
        )

    def get_outputs(self):
        library = Path(self.library())
        own = [str(library), str(library.parent / "pkgconfig" / "fastact.pc")] if self.extensions else []
        return [*super().get_outputs(), *own]

    def compile_all(self):
        """The C library and the extensions' objects side by side, what takes longest first; then they are linked."""
        self.compiler.force = True  # to link: objects of an earlier build may be older than what was linked since
        openmp = os.environ.get("FASTACT_OPENMP") != "0" and self.compiles(OPENMP, OPENMP_LINK)
        if not openmp:
            print("fastact: building without OpenMP: calls will run on one thread")
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            objects = [pool.submit(self.compile_object, *unit) for unit in self.units(openmp)]
            modules = [pool.submit(self.compile_module, module) for module in self.extensions]
            self.link(self.library(), [made.result() for made in objects], OWN_LINK + (OPENMP_LINK if openmp else []))
            self.write_pkg_config(Path(self.library()).parent, "include")
            library = str(Path(self.library()).parent / LINKED)
            for made, module in zip(modules, self.extensions, strict=True):
                lib = "../lib" if module.name.count(".") > 1 else "lib"
                options = [option.format(lib=lib) for option in MODULE_LINK]
                self.link(self.get_ext_fullpath(module.name), made.result(), [library, *options])

    def link(self, target, objects, options):
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        options = options + HARDENED_LINK + SANITIZED
        self.compiler.link_shared_object(objects, target, extra_postargs=options, build_temp=self.build_temp)

    def units(self, openmp):
        """Source, flags and macros of every unit of the C library."""
        schedule = SCHEDULE if not MSVC and self.compiles(["-Werror", *SCHEDULE]) else []
        targets = {isa: flags for isa, flags in TARGETS.items() if self.compiles(flags)}
        missing = set(TARGETS) - set(targets)
        if missing:
            print(f"fastact: this compiler lacks {', '.join(sorted(missing))}; building without")
        have = [(f"FA_HAVE_{isa.upper()}", "1") for isa in targets]
        align = ALIGN if not MSVC and self.compiles(["-Werror", *ALIGN]) else []
        kernels = [
            (source, targets[isa] + (schedule if isa != "portable" else []))
            for isa in LONGEST
            if isa in targets
            for source in sources(f"kernels/isa_{isa}*")
        ]
        others = align + HARDENED + (OPENMP if openmp else [])
        engine = [(source, others) for source in sources("kernels/dispatch.c", "engine/*.c", "functions/*.c")]
        return [(source, flags, have) for source, flags in kernels + engine]

    def compile_module(self, module):
        (source,) = module.sources
        return [self.compile(source, module.include_dirs, module.define_macros, module.extra_compile_args)]

    def compile_object(self, source, flags, macros):
        return self.compile(str(source), ["include", "src"], macros, STRICT + HIDDEN + flags + SANITIZED)

    def compile(self, source, folders, macros, flags):
        """The object of a source: the one of an earlier build where nothing that goes into it has changed."""
        included = SOURCES if SOURCES in Path(source).parents else SOURCES / "engine"
        read = [source, *(str(path) for folder in (Path("include"), included) for path in folder.rglob("*.[hi]*"))]
        compiler = getattr(self.compiler, "compiler_so", [])
        how = repr((compiler, macros, flags, numpy.__version__, sys.version)).encode()
        folder = Path(self.build_temp, hashlib.sha256(how).hexdigest()[:8])
        (made,) = self.compiler.object_filenames([source], output_dir=str(folder))
        if self.force or newer_group(read, made):
            self.compiler.compile([source], str(folder), macros, folders, extra_postargs=flags)
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


def module(path):
    return Extension(
        ".".join(path.with_suffix("").parts),
        [str(path)],
        include_dirs=["include", "src", numpy.get_include()],
        define_macros=[
            ("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION"),
            ("NPY_TARGET_VERSION", "NPY_1_22_API_VERSION"),  # the first with memory handlers
        ],
        extra_compile_args=[] if MSVC else ["-O2", "-g0", *HIDDEN, *HARDENED, *SANITIZED],
    )


# what is read from the rows of operations: stubs, and the functions for Cython
for tool in ("stubs", "cython_api", "cython_views"):
    runpy.run_path(f"tools/{tool}.py")["write"]()

setup(
    ext_modules=[module(path) for path in sorted([*Path("fastact").glob("*.pyx"), *Path("fastact").glob("_*/*.pyx")])],
    cmdclass={"build_ext": BuildNative},
)
