"""Files of named arrays with notes, in the format `.npz` (numpy's) or `.safetensors` (an optional library). Never pickle.

What reads and writes the formats is loaded by the first file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

import autodiff as ad
from nn.typing import ArrayLike, FilePath

NOTES = "nn.notes"  # the one array of an .npz that is text


def write(path: FilePath, arrays: Mapping[str, ArrayLike], notes: Mapping[str, Any]) -> None:
    """Write the named arrays and the notes, which must be JSON. An older file is replaced only when all is written."""
    import json
    import zipfile

    data = {name: np.asarray(ad.to_numpy(a), order="C") for name, a in arrays.items()}
    part = f"{os.fspath(path)}.{os.getpid()}.part"
    try:
        if kind(path) == ".npz":
            with zipfile.ZipFile(part, "w") as file:
                for name, a in (data | {NOTES: np.array(json.dumps(notes))}).items():
                    with file.open(f"{name}.npy", "w", force_zip64=True) as entry:
                        np.lib.format.write_array(entry, a, allow_pickle=False)
        else:
            _safetensors().numpy.save_file(data, part, {NOTES: json.dumps(notes)})
        os.replace(part, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part)


def read(path: FilePath) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """(The named arrays, the notes). Raises ValueError for a file that is damaged or in another format."""
    import json
    import zipfile
    import zlib

    try:
        if kind(path) == ".npz":
            with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            return arrays, json.loads(str(arrays.pop(NOTES, "{}")))
        library = _safetensors()
        with library.safe_open(path, "numpy") as file:
            notes = json.loads((file.metadata() or {}).get(NOTES, "{}"))
            return {name: file.get_tensor(name) for name in file.keys()}, notes  # noqa: SIM118
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, TypeError, ValueError, NotImplementedError) as error:
        raise ValueError(f"{path} is damaged, cut short, or no file of weights: {error}") from None
    except Exception as error:
        if type(error).__name__ == "SafetensorError":
            raise ValueError(f"{path} is damaged, cut short, or no file of weights: {error}") from None
        raise


def kind(path: FilePath) -> str:
    """The suffix, which says the format. Raises ValueError unless it is `.npz` or `.safetensors`."""
    suffix = os.path.splitext(path)[1]
    if suffix not in (".npz", ".safetensors"):
        raise ValueError(f"A file of weights ends in .npz or .safetensors, but got {str(path)!r}.")
    return suffix


def matching(path: FilePath, arrays: Mapping[str, np.ndarray], shapes: Mapping[str, Sequence[int]]) -> None:
    """Raise ValueError, with a list of the differences, unless the arrays are numbers of exactly these names and shapes."""
    faults = [f"missing: {name} of shape {shape}" for name, shape in shapes.items() if name not in arrays]
    faults += [f"unexpected: {name} of shape {a.shape}" for name, a in arrays.items() if name not in shapes]
    faults += [f"no numbers: {name} is {a.dtype}" for name, a in arrays.items() if a.dtype.kind not in "fiub"]
    faults += [
        f"another shape: {name} is {arrays[name].shape}, the model's is {shape}"
        for name, shape in shapes.items()
        if name in arrays and arrays[name].shape != shape
    ]
    if faults:
        raise ValueError("\n  ".join([f"{path} is of another model:", *faults]))


def _safetensors() -> Any:
    try:
        import safetensors
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            "Files of .safetensors need that library: pip install 'autodiff-tape[safetensors]'. Files of .npz need nothing."
        ) from None
    return safetensors
