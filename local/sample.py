"""A first photo to upload."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageFilter

from local.home import Home


def write_sample_photo(home: Home) -> Path:
    """Make the picture that the first lines to paste upload, if it is not there; its path."""
    path = home.path / "sample.jpg"
    if not path.exists():
        sky = Image.linear_gradient("L").resize((1280, 960))
        hills = Image.effect_noise((64, 48), 90).resize((1280, 960)).filter(ImageFilter.GaussianBlur(12))
        Image.merge("RGB", (hills, sky, sky.rotate(180))).save(path, quality=88)
    return path
