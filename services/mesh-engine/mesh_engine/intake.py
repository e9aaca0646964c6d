"""From a file's bytes to a picture, whatever the bytes are.

Two traps decide the shape of this: Pillow clips 16-bit grey when it converts it, and reads 16-bit colour as 8-bit, both
silently. So grey is taken as numbers, and deep colour is read by OpenCV, after Pillow has found the file sound.
"""

import hashlib
import io
import struct
import warnings
from dataclasses import replace
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from mesh_engine.failures import Code, Refused
from mesh_engine.picture import Picture

MAX_BYTES: Final = 25 * 1024 * 1024
# 8000 x 6000, what a phone takes; four bytes each still fit a worker's memory many times.
MAX_PIXELS: Final = 50_000_000
MIN_SIDE_PX: Final = 2
# A JPEG is decoded at a half, a quarter or an eighth where that still holds this many pixels a side.
DRAFT_SIDE_PX: Final = 2048

MAGIC: Final = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG", b"RIFF": "WEBP"}
OTHERS: Final = {
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"%PDF": "a PDF",
    b"<": "text",
}

# What decoders are known to raise for files that are broken.
BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, OverflowError)


def sha256_of(data: bytes) -> str:
    """Hexadecimal digest of a picture's bytes."""
    return hashlib.sha256(data).hexdigest()


def read_picture(data: bytes) -> Picture:
    """Read a PNG, JPEG or WebP file; which of them, its first bytes say.

    Parameters
    ----------
    data : bytes
        The whole file, at most 25 MiB.

    Returns
    -------
    Picture
        Upright by its EXIF, in RGB, integers of 8 or 16 bits. Large JPEGs come at a half, a quarter or an eighth. Of an
        animation the first frame, with a warning.

    Raises
    ------
    Refused
        ``IMAGE_UNSUPPORTED`` for other kinds of files, ``IMAGE_CORRUPT`` for broken ones, ``IMAGE_TOO_LARGE`` beyond 25
        MiB or 50 million pixels, which is judged before anything is decoded, ``IMAGE_TOO_SMALL`` under 2 pixels a side.
    """
    if len(data) > MAX_BYTES:
        raise Refused(Code.IMAGE_TOO_LARGE, f"the picture has {len(data)} bytes; allowed are {MAX_BYTES}")
    kind = _kind(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=(kind,)) as image:
                _check_size(image)
                return _decoded(image, data)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as bomb:
        raise Refused(Code.IMAGE_TOO_LARGE, f"the picture is too large: {bomb}") from bomb
    except BROKEN as broken:
        raise Refused(Code.IMAGE_CORRUPT, f"the picture begins as {kind} and cannot be read: {broken}") from broken


def _kind(data: bytes) -> str:
    for magic, kind in MAGIC.items():
        if data.startswith(magic) and (kind != "WEBP" or data[8:12] == b"WEBP"):
            return kind
    what = next((name for magic, name in OTHERS.items() if data.startswith(magic)), None)
    begins = f"begins with {data[:8].hex(' ')}" if data else "is empty"
    raise Refused(
        Code.IMAGE_UNSUPPORTED,
        f"the picture {begins}{f', as {what} does' if what else ''}; allowed are PNG, JPEG and WebP",
    )


def _check_size(image: Image.Image) -> None:
    cols, rows = image.size
    if cols * rows > MAX_PIXELS:
        raise Refused(Code.IMAGE_TOO_LARGE, f"the picture has {cols} x {rows} pixels; allowed are {MAX_PIXELS} in all")
    if min(cols, rows) < MIN_SIDE_PX:
        raise Refused(
            Code.IMAGE_TOO_SMALL, f"the picture has {cols} x {rows} pixels; a side needs {MIN_SIDE_PX} or more"
        )


def _decoded(image: Image.Image, data: bytes) -> Picture:
    found = []
    if image.format == "JPEG":
        # Asked for less than half of the size, it gives the half; four times faster for a large photo.
        image.draft(None, (DRAFT_SIDE_PX, DRAFT_SIDE_PX))
    elif getattr(image, "n_frames", 1) > 1:
        image.seek(0)
        found.append("the picture is an animation; its first frame was taken")
    image.load()
    orientation = int(image.getexif().get(0x0112, 1) or 1)
    if _is_deep_colour(data):
        picture = _deep_colour(data)
    elif image.mode.startswith("I"):
        picture = _deep_grey(image)
    else:
        picture, lost = _plain(image)
        found += lost
    return _opaque_or_not(replace(_upright(picture, orientation), warnings=tuple(found)))


def _is_deep_colour(data: bytes) -> bool:
    """A PNG of 16 bits with more than grey; byte 24 is the depth, byte 25 the kind of colour."""
    return data[:4] == b"\x89PNG" and data[24] == 16 and data[25] in (2, 4, 6)


def _deep_colour(data: bytes) -> Picture:
    numbers = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if numbers is None or numbers.dtype != np.uint16:
        raise ValueError("its 16-bit colours are not decoded")
    is_grey = data[25] == 4
    colour = np.ascontiguousarray(numbers[..., 2::-1])
    alpha = np.ascontiguousarray(numbers[..., 3]) if numbers.shape[2] == 4 else None
    return Picture(colour, alpha, is_grey=is_grey, is_deep=True)


def _deep_grey(image: Image.Image) -> Picture:
    grey = np.clip(np.asarray(image), 0, 65_535).astype(np.uint16)
    transparent = image.info.get("transparency")
    alpha = np.where(grey == transparent, 0, 65_535).astype(np.uint16) if isinstance(transparent, int) else None
    return Picture(np.repeat(grey[..., None], 3, axis=2), alpha, is_grey=True, is_deep=True)


def _plain(image: Image.Image) -> tuple[Picture, list[str]]:
    is_grey = image.mode in ("1", "L", "LA", "La")
    if image.mode == "CMYK":
        rgb, lost = _from_print(image)
        return Picture(np.asarray(rgb), None), lost
    has_alpha = image.has_transparency_data
    numbers = np.asarray(image.convert("RGBA" if has_alpha else "RGB"))
    alpha = np.ascontiguousarray(numbers[..., 3]) if has_alpha else None
    return Picture(np.ascontiguousarray(numbers[..., :3]), alpha, is_grey=is_grey), []


def _from_print(image: Image.Image) -> tuple[Image.Image, list[str]]:
    profile = image.info.get("icc_profile")
    if not profile:
        return image.convert("RGB"), ["the picture is CMYK without a colour profile; its colours are approximate"]
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        rgb = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        rgb = None
    if rgb is None:
        return image.convert("RGB"), ["the picture's colour profile is unusable; its colours are approximate"]
    return rgb, []


def _upright(picture: Picture, orientation: int) -> Picture:
    """Undo what EXIF says of the camera: 1 is upright, the others are turned or mirrored."""
    if not 2 <= orientation <= 8:
        return picture
    return replace(
        picture,
        colour=_turned(picture.colour, orientation),
        alpha=None if picture.alpha is None else _turned(picture.alpha, orientation),
    )


def _turned(numbers: NDArray[Any], orientation: int) -> NDArray[Any]:
    if orientation >= 5:
        numbers = np.swapaxes(numbers, 0, 1)
    if orientation in (3, 4, 7, 8):
        numbers = np.flip(numbers, 0)
    if orientation in (2, 3, 6, 7):
        numbers = np.flip(numbers, 1)
    return np.ascontiguousarray(numbers)


def _opaque_or_not(picture: Picture) -> Picture:
    if picture.alpha is None or (picture.alpha == np.iinfo(picture.alpha.dtype).max).all():
        return replace(picture, alpha=None)
    return picture
