"""Draw docs/images/review.png: the review page of a phantom that the embedded models read, in headless Chromium."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from overread.testing.phantoms import PlacedFinding, sample_recipe, write_study

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "review.png"
NUMBER = 2031
FINDINGS = (
    PlacedFinding(label="Pleural Effusion", laterality="right", severity="large"),
    PlacedFinding(label="Cardiomegaly", severity="large"),
)
SENTENCE = "effusion"
"""The sentence that is chosen, so that its evidence shows."""
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")


def main() -> None:
    """Read the phantom in a store of its own, open its page and take its picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recipe = sample_recipe(NUMBER, view="PA", supine=False, flipped=False, findings=FINDINGS)
        write_study(folder / "study", recipe)
        program = [str(Path(sys.executable).with_name("overread")), "-c", f"home={folder / 'home'}"]
        subprocess.run([*program, "read", str(folder / "study"), "--out", str(folder / "out")], check=True)
        page_server = subprocess.Popen([*program, "app", "--port", "0"], stderr=subprocess.PIPE, text=True)
        try:
            take(link_of(page_server))
        finally:
            page_server.terminate()
            page_server.wait()


def link_of(server: subprocess.Popen[str]) -> str:
    """Read the page's link off what the program prints."""
    for line in server.stderr or ():
        if found := re.search(r"http://\S+", line):
            return found[0]
    sys.exit("the app ended before it gave its link")


def take(link: str) -> None:
    """Write PICTURE: the first case's page, 1500 x 1000, with the sentence chosen, in at most 200 colours."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1500, "height": 1000})
        page.add_init_script("localStorage.setItem('overread.tour', 'done')")
        page.goto(link)
        open_first_case(page)
        page.locator(".sentence", has_text=re.compile(SENTENCE)).first.click()
        page.wait_for_timeout(1500)  # the chosen region is drawn after the sentence is marked
        page.screenshot(path=PICTURE)
        browser.close()
    small = Image.open(PICTURE).convert("RGB").quantize(200, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    small.save(PICTURE, optimize=True)


def open_first_case(page: Page) -> None:
    """Open the first case of the worklist and wait until its radiograph is drawn."""
    page.locator("tr[data-case]").first.click()
    page.wait_for_selector("[data-pane=main][data-ready=yes]")


if __name__ == "__main__":
    main()
