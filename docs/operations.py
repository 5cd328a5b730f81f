"""The directive `operations`: every module of autodiff/rules, with the functions it defines and its source."""

import importlib
import inspect
import re
from pathlib import Path

import numpy as np
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import autodiff.rules
from autodiff.core.op import Op

NUMPY = {"np.": np, "np.linalg.": np.linalg, "np.fft.": np.fft}


def written(name, function):
    """How one calls an operation: numpy's own function where it has one, as `np.linalg.norm`, else ours."""
    wrapped = getattr(function, "__wrapped__", None)
    for prefix, module in NUMPY.items():
        if getattr(module, wrapped.__name__, None) is wrapped:
            return prefix + wrapped.__name__
    if function.__module__ == "autodiff.scipy.special":
        return f"ad.scipy.special.{name}"
    return f"ad.{name}" if hasattr(autodiff, name) else ""


def prose(text):
    """A paragraph of plain prose with `code` in it."""
    paragraph = nodes.paragraph()
    for k, part in enumerate(re.split("`([^`]+)`", text)):
        paragraph += nodes.literal(text=part) if k % 2 else nodes.Text(part)
    return paragraph


class Operations(SphinxDirective):
    def run(self):
        return [self.section(path) for path in sorted(Path(autodiff.rules.__file__).parent.glob("[!_]*.py"))]

    def section(self, path):
        module = importlib.import_module(f"autodiff.rules.{path.stem}")
        self.env.note_dependency(str(path))
        section = nodes.section(ids=[path.stem])
        section += nodes.title(text=path.stem.capitalize())
        section += [prose(part) for part in inspect.getdoc(module).split("\n\n")]
        names = {written(name, f) for name, f in vars(module).items() if isinstance(getattr(f, "op", None), Op)}
        section += prose("  ".join(f"`{name}`" for name in sorted(names - {""})))
        source = re.sub(r'\A""".*?"""\n|^(import|from) [^\n]*\n', "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
        source = source.strip()
        section += nodes.literal_block(source, source, language="python")
        return section
