"""A small picture of a solid, drawn by casting rays; it needs no screen and no GPU."""

from typing import Any

import cv2
import numpy as np
from embreex import rtcore_scene
from embreex.mesh_construction import TriangleMesh
from numpy.typing import NDArray

from mesh_engine.frame import MARGIN, frame_of, png_of
from mesh_engine.shading import Shaded

Floats = NDArray[np.float32]

# Seen from the front, a little from the right and above.
TOWARDS_EYE = np.array([0.35, -0.55, 0.76])
LIGHTS = ((np.array([-0.5, 0.4, 0.77]), 0.75), (np.array([0.8, -0.3, 0.5]), 0.25))
AMBIENT = 0.18
# Above so many triangles, vertices that share a cell of a grid are drawn as one: what is smaller than a pixel is not
# seen.
MOST_TRIANGLES = 60_000
CELLS = 400
PLAIN = 0.78


def thumbnail_of(shaded: Shaded, texture: bytes | None, width: int) -> bytes:
    """Draw a solid.

    Parameters
    ----------
    shaded : Shaded
        What to draw.
    texture : bytes or None
        A JPEG that lies on it; light grey without.
    width : int
        Of the picture, px; its height is three quarters of it.

    Returns
    -------
    bytes
        A PNG with a transparent ground, the solid filling it but for a margin.
    """
    shaded = _coarser(shaded)
    width, height = frame_of(width)
    origins, direction = _rays(shaded.positions, width, height)
    hit, weights, corners = _cast(shaded, origins, direction)
    light = _light(_mixed(shaded.normals, corners, weights))
    colour = _colour(_mixed(shaded.uv, corners, weights), texture) * light[:, None]
    pixels = np.zeros((height * width, 4), np.uint8)
    pixels[hit, :3] = np.rint(np.clip(colour, 0, 1) * 255)
    pixels[hit, 3] = 255
    return png_of(pixels.reshape(height, width, 4))


def _coarser(shaded: Shaded) -> Shaded:
    if len(shaded.faces) <= MOST_TRIANGLES:
        return shaded
    low = shaded.positions.min(axis=0)
    cell = np.linalg.norm(np.ptp(shaded.positions, axis=0)) / CELLS
    # Upper and lower sides are kept apart by where they look.
    keys = np.column_stack([((shaded.positions - low) / cell), shaded.normals[:, 2] > 0]).astype(np.int64)
    flat = np.ravel_multi_index(keys.T, keys.max(axis=0) + 1)
    _, first, where = np.unique(flat, return_index=True, return_inverse=True)
    faces = where.reshape(-1)[shaded.faces].astype(np.int32)
    a, b, c = faces.T
    is_left = (a != b) & (b != c) & (c != a)
    return Shaded(shaded.positions[first], shaded.normals[first], shaded.uv[first], faces[is_left])


def _rays(positions: Floats, width: int, height: int) -> tuple[Floats, Floats]:
    """Parallel rays through all pixels' middles, so that the solid just fits: (n, 3) origins and one direction."""
    eye = TOWARDS_EYE / np.linalg.norm(TOWARDS_EYE)
    right = np.cross([0.0, 1.0, 0.0], eye)
    right /= np.linalg.norm(right)
    up = np.cross(eye, right)
    seen = positions.astype(np.float64) @ np.stack([right, up, eye], axis=1)
    low, high = seen.min(axis=0), seen.max(axis=0)
    size = max((high[0] - low[0]) / width, (high[1] - low[1]) / height) * MARGIN
    x = (low[0] + high[0]) / 2 + (np.arange(width) + 0.5 - width / 2) * size
    y = (low[1] + high[1]) / 2 - (np.arange(height) + 0.5 - height / 2) * size
    grid_x, grid_y = np.meshgrid(x, y)
    start = high[2] + 1.0
    origins = grid_x.reshape(-1, 1) * right + grid_y.reshape(-1, 1) * up + start * eye
    return origins.astype(np.float32), (-eye).astype(np.float32)


def _cast(shaded: Shaded, origins: Floats, direction: Floats) -> tuple[NDArray[np.int64], Floats, NDArray[np.int32]]:
    """Which rays hit, and where: weights (n, 3) of the corners (n, 3) of the face."""
    scene = rtcore_scene.EmbreeScene()
    TriangleMesh(scene, shaded.positions[shaded.faces])
    found = scene.run(origins, np.broadcast_to(direction, origins.shape).copy(), output=True)
    hit = np.flatnonzero(found["primID"] >= 0)
    u, v = found["u"][hit], found["v"][hit]
    return hit, np.stack([1 - u - v, u, v], axis=1).astype(np.float32), shaded.faces[found["primID"][hit]]


def _mixed(numbers: Floats, corners: NDArray[np.int32], weights: Floats) -> Floats:
    return np.asarray((numbers[corners] * weights[..., None]).sum(axis=1), np.float32)


def _light(normals: Floats) -> Floats:
    unit = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    light = np.full(len(unit), AMBIENT)
    for direction, strength in LIGHTS:
        light += strength * np.clip(unit @ (direction / np.linalg.norm(direction)), 0, None)
    return light.astype(np.float32)


def _colour(uv: Floats, texture: bytes | None) -> Floats:
    if texture is None:
        return np.full((len(uv), 3), PLAIN, np.float32)
    image: NDArray[Any] = np.asarray(cv2.imdecode(np.frombuffer(texture, np.uint8), cv2.IMREAD_COLOR))
    rows, cols = image.shape[:2]
    x = np.clip(uv[:, 0] * cols, 0, cols - 1).astype(np.int64)
    y = np.clip(uv[:, 1] * rows, 0, rows - 1).astype(np.int64)
    return np.asarray(image[y, x, ::-1] / 255, np.float32)
