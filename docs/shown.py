"""What programs return, in the guide: the directive `player`, and the notebooks, run in a kernel as the guide is built.

A page with the line `<!-- notebook: NAME -->` is notebooks/NAME.ipynb with its outputs.
"""

import os
import re
from pathlib import Path

import nbformat
from docutils import nodes
from nbclient import NotebookClient
from pages import DOCS, follow
from sphinx.util.docutils import SphinxDirective

ROOT = DOCS.parent
MARK = re.compile(r"^<!-- notebook: (\S+) -->$", re.M)
FENCE = "``````"  # longer than those in cells
KINDS = ("text/html", "image/svg+xml", "image/png", "text/plain")  # what is shown of an output, the first that there is


class Player(SphinxDirective):
    """`{player} expression`: the player that an expression is, after the python blocks that stand above it in the page."""

    required_arguments, final_argument_whitespace = 1, True

    def run(self):
        page = Path(self.env.docname).with_suffix(".md").as_posix()
        ((_, player),) = follow(page, [(self.lineno, "", self.arguments[0])])
        return [nodes.raw("", f'<div class="player">{player._repr_html_()}</div>', format="html")]


def executed(path):
    """A notebook with its outputs. nbclient's error, with the cell and its traceback, if a cell raises."""
    notebook = nbformat.read(path, as_version=4)
    search = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    inline = "module://matplotlib_inline.backend_inline"  # figures are outputs
    quiet = ["--IPKernelApp.log_level=40"]
    client = NotebookClient(
        notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}, extra_arguments=quiet
    )
    return client.execute(env={**os.environ, "PYTHONPATH": search, "MPLBACKEND": inline})


def fenced(language, text):
    return f"{FENCE}{language}\n{text.rstrip()}\n{FENCE}\n"


def as_markdown(output):
    """An output of a cell as Markdown."""
    if output.output_type == "stream":
        return fenced("text", output.text)
    kind = next(kind for kind in KINDS if kind in output.data)
    data = output.data[kind]
    if kind == "text/plain":
        return fenced("text", data)
    if kind == "image/png":
        data = f'<img alt="figure" src="data:image/png;base64,{data.strip()}">'
    return fenced("{raw} html", f'<div class="output">{data}</div>')


def lesson(path):
    """A notebook as a page in Markdown."""
    parts = []
    for cell in executed(path).cells:
        parts.append(cell.source + "\n" if cell.cell_type == "markdown" else fenced("python", cell.source))
        parts += [as_markdown(output) for output in cell.get("outputs", ()) if output.output_type != "error"]
    return "\n".join(parts)


def read_notebook(app, docname, source):
    """At the event `source-read`: the page that a notebook is."""
    found = MARK.search(source[0])
    if found is not None:
        path = ROOT / "notebooks" / f"{found[1]}.ipynb"
        app.env.note_dependency(str(path), docname=docname)
        title, _, rest = lesson(path).partition("\n")
        source[0] = "\n".join([title, MARK.sub("", source[0]), rest])
