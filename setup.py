"""Compile the engine's modules with mypyc where that is possible; the same source runs as it stands where it is not.

AUTODIFF_PURE unset  compile if there is a C compiler; if anything goes wrong, install the pure source
AUTODIFF_PURE=1      install the pure source (mypy is not even fetched)
AUTODIFF_PURE=0      compile or fail, and say why: for those who build wheels

An editable install (`pip install -e .`) is always pure: binaries in the tree would hide the source being edited.
"""

import os
import re
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path

from setuptools import setup
from setuptools.command.build_ext import build_ext

COMPILED = (
    "autodiff/failures/agreement.py",
    "autodiff/failures/foreign.py",
    "autodiff/failures/keywords.py",
    "autodiff/failures/nesting.py",
    "autodiff/core/box.py",
    "autodiff/core/dtypes.py",
    "autodiff/core/op.py",
    "autodiff/core/finite.py",
    "autodiff/core/node.py",
    "autodiff/core/unread.py",
    "autodiff/core/kept.py",
    "autodiff/core/recorder.py",
    "autodiff/core/listening.py",
    "autodiff/core/graph.py",
    "autodiff/core/span.py",
    "autodiff/core/dispatch.py",
    "autodiff/rules/broadcasting.py",
    "autodiff/rules/array_methods.py",
    "autodiff/boxes/array.py",
    "autodiff/boxes/tensor.py",
    "autodiff/boxes/mutable.py",
    "autodiff/boxes/variable.py",
    "autodiff/scalar/conversion.py",
    "autodiff/scalar/node.py",
    "autodiff/scalar/views.py",
    "autodiff/scalar/value.py",
    "autodiff/scalar/totals.py",
    "autodiff/scalar/steps.py",
    "autodiff/scalar/replay.py",
    "autodiff/scalar/backward.py",
    "autodiff/scalar/held.py",
    "autodiff/scalar/given.py",
    "autodiff/scalar/linked.py",
    "autodiff/scalar/order.py",
    "autodiff/tape/nested.py",
    "autodiff/tape/arguments.py",
    "autodiff/core/cotangents.py",
    "autodiff/tape/backward.py",
    "autodiff/tape/gradients.py",
    "autodiff/tape/recording.py",
    "autodiff/tape/tape.py",
    "autodiff/functions/signature.py",
    "autodiff/derivatives/inputs.py",
    "autodiff/tape/results.py",
)

PURE = os.environ.get("AUTODIFF_PURE", "")
MUST_COMPILE = PURE == "0"
SCRATCH = tempfile.TemporaryDirectory()  # not build/: setuptools would ship what an earlier build left there
BUILDS_A_WHEEL = not {"bdist_wheel", "build", "build_ext", "install"}.isdisjoint(sys.argv)


def has_compiler() -> bool:
    """Whether it is worth fetching mypy: there is a C compiler, by name at least."""
    command = os.environ.get("CC") or sysconfig.get_config_var("CC") or ""
    return sys.platform == "win32" or any(shutil.which(name) for name in command.split()[:1])


def may_compile() -> bool:
    if PURE in ("", "0"):
        return MUST_COMPILE or (sys.implementation.name == "cpython" and has_compiler())
    return False


def fall_back(reason: BaseException) -> None:
    if MUST_COMPILE:
        raise reason
    print(f"autodiff: the pure source is installed, compiling it failed: {reason!r:.120}", file=sys.stderr)


TRASHCAN = re.compile(r"(_dealloc\(\w+ \*self\)\s*\{\s*)CPy_TRASHCAN_BEGIN\(self, \w+\)(.*?)CPy_TRASHCAN_END\(self\)", re.S)


def mended(code: str) -> str:
    """C code of mypyc that asks for the GIL, and in which objects that the collector does not track are freed at once.

    mypyc says that its modules need no GIL, so that people may try it. The engine needs it: a box notes in two writes where it
    stands in a graph, and two threads that share the box may mix them. A free-threaded Python turns the GIL on, and says so.

    CPython up to 3.13 keeps an object that is freed more than 50 levels deep for later, in a list whose links lie in the
    collector's header. An acyclic class has no such header, so a Value in a list of 60 levels overwrote its neighbour. mypyc
    untracks the others first, so theirs do not match.
    """
    return TRASHCAN.sub(r"\1\2", code).replace("Py_MOD_GIL_NOT_USED", "Py_MOD_GIL_USED")


def extensions() -> list:
    """The compiled modules as setuptools sees them: one shared library, autodiff__mypyc, and a door to it for each."""
    try:
        from mypyc.build import mypycify

        # The same types on every machine: no configuration file, and numpy is Any whether or not it is installed.
        options = ["--config-file=", "--no-site-packages", "--ignore-missing-imports"]
        found = mypycify([*options, *COMPILED], group_name="autodiff", debug_level="0", target_dir=SCRATCH.name)
    except (Exception, SystemExit) as reason:  # mypyc leaves by sys.exit when the types are wrong
        fall_back(reason)
        return []
    for path in Path(SCRATCH.name).rglob("*.c"):
        path.write_text(mended(path.read_text(encoding="utf-8")), encoding="utf-8")
    for extension in found:
        flags = extension.extra_compile_args
        if "-Werror" in flags:  # gcc and clang: a new compiler's warning is no reason to go slow,
            flags[:] = [flag for flag in flags if flag != "-Werror"]
            flags.append("-ffp-contract=off")  # and a*b + c rounds twice, as in Python
    return found


class AllOrNothing(build_ext):
    """If one module fails to compile, none is installed compiled: half of a mypyc group does not import."""

    def run(self) -> None:
        try:
            super().run()
        except (Exception, SystemExit) as reason:
            for extension in self.extensions:
                Path(self.get_ext_fullpath(extension.name)).unlink(missing_ok=True)
            self.extensions = []
            fall_back(reason)


compiling = may_compile()
setup(
    ext_modules=extensions() if compiling and BUILDS_A_WHEEL else [],
    options={"build": {"build_base": SCRATCH.name}},
    cmdclass={"build_ext": AllOrNothing},
    setup_requires=["mypy>=2.4,<3"] if compiling else [],
)
