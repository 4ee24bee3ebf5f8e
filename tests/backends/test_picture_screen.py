"""What a model server is sent of a picture with text in it."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from overread.backends._http import Address, Bounds, ServerClient
from overread.backends._http_loop import http_loop
from overread.backends._picture_screen import Screen, screen_for, stays_here
from overread.backends._picture_urls import PictureUrls
from overread.errors import SettingsError, Unavailable
from overread.pixel_text.found import TextBox, TextFinder
from overread.ports import Picture
from overread.settings import ModelSpec, Settings

PICTURE = np.full((64, 64), 90, np.uint8)
PICTURE[20:28, 20:50] = 255


class Written:
    def find(self, picture: Picture) -> tuple[TextBox, ...]:
        return (TextBox(top=20, left=20, height=8, width=30, kind="text"),)


def not_installed() -> TextFinder:
    raise SettingsError("finding text in pictures needs the extra 'ocr'")


def sent(url: str) -> Picture:
    with Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))) as image:
        return np.asarray(image)


def test_what_passes_the_screen_has_no_text_left() -> None:
    assert sent(PictureUrls(64, 64).url(PICTURE)).max() == 255
    assert sent(PictureUrls(64, 64, Screen("vlm", Written)).url(PICTURE)).max() == 90


def test_without_a_finder_nothing_is_sent() -> None:
    with pytest.raises(Unavailable, match=r"are not sent to the server of model 'vlm'.*extra 'ocr'.*mask_text=never"):
        PictureUrls(64, 64, Screen("vlm", not_installed)).url(PICTURE)


@pytest.mark.parametrize(
    ("url", "mask_text", "screened"),
    [
        (None, "remote", False),
        ("http://127.0.0.1:8100", "remote", False),
        ("http://localhost:8100", "remote", False),
        ("http://[::1]:8100", "remote", False),
        ("http://gpu.hospital.example:8100", "remote", True),
        ("https://10.1.2.3", "remote", True),
        ("http://127.0.0.1.example.org", "remote", True),
        ("https://10.1.2.3", "never", False),
        (None, "always", True),
    ],
)
def test_pictures_for_another_machine_are_screened(url: str | None, mask_text: str, screened: bool) -> None:
    spec = ModelSpec(backend="vllm", model="vlm", url=url)
    assert (screen_for("vlm", spec, Settings(mask_text=mask_text)) is not None) == screened


@pytest.mark.parametrize(("host", "screened"), [("0.0.0.0", False), ("::", False), ("10.1.2.3", True)])
def test_our_own_servers_are_here_unless_they_are_bound_elsewhere(host: str, screened: bool) -> None:
    settings = Settings.model_validate({"serving": {"host": host}})
    assert (screen_for("vlm", ModelSpec(backend="vllm", model="vlm"), settings) is not None) == screened


def test_a_server_that_turns_out_to_be_elsewhere_is_not_asked() -> None:
    place = Address("http://192.0.2.7:8100", None, "", "look")
    client = ServerClient("vlm", lambda: place, Bounds(seconds=20), here=stays_here)
    with pytest.raises(Unavailable, match="on another machine than was expected"):
        http_loop().run(client.post("/v1/chat/completions", b"{}"))
