"""The pictures of the lecture's table: the demos draw them, and small copies are kept. docs/images/draw.py calls this."""

import tempfile
from contextlib import chdir
from pathlib import Path

from PIL import Image

from demos import TOPICS
from demos.__main__ import run

WIDTH = 520


def small(source, target):
    """A copy of a picture, in few colours and not wider than WIDTH."""
    image = Image.open(source).convert("RGB")
    image = image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS)
    image.quantize(96, dither=Image.Dither.NONE).save(target, optimize=True)


def draw(folder):
    """Run all demos, and keep their pictures in a folder."""
    with tempfile.TemporaryDirectory() as place, chdir(place):
        run(TOPICS)
        for path in Path("demos-output").iterdir():
            if path.suffix == ".png":
                small(path, folder / path.name)
            elif path.suffix == ".svg":
                (folder / path.name).write_bytes(path.read_bytes())
