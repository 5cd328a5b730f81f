"""From DOT to png and pdf: by Graphviz's libraries inside pygraphviz, or by the `dot` program, whichever there is."""

from __future__ import annotations

REMEDIES = """One of these brings it:
  pip install pygraphviz            (2.0 or later: its wheels have Graphviz's libraries)
  conda install python-graphviz     (brings the program `dot`)
  apt install graphviz, brew install graphviz, winget install graphviz
Without it, .save("graph.svg") works, and notebooks and autodiff.play(...); autodiff.show(...) prints the graph."""
PACKAGE = """This needs the Python package graphviz, which is not installed: pip install graphviz
Without it, .save("graph.svg") works, and notebooks and autodiff.play(...); autodiff.show(...) prints the graph."""


class NoGraphviz(RuntimeError):
    """What png and pdf need is not there: Graphviz itself, or the Python package of that name."""


def rendered(dot: str, format: str) -> bytes:
    """The picture in a format of Graphviz's: png, pdf. NoGraphviz if nothing is there that can."""
    try:
        import pygraphviz
    except ImportError:
        pygraphviz = None
    if pygraphviz is not None and int(pygraphviz.__version__.split(".")[0]) >= 2:  # before, it calls the program itself
        graph = pygraphviz.AGraph(string=dot)
        try:
            picture: bytes = graph.draw(format=format, prog="dot")
        finally:
            graph.close()
        return picture
    try:
        import graphviz
    except ImportError as error:
        raise NoGraphviz(PACKAGE) from error
    try:
        return bytes(graphviz.Source(dot).pipe(format=format))
    except graphviz.ExecutableNotFound as error:
        raise NoGraphviz(f"{format} is drawn by Graphviz, which was not found. {REMEDIES}") from error
