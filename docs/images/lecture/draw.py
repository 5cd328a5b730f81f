"""The pictures of the lecture's table: the demos draw them, and copies in few colours are kept. docs/images/draw.py calls this.

The page shows them up to 832 pixels wide, and a click opens the file, which has 1200 for a figure of 10 inches. In a wider
figure the letters would be too small to read there.
"""

import tempfile
from contextlib import chdir
from pathlib import Path

from likeness import save_small

from demos import TOPICS
from demos.__main__ import run


def draw(folder):
    """Run all demos, and keep their pictures in a folder."""
    with tempfile.TemporaryDirectory() as place, chdir(place):
        run(TOPICS)
        for path in Path("demos-output").iterdir():
            if path.suffix == ".png":
                save_small(path, folder / path.name)
            elif path.suffix == ".svg":
                (folder / path.name).write_bytes(path.read_bytes())
