"""The pictures of the guide: `python docs/images/draw.py` draws them all anew, from the programs beside which they stand.

    python docs/images/draw.py                     all
    python docs/images/draw.py graph.svg zoom.svg  these
    python docs/images/draw.py --check             draws elsewhere, and compares with what stands here; 1 if something differs

It takes the extras `docs` and `test`, and about a minute; for the pictures of the player a chromium too.
"""

import os
import sys
import tempfile
from pathlib import Path

IMAGES = Path(__file__).resolve().parent
ROOT = IMAGES.parent.parent
sys.path[:0] = [str(ROOT), str(IMAGES.parent), str(IMAGES)]
os.environ["MPLBACKEND"] = "Agg"

import likeness
import matplotlib.pyplot
import pages
import player
from lecture import draw as lecture

import autodiff

# What each picture is, after the python blocks that stand above it in its page: a Picture, a Player, or the Axes of a figure.
PICTURES = {
    "coming-from-micrograd.md": {"gpt-values.svg": "picture", "gpt-arrays.svg": "folded"},
    "debugging.md": {"cut.svg": "where", "failed.svg": "picture"},
    "diagnose.md": {"diagnosis.png": "left"},
    "pictures.md": {
        "graph.svg": "picture", "folded.svg": "folded", "player.png": "player", "zoom.svg": "ad.draw(probability.value)",
    },
    "sweeps.md": {"sweep.png": "ax"},
    "tutorial.md": {"line.png": "ax", "activations.png": "ax"},
    "tutorial-backprop.md": {"twice.svg": "picture"},
    "tutorial-training.md": {
        "landscape.png": "ax", "race-of-five.png": "ax", "fits.png": "axes[0]", "stopping.png": "ax",
    },
    "training-pictures.md": {
        "history.png": "ax", "boundary.png": "ax", "race.png": "ax", "activation.png": "ax", "gradients.png": "flow",
        "weights.png": "spread", "rates.png": "ax", "digits.png": "ax",
    },
}  # fmt: skip
FIGURES = {"figure.figsize": (4.6, 3.4), "figure.constrained_layout.use": True, "savefig.dpi": 100}


def save(drawn, path):
    """Write what a page drew to a file."""
    if isinstance(drawn, autodiff.Player):
        player.photograph(drawn, path)
    elif path.suffix == ".svg":
        drawn.save(path)
    else:
        likeness.save_figure(drawn.figure, path)


def draw_pages(folder, names):
    """Draw those of these pictures that pages draw."""
    with matplotlib.rc_context(FIGURES):
        for page, pictures in PICTURES.items():
            here = {name: expression for name, expression in pictures.items() if name in names}
            drawn = pages.follow(page, [(pages.line_of(page, f"(images/{name})"), name, here[name]) for name in here])
            for name, picture in drawn:
                save(picture, folder / name)
            matplotlib.pyplot.close("all")


def draw(folder, names):
    """Draw these pictures, named by their paths in docs/images, into a folder. LookupError for one that nothing draws."""
    names = set(names)
    drawn = {name for pictures in PICTURES.values() for name in pictures}
    of_demos = {name for name in names if name.startswith("lecture/")}
    if names - drawn - of_demos:
        unknown = ", ".join(sorted(names - drawn - of_demos))
        raise LookupError(f"nothing draws {unknown}: PICTURES in docs/images/draw.py says what is drawn.")
    draw_pages(folder, names)
    if of_demos:
        (folder / "lecture").mkdir(exist_ok=True)
        lecture.draw(folder / "lecture")


def committed():
    """The pictures that stand here."""
    return sorted(path.relative_to(IMAGES).as_posix() for path in IMAGES.rglob("*") if path.suffix in (".png", ".svg"))


def differences(names):
    """What is different in these pictures when they are drawn anew: `{name: how}`. Without a browser the player is left out."""
    names = [name for name in names if player.BROWSER or name != "player.png"]
    with tempfile.TemporaryDirectory() as folder:
        draw(Path(folder), names)
        found = {name: likeness.difference(IMAGES / name, Path(folder) / name) for name in names}
    return {name: how for name, how in found.items() if how}


def main(arguments):
    names = [name for name in arguments if name != "--check"] or committed()
    if "--check" not in arguments:
        draw(IMAGES, names)
        return
    found = differences(names)
    for name, how in found.items():
        print(f"docs/images/{name} is not what its program draws: {how}")
    if found:
        sys.exit("`python docs/images/draw.py` draws them anew.")


if __name__ == "__main__":
    main(sys.argv[1:])
