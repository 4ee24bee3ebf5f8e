"""SAM (Kirillov et al., ICCV 2023) and MedSAM (Ma et al. 2024): a box to the outline of what fills it."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overread import weights
from overread.backends._clip import normalisation_of
from overread.backends._loading import Loaded, ModelFolder
from overread.errors import AnswerInvalid
from overread.imaging.letterbox import stretch
from overread.ports import BackendCard, Picture
from overread.records import Region


class SamBackend:
    """Outlines what a box holds; it is asked for one mask, and knows no names of things."""

    takes: Literal["words", "box"] = "box"

    def __init__(self, folder: ModelFolder) -> None:
        self.card: BackendCard = folder.card("outline")
        self._loaded = Loaded(folder, "SamModel")
        self._size = int(weights.config(folder.path).get("vision_config", {}).get("image_size", 1024))
        self._mean, self._std = normalisation_of(folder)

    def outline(self, picture: Picture, words: str, box: Region | None) -> NDArray[np.float32]:
        """Give a probability, 0 to 1, at each pixel of the picture [rows, columns]; the words are not looked at.

        Raises `AnswerInvalid` without a box.
        """
        if box is None:
            raise AnswerInvalid(f"model '{self.card.model}' outlines what a box holds, and was given none")
        rows, columns = picture.shape
        scale = self._size / max(rows, columns)
        fitted = max(1, round(rows * scale)), max(1, round(columns * scale))
        corners = np.array([box.x, box.y, box.x + box.width, box.y + box.height], np.float32)
        across, down = fitted[1] / columns, fitted[0] / rows
        with self._loaded.turn() as model:
            import torch

            told = model(
                pixel_values=torch.from_numpy(self._input(picture, fitted)).to(model.device, model.dtype),
                input_boxes=torch.from_numpy(corners * [across, down, across, down])[None, None].to(
                    model.device, model.dtype
                ),
                multimask_output=False,
            )
            logits = told.pred_masks[0, 0].float()[None]
            # As published: to the model's side first, so that the padding can be cut off, then to the picture's.
            whole = torch.nn.functional.interpolate(logits, (self._size, self._size), mode="bilinear")
            inner = whole[..., : fitted[0], : fitted[1]]
            plane = torch.nn.functional.interpolate(inner, (rows, columns), mode="bilinear")
            return np.asarray(torch.sigmoid(plane)[0, 0].cpu().numpy(), np.float32)

    def _input(self, picture: Picture, fitted: tuple[int, int]) -> NDArray[np.float32]:
        """Bring a picture to [1, 3, side, side]: aspect kept, at the top left, zero where there is no picture."""
        resized = Image.fromarray(picture).resize((fitted[1], fitted[0]), Image.Resampling.BILINEAR)
        plane = stretch(np.asarray(resized)).astype(np.float32) / 255
        canvas = np.zeros((1, 3, self._size, self._size), np.float32)
        canvas[0, :, : fitted[0], : fitted[1]] = (plane[None] - self._mean) / self._std
        return canvas
