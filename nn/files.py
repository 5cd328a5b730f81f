"""Files of named arrays with notes, in the format `.npz` (numpy's) or `.safetensors` (an optional library). Never pickle.

Reading begins with what the file says of its arrays: names, shapes, dtypes and sizes. The numbers are read only when these are
right, so a small file can't take much memory. What reads and writes the formats is loaded by the first file.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, NamedTuple

import numpy as np

import autodiff as ad
from nn.arguments import path as checked_path
from nn.typing import ArrayLike, FilePath

NOTES = "nn.notes"  # the one array of an .npz that is text
LONGEST_NOTES = 2**24  # bytes: the states of a thousand random generators take a tenth of it
DTYPES = {"F64": "f8", "F32": "f4", "F16": "f2", "I64": "i8", "I32": "i4", "I16": "i2", "I8": "i1",
          "U64": "u8", "U32": "u4", "U16": "u2", "U8": "u1", "BOOL": "?"}  # fmt: skip


class Entry(NamedTuple):
    """An array of a file before it is read. dtype: None if it holds no numbers of numpy's."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any] | None
    kind: str  # the dtype's name in the file


class Opened:
    """A file that is open for reading: its entries and its notes are known, its numbers are not read yet."""

    def __init__(self, path: FilePath, entries: dict[str, Entry], notes: str, array: Callable[[str], np.ndarray]) -> None:
        import json

        self.path, self.entries, self._array = path, entries, array
        self.notes: dict[str, Any] = json.loads(notes)
        if not isinstance(self.notes, dict):
            raise ValueError(f"the notes are no dictionary but {self.notes!r:.60}")

    def read(self, names: Iterable[str]) -> dict[str, np.ndarray]:
        """{name: array} for these entries. Raises ValueError for a damaged one."""
        with _said_to_be_damaged(self.path):
            return {name: self._array(name) for name in names}


def write(path: FilePath, arrays: Mapping[str, ArrayLike], notes: Mapping[str, Any]) -> None:
    """Write the named arrays and the notes, which must be JSON. An older file is replaced only when all is written."""
    import json

    library = None if kind(path) == ".npz" else _safetensors()
    data = {name: np.asarray(ad.to_numpy(a), order="C") for name, a in arrays.items()}
    text = json.dumps(notes, default=lambda a: a.tolist())  # arrays in the states of some random generators
    with ad.atomic_write(path) as part:
        if library is None:
            _write_npz(part, data | {NOTES: np.array(text)})
        else:
            library.numpy.save_file(data, part, {NOTES: text})


@contextmanager
def opened(path: FilePath) -> Iterator[Opened]:
    """Open a file for reading. Raises ValueError for one that is damaged or in another format."""
    headers = _npz if kind(path) == ".npz" else _tensors
    with open(path, "rb") as file, ExitStack() as stack:
        with _said_to_be_damaged(path):
            found = Opened(path, *headers(file, stack))
        yield found


def kind(path: FilePath) -> str:
    """The suffix, which says the format. Raises ValueError unless it is `.npz` or `.safetensors`."""
    suffix = os.path.splitext(checked_path("path", path))[1]
    if suffix not in (".npz", ".safetensors"):
        raise ValueError(f"A file of weights ends in .npz or .safetensors, but got {str(path)!r}.")
    return suffix


def matching(path: FilePath, entries: Mapping[str, Entry], shapes: Mapping[str, Sequence[int]]) -> None:
    """Raise ValueError, with a list of the differences, unless the entries are numbers of exactly these names and shapes."""
    faults = [f"missing: {name} of shape {shape}" for name, shape in shapes.items() if name not in entries]
    faults += [f"unexpected: {name} of shape {entry.shape}" for name, entry in entries.items() if name not in shapes]
    faults += [f"no numbers: {name} is {entry.kind}" for name, entry in entries.items() if entry.dtype is None]
    faults += [
        f"another shape: {name} is {entries[name].shape}, the model's is {shape}"
        for name, shape in shapes.items()
        if name in entries and entries[name].shape != tuple(shape)
    ]
    if faults:
        more = [f"... and {len(faults) - 100} more"] if len(faults) > 100 else []
        raise ValueError("\n  ".join([f"{path} is of another model:", *faults[:100], *more]))


# -- the formats -----------------------------------------------------------------------------------------------------


def _write_npz(path: FilePath, data: Mapping[str, np.ndarray]) -> None:
    import zipfile

    file = zipfile.ZipFile(path, "w")
    try:
        for name, a in data.items():
            with file.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, a, allow_pickle=False)
    except BaseException:
        with suppress(ValueError):  # that an entry is still open; Ctrl-C stays Ctrl-C
            file.close()
        raise
    file.close()


def _npz(file: Any, stack: ExitStack) -> tuple[dict[str, Entry], str, Callable[[str], np.ndarray]]:
    """The entries of a zip file of arrays, its notes, and how to read an array."""
    import zipfile

    archive = stack.enter_context(zipfile.ZipFile(file))
    entries: dict[str, Entry] = {}
    for member in archive.infolist():
        name = member.filename.removesuffix(".npy")
        if name in entries or name == member.filename:
            raise ValueError(f"{member.filename!r:.60} is there twice" if name in entries else f"{name!r:.60} is no array")
        with archive.open(member) as opened:
            version = np.lib.format.read_magic(opened)
            header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
            shape, _, dtype = header(opened)
            begin = opened.tell()
        if not dtype.hasobject and begin + math.prod(shape) * dtype.itemsize != member.file_size:
            raise ValueError(f"{name!r:.60} has {member.file_size - begin} bytes for {dtype} of shape {shape}")
        entries[name] = Entry(shape, dtype if dtype.kind in "fiub" else None, str(dtype))

    def array(name: str) -> np.ndarray:
        with archive.open(f"{name}.npy") as opened:
            return np.lib.format.read_array(opened, allow_pickle=False)

    if NOTES not in entries:
        return entries, "{}", array
    if archive.getinfo(f"{NOTES}.npy").file_size > LONGEST_NOTES:
        raise ValueError("its notes are longer than any that are written")
    del entries[NOTES]
    return entries, str(array(NOTES)), array


def _tensors(file: Any, stack: ExitStack) -> tuple[dict[str, Entry], str, Callable[[str], np.ndarray]]:
    """The entries of a file of safetensors, its notes, and how to read an array. That library checks sizes and offsets."""
    tensors = stack.enter_context(_safetensors().safe_open(file.name, "numpy"))
    entries = {}
    for name in tensors.keys():  # noqa: SIM118
        part = tensors.get_slice(name)
        dtype = DTYPES.get(part.get_dtype())
        entries[name] = Entry(tuple(part.get_shape()), None if dtype is None else np.dtype(dtype), str(part.get_dtype()))
    return entries, (tensors.metadata() or {}).get(NOTES, "{}"), tensors.get_tensor


@contextmanager
def _said_to_be_damaged(path: FilePath) -> Iterator[None]:
    """Any error inside means that the file is damaged: of a zip file whose directory is wrong, nearly any can come."""
    try:
        yield
    except ImportError:
        raise
    except Exception as error:
        raise ValueError(f"{path} is damaged, cut short, or no file of weights: {error!s:.300}") from None


def _safetensors() -> Any:
    try:
        import safetensors
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            "Files of .safetensors need that library: pip install safetensors. Files of .npz need nothing."
        ) from None
    return safetensors
