"""Frames a second and the first image of the review page: a 3000 x 3000 picture of 16 bits in headless Chromium.

No GPU is used. Prints one line of JSON per figure. Frames are those of requestAnimationFrame, at most the 60 of the
display; `draw` is the time that the page's own script takes for one, with its fastest tenth for a machine that is busy.
"""

import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import uvicorn
from playwright.sync_api import Page, sync_playwright

from overread.admission import AdmittedCase
from overread.composition import open_room
from overread.review import LinkAccess, create_app
from overread.settings import load_settings
from overread.testing.phantoms import sample_recipe, write_study

SIDE = 3000
FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
SCREENS = ((1600, 950), (2560, 1440), (3840, 2160))
FRAMES = 90
EVENTS = {
    "window": "new KeyboardEvent('keydown', {key: n % 60 < 30 ? 'ArrowRight' : 'ArrowLeft', shiftKey: true})",
    "pan": "new KeyboardEvent('keydown', {key: n % 20 < 10 ? 'ArrowRight' : 'ArrowLeft'})",
    "zoom": "new WheelEvent('wheel', {deltaY: n % 40 < 20 ? -30 : 30, clientX: 300, clientY: 500})",
}
MEASURE = """([frames, event]) => new Promise((done) => {
    const pane = document.querySelector('[data-pane=main]');
    const make = new Function('n', `return ${event}`);
    const at = [], took = [];
    let n = 0;
    const step = (now) => {
        at.push(now);
        const before = performance.now();
        pane.dispatchEvent(make(n));
        took.push(performance.now() - before);
        if (n++ < frames) requestAnimationFrame(step); else done([at, took]);
    };
    requestAnimationFrame(step);
})"""


def main() -> None:
    """Put the picture into a store of its own, open its page and move it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        room_settings = load_settings(home=folder / "home")
        with open_room(room_settings) as room:
            path = deep_picture(folder)
            before = time.perf_counter()
            admitted = room.take_in([path])
            report("take in", seconds=round(time.perf_counter() - before, 2))
            assert isinstance(admitted, AdmittedCase)
            access = LinkAccess()
            with served(create_app(room, access)) as address, sync_playwright() as driver:
                browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=list(FLAGS))
                for width, height in SCREENS:
                    page = browser.new_page(viewport={"width": width, "height": height})
                    page.goto(f"{address}/enter?token={access.link()}")
                    measure(page, admitted.case.case_id, f"{width} x {height}")
                    page.close()
                browser.close()


def deep_picture(folder: Path) -> Path:
    """Write a phantom study whose 16 bits are all in use."""
    recipe = sample_recipe(7, view="PA", flipped=False)
    [path] = write_study(folder / "study", recipe, size=SIDE)
    from pydicom import dcmread

    dataset = dcmread(path)
    codes = dataset.pixel_array.astype(np.float64)
    spread = (codes - codes.min()) / np.ptp(codes) * 64000
    noisy = spread + np.random.default_rng(1).normal(0, 60, spread.shape)
    dataset.PixelData = np.clip(noisy, 0, 65535).astype("<u2").tobytes()
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.WindowCenter, dataset.WindowWidth = "32000", "64000"
    dataset.save_as(path)
    return path


def measure(page: Page, case_id: str, screen: str) -> None:
    """Print how long the first image takes after the click, and how fast it moves."""
    row = f"tr[data-case='{case_id}']"
    page.wait_for_selector(row)
    for visit in ("first", "again"):
        before = time.perf_counter()
        page.click(row)
        page.wait_for_selector("[data-pane=main]:not([data-ready=no])[data-ready]")
        first = time.perf_counter() - before
        page.wait_for_selector("[data-pane=main][data-ready=yes]")
        whole = time.perf_counter() - before
        script = page.evaluate("() => Number(document.querySelector('[data-pane=main]').dataset.firstMs)")
        report(
            "open",
            screen=screen,
            visit=visit,
            of_it_pane_ms=script,
            first_image_s=round(first, 2),
            stored_values_s=round(whole, 2),
            load=round(os.getloadavg()[0], 1),
        )
        if visit == "first":
            page.click("#back")
            page.wait_for_selector(row)
    pixels = page.evaluate(
        "() => { const c = document.querySelector('[data-pane=main] canvas'); return [c.width, c.height] }"
    )
    for what, event in EVENTS.items():
        at, took = page.evaluate(MEASURE, [FRAMES, event])
        gaps = np.diff(at)
        report(
            what,
            screen=screen,
            pane=pixels,
            frames_a_second=round(1000 / float(np.mean(gaps)), 1),
            slowest_frame_ms=round(float(np.max(gaps)), 1),
            draw_ms=round(float(np.median(took)), 1),
            draw_ms_fastest_tenth=round(float(np.quantile(took, 0.1)), 1),
        )


def report(what: str, **figures: object) -> None:
    """Print one figure."""
    print(json.dumps({"what": what, **figures}), flush=True)


@contextmanager
def served(app: object) -> Iterator[str]:
    """Serve an application on a free port of the loopback, in a thread."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", access_log=False))  # type: ignore[arg-type]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


if __name__ == "__main__":
    main()
