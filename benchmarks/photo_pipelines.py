"""Ways to look at one photo: the obvious one, the limit, and the peers. Each takes the file's bytes."""

from __future__ import annotations

import hashlib
import importlib
import io
from collections.abc import Callable

import imagehash
import numpy as np
from _pi_heif import load_file
from pi_heif.as_plugin import register_heif_opener
from PIL import Image, ImageOps
from simplejpeg import decode_jpeg  # type: ignore[attr-defined]

Pipeline = Callable[[bytes], object]
register_heif_opener()
_THUMBNAIL = (256, 256)
_REDUCTION = 8


def obvious(data: bytes) -> tuple[str, str, bytes]:
    """What one writes first: decode all, hash the pixels, hash the bytes, make a thumbnail."""
    picture = Image.open(io.BytesIO(data))
    ImageOps.exif_transpose(picture, in_place=True)
    perceptual = str(imagehash.phash(picture))
    picture.thumbnail(_THUMBNAIL)
    written = io.BytesIO()
    picture.convert("RGB").save(written, "JPEG")
    return hashlib.sha256(data).hexdigest(), perceptual, written.getvalue()


def scaled_by_pillow(data: bytes, mode: str = "RGB") -> None:
    """Pillow's libjpeg-turbo, an eighth of the size, and SHA-256; nothing else."""
    picture = Image.open(io.BytesIO(data))
    picture.draft(mode, (picture.width // _REDUCTION, picture.height // _REDUCTION))
    picture.load()
    hashlib.sha256(data).digest()


def scaled_gray_by_pillow(data: bytes) -> None:
    """The same without colour: enough for the hash, too little for the thumbnail."""
    scaled_by_pillow(data, "L")


def scaled_by_simplejpeg(data: bytes) -> None:
    """simplejpeg's libjpeg-turbo, an eighth of the size, and SHA-256; nothing else."""
    decode_jpeg(data, min_factor=_REDUCTION)
    hashlib.sha256(data).digest()


def decoded_by_pillow(data: bytes) -> None:
    """The whole picture decoded, and SHA-256; nothing else."""
    Image.open(io.BytesIO(data)).load()
    hashlib.sha256(data).digest()


def decoded_by_libheif(data: bytes) -> None:
    """The primary picture decoded on one thread, and SHA-256; nothing else."""
    images = load_file(data, 1, True, False, True, True, "", False)
    assert images[0].data
    hashlib.sha256(data).digest()


def imagehash_alone(data: bytes) -> object:
    """The hash alone, as imagehash computes it."""
    return imagehash.phash(Image.open(io.BytesIO(data)))


def peers() -> dict[str, Pipeline]:
    """The libraries that do a part of the work, as far as they are installed."""
    found: dict[str, Pipeline] = {"imagehash, hash alone": imagehash_alone}
    for name, make in _OPTIONAL.items():
        try:
            found[name] = make()
        except (ImportError, OSError):
            continue
    return found


def _dhash() -> Pipeline:
    dhash = importlib.import_module("dhash")
    return lambda data: dhash.dhash_int(Image.open(io.BytesIO(data)))


def _imagededup() -> Pipeline:
    hasher = importlib.import_module("imagededup.methods").PHash(verbose=False)
    return lambda data: hasher.encode_image(image_array=np.asarray(Image.open(io.BytesIO(data))))


def _pdqhash() -> Pipeline:
    pdqhash = importlib.import_module("pdqhash")
    return lambda data: pdqhash.compute(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


def _pyvips() -> Pipeline:
    pyvips = importlib.import_module("pyvips")
    return lambda data: pyvips.Image.thumbnail_buffer(data, _THUMBNAIL[0]).jpegsave_buffer()


_OPTIONAL: dict[str, Callable[[], Pipeline]] = {
    "dhash, hash alone": _dhash,
    "imagededup, hash alone": _imagededup,
    "pdqhash, hash alone": _pdqhash,
    "pyvips, thumbnail alone": _pyvips,
}
