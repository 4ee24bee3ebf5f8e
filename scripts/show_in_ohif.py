"""Show a study with its segmentation in OHIF, out of a real Orthanc, in headless Chromium: a picture to look at.

    npm pack @ohif/app@3.13.2 && tar xzf ohif-app-3.13.2.tgz
    python -m scripts.show_in_ohif package/dist IMAGE.dcm --out ohif.png [--kind seg]

Needs Orthanc with DICOMweb (tests/peers/orthanc.py) and Chromium. The image is read by the embedded profile, and what
`--kind` names is written and stored beside it.
"""

import argparse
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright
from pydicom import dcmread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from overread.composition import open_room
from overread.export._case import export_of, write_kinds, writers
from overread.settings import load_settings
from tests.needs import chromium
from tests.peers.orthanc import PASSWORD, USER, Orthanc, serving
from tests.review.conftest import FLAGS
from tests.review.stage import served

SOFTWARE_WEBGL = "--use-angle=swiftshader --enable-unsafe-swiftshader --ignore-gpu-blocklist"
PATIENCE_MS = 120_000
TOUR_AWAY = ".shepherd-modal-overlay-container, .shepherd-element { display: none !important }"


def main() -> None:
    """Read, export, store, open, and take the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ohif", type=Path, help="folder `dist` of @ohif/app")
    parser.add_argument("image", type=Path, help="a DICOM radiograph")
    parser.add_argument("--kind", default="seg-viewer", help="what is stored beside it")
    parser.add_argument("--out", type=Path, default=Path("ohif.png"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serving() as orthanc:
        orthanc.store(options.image, *written(options.image, options.kind, Path(folder)))
        with served(viewer(options.ohif.resolve(), orthanc)) as address:
            study = dcmread(options.image, stop_before_pixels=True).StudyInstanceUID
            for line in look(f"{address}/viewer?StudyInstanceUIDs={study}", options.out):
                print(line)


def written(image: Path, kind: str, folder: Path) -> list[Path]:
    """Read the image and write one kind of output."""
    settings = load_settings(home=folder / "home", profile="embedded")
    with open_room(settings) as room:
        file = room.read(room.take_in([image]).case.case_id)  # type: ignore[union-attr]
        (out := folder / "out").mkdir()
        (done,) = write_kinds(export_of(room.home, file.case_id, settings.draft_policy), writers([kind]), out)
    if done.why_not:
        raise SystemExit(done.why_not)
    return list(done.files)


def viewer(dist: Path, orthanc: Orthanc) -> Starlette:
    """Serve OHIF's files, and pass what it asks of DICOMweb on to Orthanc."""

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(base_url=orthanc.url, auth=(USER, PASSWORD), trust_env=False) as app.state.client:
            yield

    async def dicomweb(request: Request) -> Response:
        sent = {"accept": request.headers.get("accept", "*/*")}
        told = await request.app.state.client.get(request.url.path, params=request.query_params, headers=sent)
        kept = {"content-type": told.headers.get("content-type", "application/octet-stream")}
        return Response(told.content, told.status_code, kept)

    async def page(request: Request) -> Response:
        name = request.path_params["path"]
        if name == "app-config.js":
            return Response(configuration(), media_type="text/javascript")
        path = dist / name
        return FileResponse(path if name and path.is_file() else dist / "index.html")

    return Starlette(routes=[Route("/dicom-web/{path:path}", dicomweb), Route("/{path:path}", page)], lifespan=life)


def configuration() -> str:
    """Give OHIF's configuration: one source, and a segmentation is shown without asking."""
    roots = dict.fromkeys(("qidoRoot", "wadoRoot", "wadoUriRoot"), "/dicom-web")
    source = {"friendlyName": "Orthanc", "name": "orthanc", "imageRendering": "wadors", "thumbnailRendering": "wadors",
              "qidoSupportsIncludeField": False, "supportsReject": False, "enableStudyLazyLoad": True,
              "supportsFuzzyMatching": False, **roots}  # fmt: skip
    module = "@ohif/extension-default.dataSourcesModule.dicomweb"
    told = {"routerBasename": "/", "extensions": [], "modes": [], "showStudyList": True, "defaultDataSourceName": "dw",
            "disableConfirmationPrompts": True, "useCPURendering": False, "maxNumberOfWebWorkers": 2,
            "dataSources": [{"namespace": module, "sourceName": "dw", "configuration": source}]}  # fmt: skip
    return f"window.config = {json.dumps(told)};"


def look(address: str, out: Path) -> list[str]:
    """Open the study, load the segmentation, take the picture; give what the page complained about."""
    said: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=[*FLAGS.split(), *SOFTWARE_WEBGL.split()])
        page = browser.new_page(viewport={"width": 1500, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on("console", lambda one: said.append(f"{one.type}: {one.text[:200]}") if one.type == "error" else None)
        page.goto(address)
        page.wait_for_selector("canvas.cornerstone-canvas, .cornerstone-canvas")
        page.add_style_tag(content=TOUR_AWAY)
        thumbnail = page.locator("[data-cy='study-browser-thumbnail-no-image'], [data-cy^='study-browser-thumbnail']")
        thumbnail.filter(has_text="SEG").first.dblclick()
        page.wait_for_timeout(15_000)
        page.screenshot(path=out)
        browser.close()
    return said


if __name__ == "__main__":
    main()
