"""Whether two files show the same picture, drawn by versions of Graphviz and matplotlib that place things differently."""

import io
import re
from collections import Counter
from xml.etree import ElementTree

import numpy as np
from PIL import Image

SHAPES = ("path", "polygon", "polyline", "ellipse", "circle", "rect", "line")
NEAR = 0.06  # the mean difference of two PNGs that show the same, in small, where 1 is from black to white


def save_figure(figure, path):
    """Write a figure of matplotlib to a small file."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    save_small(buffer, path)


def save_small(source, path):
    """Copy a picture in 256 colours, rare ones too, which makes the file small."""
    picture = Image.open(source).convert("RGB")
    picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)


def difference(old, new):
    """What is different in a picture, or "" if it shows the same."""
    if not new.exists():
        return "it is not drawn any more"
    return difference_of_graphs(old, new) if old.suffix == ".svg" else difference_of_images(old, new)


def parts_of(path):
    """The texts of an SVG, and how many shapes of each kind it has."""
    texts, shapes = Counter(), Counter()
    for element in ElementTree.parse(path).iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "text":
            text = " ".join("".join(element.itertext()).split())
            texts[re.sub(r"(\.(?:md|py)):\d+", r"\1", text)] += 1  # a page may get a line more
        elif tag in SHAPES:
            shapes[tag] += 1
    return texts, shapes


def difference_of_graphs(old, new):
    (texts, shapes), (new_texts, new_shapes) = parts_of(old), parts_of(new)
    lost, added = texts - new_texts, new_texts - texts
    if lost or added:
        return f"texts {sorted(lost)} became {sorted(added)}"
    return "" if shapes == new_shapes else f"{dict(shapes)} became {dict(new_shapes)}"


def difference_of_images(old, new):
    before, after = Image.open(old).convert("L"), Image.open(new).convert("L")
    sizes = np.array([before.size, after.size])
    if abs(sizes[0] - sizes[1]).max() > 0.02 * sizes.max():
        return f"its size {before.size} became {after.size}"
    small = [np.asarray(image.resize((32, 32), Image.Resampling.BOX), float) / 255 for image in (before, after)]
    far = float(abs(small[0] - small[1]).mean())
    return "" if far < NEAR else f"the mean difference is {far:.2f} of black to white"
