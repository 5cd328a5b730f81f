"""The pictures of the lecture's table: `python docs/images/lecture/draw.py` runs the demos, and keeps small copies."""

import os
import tempfile
from pathlib import Path

from PIL import Image

from demos import TOPICS
from demos.__main__ import run

WIDTH = 520
HERE = Path(__file__).resolve().parent


def small(source, target):
    """A copy of a picture, in few colours and not wider than WIDTH."""
    image = Image.open(source).convert("RGB")
    image = image.resize((WIDTH, round(image.height * WIDTH / image.width)), Image.Resampling.LANCZOS)
    image.quantize(96, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    os.chdir(tempfile.mkdtemp())
    run(TOPICS)
    for path in Path("demos-output").iterdir():
        if path.suffix == ".png":
            small(path, HERE / path.name)
        else:
            (HERE / path.name).write_bytes(path.read_bytes())
