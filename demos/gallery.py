"""One page of all that the demos drew: `demos-output/index.html`, with what each of them teaches."""

import html
import importlib
import re

from demos.formulas import rendered
from demos.pictures import FOLDER

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>The lecture, running</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 64rem; }}
article {{ border-top: 1px solid #8886; padding: 1rem 0; }}
h2 {{ margin: 0 0 .3rem; font-size: 1.15rem; }}
code {{ font-size: .9em; }}
p {{ margin: .3rem 0 .8rem; max-width: 44rem; }}
math {{ font-size: 1.25em; }}
sub, sup {{ font-size: .75em; line-height: 0; }}
.picture {{ overflow-x: auto; }}
.picture img {{ max-width: 100%; height: auto; background: #fff; border-radius: 6px; padding: 6px; box-sizing: border-box; }}
@media (max-width: 40rem) {{ .picture img {{ max-width: 40rem; }} }} /* on a phone it can be moved, and its words be read */
nav a {{ display: inline-block; margin-right: .8em; padding: .15em 0; }}
h2 a {{ color: inherit; text-decoration: none; }}
h2 a:hover::after {{ content: " #"; color: #888; }}
</style>
</head>
<body>
<h1>The lecture, running</h1>
<nav>{links}</nav>
{articles}
</body>
</html>
"""
ARTICLE = """<article id="{name}">
<h2><a href="#{name}">{title}</a></h2>
{text}
<p><code>python -m demos {name}</code></p>
{pictures}
</article>"""


def pictures_of(name):
    """The pictures that a demo left: NAME.png, NAME-*.svg, ..."""
    found = [path for path in FOLDER.glob(f"{name}*") if path.suffix in (".png", ".svg")]
    return sorted(path.name for path in found if path.stem == name or path.stem.startswith(f"{name}-"))


def size_of(path):
    """The width and height of a picture, in pixels, from the beginning of its file: of a PNG, or of an SVG that states it."""
    if path.suffix == ".png":
        start = path.read_bytes()[:24]
        return int.from_bytes(start[16:20], "big"), int.from_bytes(start[20:24], "big")
    width, height, unit = re.search(r'<svg[^>]* width="([\d.]+)[^>]* height="([\d.]+)(\w*)"', path.read_text("utf-8")).groups()
    scale = 4 / 3 if unit == "pt" else 1
    return round(float(width) * scale), round(float(height) * scale)


def image(file, title):
    """A picture as a link to it. The page keeps room for it while it loads, so that links to sections lead there."""
    width, height = size_of(FOLDER / file)
    alt = html.escape(title)
    picture = f'<img src="{file}" alt="{alt}" width="{width}" height="{height}" loading="lazy">'
    return f'<div class="picture"><a href="{file}">{picture}</a></div>'


def article(name):
    title, _, rest = importlib.import_module(f"demos.{name}").__doc__.strip().partition("\n")
    paragraphs = [" ".join(part.split()) for part in rest.split("\n\n") if part.strip()]
    return ARTICLE.format(
        name=name,
        title=rendered(title),
        text="\n".join(f"<p>{rendered(part)}</p>" for part in paragraphs),
        pictures="\n".join(image(file, title) for file in pictures_of(name)),
    )


def write(names):
    """Where the page was written."""
    FOLDER.mkdir(exist_ok=True)
    links = "\n".join(f'<a href="#{name}">{name}</a>' for name in names)
    path = FOLDER / "index.html"
    path.write_text(PAGE.format(links=links, articles="\n".join(map(article, names))), encoding="utf-8")
    return path
