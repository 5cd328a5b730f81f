"""A picture of the player, in the middle of the backward pass."""

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image

SIZE = {"width": 1180, "height": 500}
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


def photograph(player, path):
    """Write what a chromium shows of a player, after three quarters of its steps."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = Path(folder) / "page.html"
        file.write_text(player.html, encoding="utf-8")
        browser = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.goto(file.as_uri())
        page.evaluate("slider => { slider.value = Math.round(0.75 * slider.max); slider.dispatchEvent(new Event('input')); }",
                      page.query_selector("#slider"))  # fmt: skip
        page.evaluate("document.activeElement.blur()")
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        browser.close()
    picture.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
