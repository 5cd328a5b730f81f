"""What is added to a page after it is read: links from wide pictures to their files, and anchors of the lecture's rows."""

from pathlib import Path

from docutils import nodes
from sphinx.util.images import get_image_size

COLUMN = 832  # pixels: the width of the text, and of a picture in it


def link_wide_pictures(app, doctree):
    """At the event `doctree-read`: a picture that is shown smaller than it is opens in its size on a click."""
    for picture in doctree.findall(nodes.image):
        size = get_image_size(Path(app.srcdir) / picture["uri"])
        if size is not None and size[0] > COLUMN:
            picture["width"] = f"{size[0]}px"  # the style sheet has it no wider than the column; Sphinx makes it a link


def anchor_rows(app, doctree):
    """At the event `doctree-read`, in the page of the lecture."""
    if app.env.docname == "lecture":
        for body in doctree.findall(nodes.tbody):
            name_rows(body)


def name_rows(body):
    """Give each row of a table an anchor: the name of its demo, in its second cell, and a number from the second row of that
    demo on. A row without a picture refers to the first row of its demo."""
    rows = {}
    for row in body.children:
        demo = row[1].astext().strip()
        rows.setdefault(demo, []).append(row)
        anchor = demo if len(rows[demo]) == 1 else f"{demo}-{len(rows[demo])}"
        row["ids"] = [anchor]
        row[0][0] += nodes.reference("", "#", refuri=f"#{anchor}", classes=["headerlink"], internal=True)
        if not row[-1].astext() and not list(row[-1].findall(nodes.image)):
            there = nodes.paragraph(text="Its picture is ")
            there += nodes.reference("", "above", refuri=f"#{demo}", internal=True)
            row[-1].children = [there]
