"""The directive `operations`: a table for each module of autodiff/rules, with a line for each operation.

The source of each module is a page of its own, whose lines the tables link to.
"""

import inspect
import re

from array_tables import DOCS, PAGE
from calculus import symbol
from docutils import nodes
from operation_lines import FOLDER, source_of, subjects
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.util.docutils import SphinxDirective

HEADS = ("operation", "what it adds to the gradient of each input; ties and edges", "runs on")
WIDTHS = (30, 51, 19)
SOURCES = [PAGE, *(DOCS / f"{name}.py" for name in ("operations", "calculus", "formulas", "array_formulas"))]
TITLES = {"linalg": "Linear algebra", "scipy_special": "scipy.special", "scipys_linalg": "scipy.linalg"}


def prose(text, *classes):
    """A paragraph of plain prose with `code` and $LaTeX$ in it."""
    paragraph = nodes.paragraph(classes=list(classes))
    for part in re.split(r"(`[^`]+`|\$[^$]+\$)", text):
        kind = {"`": nodes.literal, "$": nodes.math}.get(part[:1])
        paragraph += nodes.Text(part) if kind is None else kind(text=part[1:-1])
    return paragraph


def link(text, place):
    """A link to a line of the source."""
    path, line = place
    node = nodes.reference(refuri=f"../rules/{path.stem}.html#L-{line}", internal=True, classes=["source"])
    node += nodes.literal(text=text)
    return node


def said(formula, words):
    """A formula, or words with formulas in them."""
    return [nodes.math(text=formula)] if formula else prose(words).children


def first_cell(line):
    entry = nodes.entry()
    head = nodes.paragraph()
    head += nodes.literal(text=line.name)
    entry += head
    formula = nodes.paragraph()
    formula += said(line.formula, line.words)
    entry += formula
    return entry


def rule_cell(line):
    entry = nodes.entry()
    for rule in line.rules:
        part = nodes.paragraph()
        if rule.input:
            part += [nodes.math(text=symbol(rule.input)), nodes.Text(": ")]
        part += [*said(rule.formula, rule.words), nodes.Text(" ")]
        if rule.path is not None:
            part += link("source", (rule.path, rule.line))
        entry += part
    for row in line.kinks:
        entry += prose(f"`{row.function}` at {row.at}: {row.gradient}", "kink")
    return entry


def runs_on_cell(line):
    """The libraries on whose arrays it runs, and what else it takes."""
    entry = nodes.entry()
    where = {"yes": "{}", "in part": "{} in part"}
    arrays = [where[said].format(name) for name, said in line.libraries.items() if said in where]
    entry += nodes.paragraph(text=", ".join(["numpy", *arrays]))
    takes = {"complex": line.complex, "Values": line.values, "batches": line.batched}
    entry += nodes.paragraph(text=", ".join(name for name, holds in takes.items() if holds), classes=["takes"])
    return entry


def row_of(texts):
    row = nodes.row()
    for text in texts:
        entry = nodes.entry()
        entry += nodes.paragraph(text=text)
        row += entry
    return row


def table_of(lines):
    group = nodes.tgroup(cols=len(HEADS))
    group += [nodes.colspec(colwidth=width) for width in WIDTHS]
    head, body = nodes.thead(), nodes.tbody()
    head += row_of(HEADS)
    for line in lines:
        row = nodes.row()
        row += [first_cell(line), rule_cell(line), runs_on_cell(line)]
        body += row
    group += [head, body]
    whole = nodes.table(classes=["operations", "colwidths-given"])
    whole += group
    return whole


class Operations(SphinxDirective):
    def run(self):
        sections = [self.section(*subject) for subject in subjects()]
        contents = nodes.paragraph()
        for k, section in enumerate(sections):
            contents += nodes.Text(" · " * bool(k))
            contents += nodes.reference(section[0].astext(), section[0].astext(), refuri=f"#{section['ids'][0]}", internal=True)
        return [contents, *sections]

    def section(self, module, lines, made):
        source = source_of(module)
        for path in (source, *SOURCES):
            self.env.note_dependency(str(path))
        stem = source.stem
        section = nodes.section(ids=[stem])
        section += nodes.title(text=TITLES.get(stem, stem.replace("_", " ").capitalize()))
        section += [prose(part) for part in inspect.getdoc(module).split("\n\n")]
        if lines:
            section += table_of(lines)
        if made:
            others = nodes.paragraph(text="Made of other operations: ")
            for k, (name, place) in enumerate(made):
                others += nodes.Text(", " * bool(k))
                others += link(name, place)
            section += others
        return section


def source_pages(app):
    """At the event `html-collect-pages`: the source of each module of rules, with an anchor for each line."""
    formatter = HtmlFormatter(linenos="inline", lineanchors="L", anchorlinenos=True, cssclass="highlight")
    for path in sorted(FOLDER.glob("[!_]*.py")):
        body = highlight(path.read_text(encoding="utf-8"), PythonLexer(), formatter)
        title = f"autodiff/rules/{path.name}"
        yield f"rules/{path.stem}", {"title": title, "body": f"<h1>{title}</h1>\n{body}"}, "page.html"
