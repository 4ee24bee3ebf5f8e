"""Pack what training needs into one small file, for a machine that is lent for minutes and has nothing else.

    python -m training.pack pack.npz          what this data folder and its caches hold, about 50 MB

Films and phantoms are WebP pictures (quality 85) of 256 px at most, the size of the caches; films that are smaller stay
so. Of films whose licence forbids shipped weights, and of the fold that tests, there are no pictures; the manifest's
rows of that fold are there, because who may teach is said of all patients (`training.folds`). VQA-RAD's images are of
256 px as well. The pack is of real patients' films: it is not to be published, or kept where the data may not be.
"""

import argparse
import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from overread.imaging.letterbox import letterbox
from training.data import Row, manifest, read_gray
from training.folds import TEST_FOLD, fold_of
from training.network_data import teaches
from training.paths import WORK, data_root, save_arrays
from training.resolution import CACHED
from training.scope import vqa_records
from training.splits import split_of

QUALITY = 85
MOST = 60_000_000
"""Bytes of a pack."""
PHANTOM_ARRAYS = ("masks", "findings", "truths", "frontal", "numbers")
LOST = ("source_file", "structures", "masks_all", "mask_path", "mask_kind", "heart_mask_path", "notes_text")
"""Columns of the manifest that name files which the pack has not, or say what no training reads."""


class TooLarge(RuntimeError):
    """The pack would have more bytes than a lent machine takes."""


def picture_bytes(pixels: NDArray[np.uint8]) -> bytes:
    """Encode a film (h, w), brought to CACHED at most."""
    image = Image.fromarray(pixels)
    image.thumbnail((CACHED, CACHED), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "WEBP", quality=QUALITY)
    return stream.getvalue()


def picture_of(data: bytes) -> NDArray[np.uint8]:
    """Decode a film (h, w)."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("L"))


def joined(parts: Sequence[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Put byte strings behind each other; gives all bytes and where each ends."""
    return np.frombuffer(b"".join(parts), np.uint8), np.cumsum([len(part) for part in parts], dtype=np.int64)


def parted(data: NDArray[np.uint8], ends: NDArray[np.int64]) -> Iterator[bytes]:
    """Give what `joined` was given."""
    start = 0
    for end in ends.tolist():
        yield data[start:end].tobytes()
        start = end


def shown(row: Row) -> bool:
    """Say whether a film's picture is packed: it may teach, and is not of the fold that tests."""
    return teaches(row) and fold_of(row.fields["patient_id"]) != TEST_FOLD


def rows_packed(rows: Sequence[Row]) -> list[Row]:
    """Give the rows that a pack has, those that it shows first: all whose licence lets weights ship."""
    return sorted((row for row in rows if row.trainable), key=lambda row: not shown(row))


def written(rows: Sequence[Row]) -> str:
    """Write a manifest of rows without the columns LOST, empty there."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0].fields))
    writer.writeheader()
    writer.writerows({**row.fields, **{name: "" for name in LOST if name in row.fields}} for row in rows)
    return stream.getvalue()


def packed() -> dict[str, NDArray[Any]]:
    """Give the arrays of a pack."""
    rows = rows_packed(manifest())
    films = [
        picture_bytes(read_gray(data_root() / "cxr" / row.fields["path"]))
        for row in tqdm([row for row in rows if shown(row)], desc="films", mininterval=10)
    ]
    arrays: dict[str, NDArray[Any]] = {}
    arrays["films"], arrays["films_ends"] = joined(films)
    arrays["manifest"] = np.array(written(rows))
    arrays |= _vqa()
    with np.load(WORK / "cache" / "negatives.npz") as cache:
        chosen = np.array([split_of(f"negative:{number}") == "train" for number in cache["numbers"]])
        drawn = [picture_bytes(one) for one in cache["images"][chosen]]
        arrays["negatives"], arrays["negatives_ends"] = joined(drawn)
        arrays["negatives_numbers"] = cache["numbers"][chosen]
    return arrays | _phantoms()


def _vqa() -> dict[str, NDArray[Any]]:
    """Give VQA-RAD's training images and the questions of them."""
    records = [record for record in vqa_records() if split_of(f"vqa:{record['image_id']}") == "train"]
    names = sorted({record["image"] for record in records})
    data, ends = joined([picture_bytes(read_gray(data_root() / "vqa" / name)) for name in names])
    lines = "".join(json.dumps(record) + "\n" for record in records)
    return {"vqa": data, "vqa_ends": ends, "vqa_names": np.array(names), "vqa_records": np.array(lines)}


