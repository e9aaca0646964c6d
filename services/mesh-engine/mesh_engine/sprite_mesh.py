"""A sprite's mesh and the files that it is written into."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mesh_engine.delaunay import DECIMALS
from mesh_engine.frame import png_of
from mesh_engine.outcome import File
from mesh_engine.picture import Picture
from mesh_engine.request import Format

Json = dict[str, Any]


@dataclass(frozen=True)
class SpriteMesh:
    """A flat mesh over a picture.

    Attributes
    ----------
    vertices : (n, 2) float64
        px, x right and y down, 0 at the picture's upper left corner. The hull first, then the other lines, then what is
        inside.
    triangles : (m, 3) int32
        Counter-clockwise on the screen.
    uvs : (n, 2) float64
        0 to 1, y down.
    boundary_edges : (k, 2) int32
        Along the outline and its holes.
    internal_edges : (l, 2) int32
        All others, lower index first.
    hull : int
        How many vertices the outer line of the largest part has.
    rows, cols : int
        Of the picture.
    """

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int32]
    uvs: NDArray[np.float64]
    boundary_edges: NDArray[np.int32]
    internal_edges: NDArray[np.int32]
    hull: int
    rows: int
    cols: int


def uvs_of(vertices: NDArray[np.float64], rows: int, cols: int) -> NDArray[np.float64]:
    """Where in a picture vertices are, px to 0 to 1; what stands half a pixel outside is brought to the edge."""
    return np.clip(vertices / [cols, rows], 0, 1)


def edges_inside(triangles: NDArray[np.int32], outline: NDArray[np.int32]) -> NDArray[np.int32]:
    """Edges of triangles that are not along the outline, each once, lower index first; (l, 2) int32."""
    edges = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    along = {tuple(edge) for edge in np.sort(outline, axis=1).tolist()}
    inside = [edge for edge in np.unique(edges, axis=0).tolist() if tuple(edge) not in along]
    return np.array(inside, np.int32).reshape(-1, 2)


def sprite_files(mesh: SpriteMesh, picture: Picture, formats: tuple[Format, ...]) -> tuple[File, ...]:
    """Write a sprite in each of the formats, in their order; Spine's are three files."""
    return tuple(file for wanted in formats for file in _files(mesh, picture, wanted))


def _files(mesh: SpriteMesh, picture: Picture, wanted: Format) -> list[File]:
    if wanted is Format.JSON:
        return [File("sprite.json", "json", "application/json", _dumped(sprite_json(mesh)))]
    return [
        File("skeleton.json", "spine", "application/json", _dumped(spine_json(mesh))),
        File("skeleton.atlas", "atlas", "text/plain; charset=utf-8", atlas_of(mesh).encode()),
        File("skeleton.png", "png", "image/png", png_of(pixels_of(picture))),
    ]


def sprite_json(mesh: SpriteMesh) -> Json:
    """The mesh as numbers under the names that its users know."""
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    return {
        "vertices": np.round(mesh.vertices, DECIMALS).tolist(),
        "triangles": mesh.triangles.tolist(),
        "uvs": np.round(mesh.uvs, 6).tolist(),
        "boundary_edges": mesh.boundary_edges.tolist(),
        "internal_edges": mesh.internal_edges.tolist(),
        "bounds": {"min_x": low[0], "min_y": low[1], "max_x": high[0], "max_y": high[1]},
        "metadata": {
            "vertex_count": len(mesh.vertices),
            "triangle_count": len(mesh.triangles),
            "width": mesh.cols,
            "height": mesh.rows,
        },
    }


def spine_json(mesh: SpriteMesh) -> Json:
    """A Spine skeleton of one bone and one slot that shows the mesh; y up, the picture's middle at the bone."""
    placed = (mesh.vertices - [mesh.cols / 2, mesh.rows / 2]) * [1, -1]
    edges = np.concatenate([mesh.boundary_edges, mesh.internal_edges])
    attachment = {
        "type": "mesh",
        "uvs": np.round(mesh.uvs, 6).ravel().tolist(),
        "triangles": mesh.triangles.ravel().tolist(),
        "vertices": np.round(placed, DECIMALS).ravel().tolist(),
        "hull": mesh.hull,
        # Spine counts the numbers of the flat list of vertices, two for each.
        "edges": (edges * 2).ravel().tolist(),
        "width": mesh.cols,
        "height": mesh.rows,
    }
    return {
        "skeleton": {
            "spine": "4.2.0",
            "x": -mesh.cols / 2,
            "y": -mesh.rows / 2,
            "width": mesh.cols,
            "height": mesh.rows,
        },
        "bones": [{"name": "root"}],
        "slots": [{"name": "sprite", "bone": "root", "attachment": "sprite"}],
        "skins": [{"name": "default", "attachments": {"sprite": {"sprite": attachment}}}],
        "animations": {},
    }


def atlas_of(mesh: SpriteMesh) -> str:
    """The atlas of a Spine skeleton: one page, one region."""
    size = f"{mesh.cols},{mesh.rows}"
    return f"skeleton.png\nsize:{size}\nfilter:Linear,Linear\nsprite\nbounds:0,0,{size}\n"


def pixels_of(picture: Picture) -> NDArray[np.uint8]:
    """(rows, cols, 4) uint8 RGBA."""
    alpha = np.full(picture.colour.shape[:2], 255, np.uint8) if picture.alpha is None else _of_8_bits(picture.alpha)
    return np.dstack([_of_8_bits(picture.colour), alpha])


def _of_8_bits(numbers: NDArray[Any]) -> NDArray[np.uint8]:
    return numbers if numbers.dtype == np.uint8 else (numbers // 257).astype(np.uint8)


def _dumped(document: Json) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
