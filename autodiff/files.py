"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["atomic_write"]


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A file is written whole or not at all: the block writes another file, which takes the place of `path` at its end.

    Parameters
    ----------
    path : path
        Where the file is to be. An older file keeps its permissions; a symbolic link stays, and its target is replaced.

    Yields
    ------
    Path
        A new, empty file in the same folder, with a name of its own: that is what the block writes. After an error it is
        removed, and the older file is as it was.

    Raises
    ------
    OSError
        Where the file can't be written: PermissionError for a file that is read-only, FileNotFoundError without the folder.

    Notes
    -----
    The new file is on the disk (fsync) before it takes the older one's place, and so is its name (fsync of the folder) before
    the context ends. What is no regular file, such as a pipe or `/dev/stdout`, can't be replaced: it is written to itself.

    Examples
    --------
    >>> import autodiff as ad, os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with ad.atomic_write(os.path.join(folder, "notes.txt")) as part:
    ...         written = part.write_text("loss 0.25")
    ...     os.listdir(folder)
    ['notes.txt']
    """
    from pathlib import Path  # which takes a millisecond to load

    target = Path(os.path.realpath(path))
    mode = target.stat().st_mode if target.exists() else None
    if mode is not None and not stat.S_ISREG(mode):
        yield target
        return
    if mode is not None and not os.access(target, os.W_OK):
        raise PermissionError(f"{path} is read-only: make it writable, or choose another name.")
    part = target.with_name(f"{target.name[:32]}.{os.urandom(8).hex()}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))  # so the umask decides, as for any new file
        usual = part.stat().st_mode
        yield part
        with open(part, "r+b") as file:
            part.chmod(stat.S_IMODE(usual if mode is None else mode))
            os.fsync(file.fileno())
        os.replace(part, target)
        _names_to_disk(target.parent)
    finally:
        try:
            part.unlink(missing_ok=True)
        finally:  # once more, if Ctrl-C came in between
            part.unlink(missing_ok=True)


def _names_to_disk(folder: Path) -> None:
    """Wait until the names in a folder are on the disk. Windows opens no folder, and some file systems sync none."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
