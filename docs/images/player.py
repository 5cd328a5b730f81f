"""The picture of the player in the guide: `python docs/images/player.py` takes it anew, here or in a folder given to it.

It takes playwright and a chromium.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

import autodiff as ad

STEP = 15  # the second gradient arrives at a shared node


def loss(w, x, b):
    a = w * x
    return (ad.tanh(a + b) - 1.0) ** 2 + 0.1 * a


def photograph(folder):
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as driver:
        page_file = ad.play(loss, 0.5, 2.0, -0.25).save(Path(temporary) / "page.html")
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1180, "height": 520})
        page.goto(page_file.as_uri())
        page.fill("#slider", str(STEP))
        page.evaluate("document.activeElement.blur()")
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        browser.close()
    picture.quantize(64, dither=Image.Dither.NONE).save(folder / "player.png", optimize=True)


if __name__ == "__main__":
    photograph(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
