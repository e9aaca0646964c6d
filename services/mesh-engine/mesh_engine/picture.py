"""A decoded picture."""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
"""(rows, cols) float32, row 0 = top."""


@dataclass(frozen=True)
class Picture:
    """Colours and opacity of a picture, upright.

    Attributes
    ----------
    colour : (rows, cols, 3) float32 or uint8 or uint16
        Red, green, blue; not multiplied by the opacity; row 0 = top.
    alpha : (rows, cols) of the same type, or None
        Opacity; None when all of it is opaque.
    is_grey : bool
        The file holds one channel of brightness.
    is_deep : bool
        The file holds 16 bits a channel, as height maps do and photos do not.
    warnings : tuple of str
        What was lost or left out while reading.
    """

    colour: NDArray[Any]
    alpha: NDArray[Any] | None
    is_grey: bool = False
    is_deep: bool = False
    warnings: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> int:
        """Height in pixels."""
        return int(self.colour.shape[0])

    @property
    def cols(self) -> int:
        """Width in pixels."""
        return int(self.colour.shape[1])

    @property
    def diagonal(self) -> float:
        """Length in pixels."""
        return math.hypot(self.rows, self.cols)


def working(picture: Picture, most_pixels: int) -> Picture:
    """Bring a picture to the size and the numbers that are computed with.

    Parameters
    ----------
    picture : Picture
        Of integers.
    most_pixels : int
        A larger picture is shrunk to this many, each pixel the mean of those it covers.

    Returns
    -------
    Picture
        With colours and opacities of 0 to 1, float32. Never less than 2 pixels a side.
    """
    scale = min(1.0, math.sqrt(most_pixels / (picture.rows * picture.cols)))
    size = (max(2, round(picture.cols * scale)), max(2, round(picture.rows * scale)))
    # A transparent pixel has a colour too, which must not shine into its neighbours: so the mean is that of what is
    # seen.
    if picture.alpha is None:
        return replace(picture, colour=_shrunk(_of_one(picture.colour), size))
    alpha = _of_one(picture.alpha)
    small = _shrunk(alpha, size)
    seen = _shrunk(_of_one(picture.colour) * alpha[..., None], size)
    colour = np.divide(seen, small[..., None], out=np.zeros_like(seen), where=small[..., None] > 0)
    return replace(picture, colour=np.clip(colour, 0, 1), alpha=small)


def _of_one(numbers: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(numbers, np.float32) / np.float32(np.iinfo(numbers.dtype).max)


def _shrunk(numbers: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    if numbers.shape[1::-1] == size:
        return numbers
    return np.asarray(cv2.resize(numbers, size, interpolation=cv2.INTER_AREA), np.float32)
