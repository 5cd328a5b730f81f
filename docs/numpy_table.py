"""The directive `numpy-table`: every name of numpy, numpy.linalg and numpy.fft, and what it does with a tracked array.

What a row says comes from the registry, from the samples, and from the reasons that errors give. tests/test_numpy_table.py
holds it: no row is blank.
"""

import sys
import types
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from docutils import nodes
from operations import prose
from sphinx.util.docutils import SphinxDirective

from autodiff.core.op import Op
from autodiff.core.registry import REGISTRY, Decomposition, Metadata
from autodiff.failures.refused import COUNTS, refusal_of

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))
from samples import SAMPLES

MODULES = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft}
DIFFERENTIABLE, CONSTANT, SHAPES, REFUSED = "differentiable", "constant", "no derivative to lose", "refused"


@dataclass(frozen=True)
class Row:
    name: str
    kind: str  # "" if nothing is known of the name
    remark: str


def names_of(prefix):
    """The public functions of a module of numpy, and its objects with brackets."""
    module = MODULES[prefix]
    for name in sorted(dir(module)):
        found = getattr(module, name)
        passed_over = name.startswith("_") or isinstance(found, (type, types.ModuleType, np.generic, str, dict, tuple))
        if not passed_over and (callable(found) or hasattr(found, "__getitem__")):
            yield name, found


def entry_of(function):
    try:
        return REGISTRY.get(function)
    except TypeError:  # it has no hash
        return None


def samples_by_entry():
    """The samples of each entry of the registry: numpy has some functions under two names."""
    found = {}
    for function, rows in SAMPLES.items():
        entry = entry_of(function)
        if entry is not None:
            found.setdefault(id(entry), []).extend(rows)
    return found


def rows(prefix):
    """A row for each name of a module."""
    sampled = samples_by_entry()
    return [row_of(f"{prefix}.{name}", function, sampled) for name, function in names_of(prefix)]


def row_of(name, function, sampled):
    entry = entry_of(function)
    if isinstance(entry, Decomposition) or (isinstance(entry, Op) and entry.differentiable):
        examples = sampled.get(id(entry), [])
        more = f" and {len(examples) - 1} more" if len(examples) > 1 else ""
        return Row(name, DIFFERENTIABLE, f"To order 2: `{examples[0].id}`{more}." if examples else "")
    if isinstance(entry, Op):
        return Row(name, CONSTANT, "Its derivative is zero.")
    if isinstance(entry, Metadata):
        return Row(name, SHAPES, "It asks about shape and kind.")
    if name in COUNTS:
        return Row(name, SHAPES, "It takes no array of floats.")
    refusal = refusal_of(name)
    return Row(name, "", "") if refusal is None else Row(name, REFUSED, str(refusal))


def unknown():
    """The names of which nothing is known, and those that should have a sample and have none."""
    return [row.name for prefix in MODULES for row in rows(prefix) if not row.kind or not row.remark]


class NumpyTable(SphinxDirective):
    def run(self):
        return [part for prefix in MODULES for part in self.section(prefix)]

    def section(self, prefix):
        found = rows(prefix)
        counts = {kind: sum(row.kind == kind for row in found) for kind in (DIFFERENTIABLE, CONSTANT, SHAPES, REFUSED)}
        section = nodes.section(ids=[prefix.replace(".", "-")])
        section += nodes.title(text=prefix)
        section += prose(f"{', '.join(f'{count} {kind}' for kind, count in counts.items())}.")
        section += table([[f"`{row.name}`", row.kind, row.remark] for row in found])
        return [section]


def table(lines):
    """A table of prose under three heads."""
    group = nodes.tgroup(cols=3)
    group += [nodes.colspec(colwidth=width) for width in (3, 2, 7)]
    head, body = nodes.thead(), nodes.tbody()
    head += line_of(["name", "what it is", "more"])
    body += [line_of(line) for line in lines]
    group += [head, body]
    whole = nodes.table()
    whole += group
    return whole


def line_of(cells):
    line = nodes.row()
    for cell in cells:
        entry = nodes.entry()
        entry += prose(cell)
        line += entry
    return line
