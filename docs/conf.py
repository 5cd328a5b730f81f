"""The guide: `python -m sphinx -W docs docs/_build`. It builds offline, and shows its formulas offline (MathML)."""

import re
import sys
from pathlib import Path

from docutils.nodes import SkipNode
from latex2mathml.converter import convert

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

from numpy_table import NumpyTable
from operations import Operations, source_pages
from reading import anchor_rows, link_wide_pictures
from shown import Player, read_notebook

import autodiff

project = "autodiff"
author = "the autodiff developers"
version = release = autodiff.__version__
exclude_patterns = ["_build"]
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
myst_links_external_new_tab = False

html_theme = "furo"
html_static_path, html_css_files, html_js_files = ["_static"], ["guide.css"], ["guide.js"]
html_title = "autodiff"
html_copy_source = False
html_show_sphinx = html_show_copyright = False
html_math_renderer = "mathml"
pygments_style, pygments_dark_style = "friendly", "monokai"

autodoc_member_order = "bysource"
autodoc_default_options = {
    "members": True,
    "exclude-members": "call, watches",  # what a Layer and a Watcher are asked for by the engine
}
autodoc_typehints = "none"  # the docstrings say it better
napoleon_google_docstring = False  # the sections of docstrings are numpydoc's
napoleon_use_param = napoleon_use_rtype = False
napoleon_use_ivar = True  # attributes are listed once


def plain_prose(app, what, name, obj, options, lines):
    """The docstrings are plain prose, as `help` shows it; here its marks are protected from reStructuredText, and what
    stands between single backquotes becomes code."""
    is_code = False
    for number, line in enumerate(lines):
        is_code = line.startswith(">>>") or (is_code and line.strip() != "")
        if not is_code:
            parts = re.split(r"(`+[^`]+`+)", line)
            parts[::2] = [re.sub(r"([*|\\]|_(?=\W|$))", r"\\\1", part) for part in parts[::2]]
            parts[1::2] = [f"``{part.strip('`')}``" for part in parts[1::2]]
            lines[number] = "".join(parts)


def inline(self, node):
    self.body.append(convert(node.astext()))
    raise SkipNode


def block(self, node):
    self.body.append(f'<div class="math">{convert(node.astext(), display="block")}</div>')
    raise SkipNode


def setup(app):
    app.add_directive("operations", Operations)
    app.add_directive("numpy-table", NumpyTable)
    app.add_directive("player", Player)
    app.connect("source-read", read_notebook)
    app.connect("doctree-read", link_wide_pictures)
    app.connect("doctree-read", anchor_rows)
    app.connect("html-collect-pages", source_pages)
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    app.connect("autodoc-process-docstring", plain_prose, priority=400)  # before napoleon reads the sections
