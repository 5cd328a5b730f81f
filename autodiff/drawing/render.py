"""From DOT to svg, png, pdf: by Graphviz's libraries inside pygraphviz, or by the `dot` program, whichever there is."""

from __future__ import annotations

REMEDIES = """no Graphviz was found to lay the picture out. One of these is enough:
  pip install pygraphviz            (2.0 or later: its wheels bring Graphviz's libraries along)
  conda install python-graphviz     (brings the program `dot`)
  apt install graphviz, brew install graphviz, winget install graphviz
Without any, .save("graph.dot") writes DOT text, and autodiff.show(...) prints the graph in the terminal."""


class NoGraphviz(RuntimeError):
    """Neither pygraphviz nor the program `dot` is there to lay out a picture."""


def rendered(dot: str, format: str) -> bytes:
    """The picture in a format of Graphviz's: svg, png, pdf, json. NoGraphviz if nothing is there that can."""
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
    import graphviz

    try:
        return bytes(graphviz.Source(dot).pipe(format=format))
    except graphviz.ExecutableNotFound as error:
        raise NoGraphviz(f"{format}: {REMEDIES}") from error
