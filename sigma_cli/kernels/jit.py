"""Compiled code that is never stale: the one door through which numba comes in.

numba's cache notices a change in a function's own file, not in the functions that it calls, so an
edited callee would keep running its old code in every new process. Here the cache lives in a
folder named after everything the machine code depends on: all sources of `kernels` and `domain`,
the versions of numba, llvmlite and numpy, and the CPU. The same hash names runs and orders
(`CODE_HASH`). This is the only kernel module that may touch files.
"""

import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import llvmlite
import numpy as np
from llvmlite import ir
from numpy.typing import NDArray


@contextmanager
def _as_if_not_installed(*names: str) -> Iterator[None]:
    """Let nothing import these packages, unless somebody has already."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


# Where they are installed, numba imports them, which takes as long as all the rest of it. It sums
# some products through scipy, and reads a .numba_config.yaml in the folder where it is started:
# machine code would depend on packages that nobody asked for, and on the folder.
with _as_if_not_installed("coverage", "scipy", "yaml"):
    import numba
    import numba.np.arraymath
    from numba.core import types
    from numba.extending import intrinsic

FOLDERS_MAX: Final = 4
"""Cache folders kept; each is some 80 MB. More than one, so that branches can be switched."""

_PACKAGE = Path(__file__).parent.parent


def _cpu() -> str:
    """Return what tells apart two CPUs whose machine code differs."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return f"{platform.machine()} {platform.processor()}"
    wanted = ("model name", "flags", "Features", "CPU part")
    return "\n".join(sorted({line for line in lines if line.startswith(wanted)}))


def _sources() -> list[Path]:
    """Return every source file that compiled code can come from."""
    return sorted(p for room in ("domain", "kernels") for p in (_PACKAGE / room).rglob("*.py"))


def _code_hash() -> str:
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    for library in (numba, llvmlite, np):
        digest.update(f"{library.__name__} {library.__version__}\0".encode())
    return digest.hexdigest()


def _cache_home() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "sigma" / "kernels"


def _prune(home: Path, keep: Path) -> None:
    """Remove the cache folders used longest ago; another process may be removing them too."""
    folders = [p for p in home.iterdir() if p.is_dir() and p != keep]
    folders.sort(key=lambda p: p.stat().st_mtime, reverse=True)
    for old in folders[FOLDERS_MAX - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


CODE_HASH: Final = _code_hash()
"""Names the decision core: sources and library versions, not the machine."""

CACHE: Final = _cache_home() / hashlib.sha256(f"{CODE_HASH} {_cpu()}".encode()).hexdigest()
"""The folder with this code's compiled form."""


def is_compiled(kernel: str) -> bool:
    """Return whether `kernel`, such as `simulate.simulate`, need not be compiled any more."""
    return any(CACHE.glob(f"*/{kernel}-*.nbi"))


def _is_compiled() -> bool:
    return is_compiled("simulate.simulate")  # the last function to be compiled


def _prepare() -> bool:
    """Make the cache folder ready; return whether compiled code can be kept in it."""
    try:
        CACHE.mkdir(parents=True, exist_ok=True)
        os.utime(CACHE)
    except OSError:
        return False
    if not _is_compiled():
        with suppress(OSError):
            _prune(CACHE.parent, CACHE)
    return os.access(CACHE, os.W_OK)


KEPT: Final = _prepare()
"""False in a home that can't be written: then each process compiles for itself. Left to itself,
numba would keep the result beside the sources, where nobody notices that it is stale."""

WARM: Final = KEPT and _is_compiled()
"""True when the kernels need not be compiled in this process."""

# Not by NUMBA_CACHE_DIR: numba reads that when it is imported, which may have happened already.
numba.config.CACHE_DIR = str(CACHE)  # type: ignore[attr-defined]

DISABLED: Final = bool(numba.config.DISABLE_JIT)  # type: ignore[attr-defined]
"""True when NUMBA_DISABLE_JIT runs every kernel as plain Python (coverage, debugging)."""

F = TypeVar("F", bound=Callable[..., Any])


def constant(value: int) -> int:
    """Return `value` as kernels should see a module constant: an int64 like any other.

    numba would take a plain int for a type of its own and compile every callee once per value.
    """
    return cast(int, np.int64(value))


def njit(f: F) -> F:
    """Compile `f` to machine code, cached, without fastmath: same bits as the plain Python.

    Typed so that a strict type checker keeps the signature. `f.py_func` is the original.
    """
    return cast(F, numba.njit(cache=KEPT, nogil=True, error_model="numpy")(f))


def inline(f: F) -> F:
    """Like `njit`, and pasted into the caller: for the few functions that run on every event.

    A call costs 2 ns, and 30 ns when it passes tuples of arrays, whose references are counted;
    the work is 3. More of them than these make compiling slow and nothing faster.
    """
    return cast(F, numba.njit(cache=KEPT, nogil=True, error_model="numpy", inline="always")(f))


def merged(f: F) -> F:
    """Like `njit`, and merged by the compiler into its caller: for what each order passes through.

    Made for functions with one caller: it costs no compiling then and saves a seventh of a run.
    """
    return cast(F, numba.njit(cache=KEPT, nogil=True, error_model="numpy", forceinline=True)(f))


@inline
def signed(value: int) -> int:
    """Return a whole number as kernels count: what it is passed to is compiled for one type."""
    number: int = np.int64(value)  # type: ignore[assignment]
    return number


def _emit_prefetch(_typing: Any, array: Any, _row: Any) -> Any:
    def emit(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        view = context.make_array(array)(context, builder, args[0])
        place = builder.gep(view.data, [args[1]])
        pointer, word = place.type, ir.IntType(32)
        shape = ir.FunctionType(ir.VoidType(), [pointer, word, word, word])
        hint = builder.module.declare_intrinsic("llvm.prefetch", [pointer], shape)
        builder.call(hint, [place, word(0), word(3), word(1)])  # to read, to keep, data
        return context.get_dummy_value()

    return types.none(array, types.intp), emit


def _no_prefetch(_array: NDArray[Any], _row: int) -> None:
    """Do nothing: plain Python can't ask for memory."""


prefetch: Final[Callable[[NDArray[Any], int], None]] = cast(
    Callable[[NDArray[Any], int], None],
    _no_prefetch if DISABLED else intrinsic(_emit_prefetch),
)
"""Ask for one row of an array ahead of its use: it may lie beyond the end, nothing is read.

A column that is looked at once in 26 rows is out of reach of the hardware's own prefetching.
https://llvm.org/docs/LangRef.html#llvm-prefetch-intrinsic
"""
