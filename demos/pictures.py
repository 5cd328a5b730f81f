"""Where the demos' pictures go, and what to say when those of matplotlib can't be drawn."""

from pathlib import Path

FOLDER = Path("demos-output")


def pyplot():
    """matplotlib's pyplot drawing to files, or None, with a word on how to get it."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError:
        print("No pictures: matplotlib is missing (pip install matplotlib).")
        return None
    return plt


def save(figure, name):
    """Save a figure, close it, and say where."""
    from matplotlib.pyplot import close

    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / name
    figure.savefig(path, dpi=120, bbox_inches="tight")
    close(figure)
    print(f"saved {path.resolve()}")


def save_graph(picture, name):
    """Save a drawn graph and say where."""
    FOLDER.mkdir(exist_ok=True)
    print(f"saved {picture.save(FOLDER / name).resolve()}")
