"""The picture as it lies on a solid."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mesh_engine.picture import Picture
from mesh_engine.request import Texture


def filled(picture: Picture) -> NDArray[np.float32]:
    """Colours of a working picture with those of transparent pixels drawn out from their neighbours.

    What a file says of the colour of a transparent pixel is left over from drawing; seen through an edge it would be a
    seam.

    Returns
    -------
    (rows, cols, 3) float32
        0 to 1; grey where all of it is transparent.
    """
    colour = np.asarray(picture.colour, np.float32)
    if picture.alpha is None:
        return colour
    alpha = np.asarray(picture.alpha, np.float32)[..., None]
    return np.asarray(np.clip(_drawn_out(colour * alpha, alpha), 0, 1), np.float32)


def _drawn_out(seen: NDArray[np.float32], weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours where there is weight, else those of the same picture at half the size, and so on."""
    known = np.divide(seen, weight, out=np.full_like(seen, 0.5), where=weight > 0)
    if (weight > 0).all() or max(seen.shape[:2]) == 1:
        return known
    size = (max(1, (seen.shape[1] + 1) // 2), max(1, (seen.shape[0] + 1) // 2))
    half = _drawn_out(_resized(seen, size), _resized(weight, size))
    around = _resized(half, (seen.shape[1], seen.shape[0]), cv2.INTER_LINEAR)
    return np.where(weight > 0, known, around)


def _resized(numbers: NDArray[np.float32], size: tuple[int, int], how: int = cv2.INTER_AREA) -> NDArray[np.float32]:
    resized = np.asarray(cv2.resize(numbers, size, interpolation=how), np.float32)
    return resized.reshape(size[1], size[0], numbers.shape[2])


def texture_of(picture: Picture, border_px: int, texture: Texture) -> bytes | None:
    """The picture as a JPEG, or None when none is wanted.

    Parameters
    ----------
    picture : Picture
        Working.
    border_px : int
        A frame around it, as heights have, in the colours of the edge.
    texture : Texture
        How large and how good.
    """
    if texture.none:
        return None
    frame = (border_px, border_px)
    colour: NDArray[Any] = np.pad(filled(picture), (frame, frame, (0, 0)), mode="edge")
    scale = min(1.0, texture.max_px / max(colour.shape[:2]))
    if scale < 1:
        size = (max(1, round(colour.shape[1] * scale)), max(1, round(colour.shape[0] * scale)))
        colour = cv2.resize(colour, size, interpolation=cv2.INTER_AREA)
    return jpeg_of(np.rint(np.clip(colour, 0, 1) * 255).astype(np.uint8), texture.jpeg_quality)


def jpeg_of(colour: NDArray[np.uint8], quality: int) -> bytes:
    """(rows, cols, 3) uint8 RGB as a JPEG file; quality 1 to 100."""
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(colour[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data.tobytes())
