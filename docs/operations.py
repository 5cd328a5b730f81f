"""The directive `operations`: a table for each module of autodiff/rules, with a line for each operation.

The source of each module is a page of its own, whose lines the tables link to.
"""

import inspect
import re

from docutils import nodes
from operation_lines import FOLDER, source_of, subjects
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.util.docutils import SphinxDirective

HEADS = ("operation", "what it adds to the gradient of each input")
WIDTHS = (45, 55)


def prose(text):
    """A paragraph of plain prose with `code` in it."""
    paragraph = nodes.paragraph()
    for k, part in enumerate(re.split("`([^`]+)`", text)):
        paragraph += nodes.literal(text=part) if k % 2 else nodes.Text(part)
    return paragraph


def link(text, place):
    """A link to a line of the source."""
    path, line = place
    node = nodes.reference(refuri=f"../rules/{path.stem}.html#L-{line}", internal=True, classes=["source"])
    node += nodes.literal(text=text)
    return node


def first_cell(line):
    entry = nodes.entry()
    head = nodes.paragraph()
    head += nodes.literal(text=line.name)
    entry += head
    if line.formula:
        formula = nodes.paragraph()
        formula += nodes.math(text=line.formula)
        entry += formula
    elif line.summary:
        entry += prose(line.summary.replace("`", ""))
    takes = {"complex": line.complex, "Values": line.values, "batches": line.batched}
    entry += nodes.paragraph(text=" · ".join(name for name, holds in takes.items() if holds), classes=["takes"])
    return entry


def rule_cell(line):
    entry = nodes.entry()
    for rule in line.rules:
        part = nodes.paragraph()
        if rule.input:
            part += [nodes.emphasis(text=rule.input), nodes.Text(": ")]
        if rule.formula:
            part += [nodes.math(text=rule.formula), nodes.Text(" ")]
        elif not rule.python:
            part += nodes.Text(f"{rule.words} ")
        if rule.path is not None:
            python = rule.python if not rule.formula else ""
            part += link(python or "source", (rule.path, rule.line))
        entry += part
    for words in dict.fromkeys(rule.words for rule in line.rules if rule.python and rule.words):
        entry += nodes.paragraph(text=words, classes=["kink"])
    for row in line.kinks:
        entry += nodes.paragraph(text=f"at {row.at}: {row.gradient}", classes=["kink"])
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
        row += [first_cell(line), rule_cell(line)]
        body += row
    group += [head, body]
    whole = nodes.table(classes=["operations"])
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
        for path in (source, __file__):
            self.env.note_dependency(str(path))
        stem = source.stem
        section = nodes.section(ids=[stem])
        section += nodes.title(text=stem.replace("_", " ").capitalize())
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