def _phantoms() -> dict[str, NDArray[Any]]:
    """Give the phantoms that teach; their masks are exact, and packed without loss."""
    with np.load(WORK / "cache" / "phantoms.npz") as cache:
        chosen = np.array([split_of(f"phantom:{number}") == "train" for number in cache["numbers"]])
        arrays: dict[str, NDArray[Any]] = {f"phantoms_{name}": cache[name][chosen] for name in PHANTOM_ARRAYS}
        images, ends = joined([picture_bytes(one) for one in cache["images"][chosen]])
    # Training reads every fourth pixel of the organs (`Phantoms.maps`).
    arrays["phantoms_masks"] = arrays["phantoms_masks"][:, ::4, ::4]
    return arrays | {"phantoms": images, "phantoms_ends": ends}


def write(path: Path) -> int:
    """Write a pack and give its bytes; raises `TooLarge` above MOST, and then leaves none."""
    partial = path.with_suffix(".partial.npz")
    np.savez_compressed(partial, **packed())  # type: ignore[arg-type]
    size = partial.stat().st_size
    if size > MOST:
        partial.unlink()
        raise TooLarge(f"the pack would have {size / 1e6:.1f} MB, more than {MOST / 1e6:.0f}; render fewer phantoms")
    partial.replace(path)
    return size


def unpack(path: Path, data: Path, cache: Path) -> None:
    """Write a pack's manifest and questions into a data folder, and its pictures as training's caches.

    Films without a picture are black. Raises `ValueError` for a file that is no pack.
    """
    with np.load(path) as given:
        if "films_ends" not in given:
            raise ValueError(f"{path.name} is no pack of training.pack")
        arrays = {name: given[name] for name in given.files}
    text = str(arrays["manifest"])
    _place(data / "cxr" / "manifest.csv", text)
    count = sum(1 for _ in csv.DictReader(io.StringIO(text)))
    images = np.zeros((count, CACHED, CACHED), np.uint8)
    for place, film in enumerate(parted(arrays["films"], arrays["films_ends"])):
        images[place] = letterbox(picture_of(film), CACHED).pixels
    cache.mkdir(parents=True, exist_ok=True)
    save_arrays(cache / "real.npz", {"images": images})
    _place(data / "vqa" / "vqa_rad.jsonl", str(arrays["vqa_records"]))
    for name, film in zip(arrays["vqa_names"], parted(arrays["vqa"], arrays["vqa_ends"]), strict=True):
        _place(data / "vqa" / str(name), picture_of(film))
    negatives = _pictures(arrays, "negatives")
    save_arrays(cache / "negatives.npz", {"images": negatives, "numbers": arrays["negatives_numbers"]})
    phantoms = {name: arrays[f"phantoms_{name}"] for name in PHANTOM_ARRAYS}
    phantoms["masks"] = phantoms["masks"].repeat(4, 1).repeat(4, 2)
    save_arrays(cache / "phantoms.npz", {"images": _pictures(arrays, "phantoms"), **phantoms})


def _pictures(arrays: dict[str, NDArray[Any]], name: str) -> NDArray[np.uint8]:
    return np.stack([picture_of(one) for one in parted(arrays[name], arrays[f"{name}_ends"])])


def _place(path: Path, content: str | NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    else:
        # A name may end in .jpg; what a lossy picture was is not to be coded so again.
        Image.fromarray(content).save(path, "PNG")


def main() -> None:
    """Write a pack and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    options = parser.parse_args()
    try:
        print(f"{options.path}: {write(options.path) / 1e6:.1f} MB")
    except TooLarge as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
