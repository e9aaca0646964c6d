"""A small picture of a sprite with its mesh drawn over it."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mesh_engine.frame import MARGIN, frame_of, png_of
from mesh_engine.sprite_mesh import SpriteMesh

INSIDE, OUTLINE = (64, 160, 255, 255), (255, 96, 32, 255)
# Lines are placed to a sixteenth of a pixel.
SHIFT = 4


def sprite_thumbnail(mesh: SpriteMesh, pixels: NDArray[np.uint8], width: int) -> bytes:
    """Draw a sprite's picture, its inner edges blue and its outline orange; a PNG three quarters as high as wide.

    Parameters
    ----------
    mesh : SpriteMesh
        Its vertices, edges, rows and cols are looked at.
    pixels : (rows, cols, 4) uint8
        RGBA, row 0 = top.
    width : int
        Of the thumbnail, px.
    """
    size = frame_of(width)
    scale = min(size[0] / mesh.cols, size[1] / mesh.rows) / MARGIN
    move = np.array([size[0] - mesh.cols * scale, size[1] - mesh.rows * scale]) / 2
    ground = _placed(pixels, scale, move, size)
    points = np.rint((mesh.vertices * scale + move - 0.5) * 2**SHIFT).astype(np.int32)
    for edges, colour in ((mesh.internal_edges, INSIDE), (mesh.boundary_edges, OUTLINE)):
        cv2.polylines(ground, list(points[edges]), False, colour, 1, cv2.LINE_AA, SHIFT)
    return png_of(ground)


def _placed(
    pixels: NDArray[np.uint8], scale: float, move: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.uint8]:
    """A picture scaled and moved into a transparent frame, without fringes from what is transparent."""
    seen: NDArray[Any] = pixels.astype(np.float32) / 255
    seen[..., :3] *= seen[..., 3:]
    if scale < 1:
        reduced = (max(1, round(seen.shape[1] * scale)), max(1, round(seen.shape[0] * scale)))
        scale_x, scale_y = scale * seen.shape[1] / reduced[0], scale * seen.shape[0] / reduced[1]
        seen = cv2.resize(seen, reduced, interpolation=cv2.INTER_AREA)
    else:
        scale_x = scale_y = scale
    # Pixel centres go to pixel centres.
    matrix = np.array([[scale_x, 0, move[0] + scale_x / 2 - 0.5], [0, scale_y, move[1] + scale_y / 2 - 0.5]])
    drawn = cv2.warpAffine(seen, matrix, size, flags=cv2.INTER_LINEAR)
    alpha = drawn[..., 3:]
    colour = np.divide(drawn[..., :3], alpha, out=np.zeros_like(drawn[..., :3]), where=alpha > 0)
    return np.rint(np.clip(np.dstack([colour, alpha]), 0, 1) * 255).astype(np.uint8)
