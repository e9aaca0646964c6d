"""What thumbnails of all kinds have in common: their shape, their margin, their file."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

MARGIN: Final = 1.06
"""The frame's size over that of what is drawn in it."""


def frame_of(width: int) -> tuple[int, int]:
    """Width and height of a thumbnail, px: three quarters as high as wide."""
    return width, round(width * 3 / 4)


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    """(rows, cols, 4) uint8 RGBA as a PNG file."""
    _, data = cv2.imencode(".png", np.ascontiguousarray(pixels[..., [2, 1, 0, 3]]))
    return bytes(data.tobytes())
