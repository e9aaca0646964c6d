"""The engine's surface beside a full grid that was thinned out to as many triangles; prints JSON.

Both are measured alike and by neither's own means: a ray falls onto the surface at each sample.
"""

import io
import json
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import fast_simplification
import numpy as np
from embreex import rtcore_scene
from embreex.mesh_construction import TriangleMesh
from PIL import Image

from mesh_engine.heights import heights_of
from mesh_engine.intake import read_picture
from mesh_engine.picture import Field, working
from mesh_engine.pipeline import WORKING_PIXELS
from mesh_engine.request import Height, Size
from mesh_engine.tin import triangulate_heights

PICTURES = ("retina.jpg", "astronaut.png", "gravel.png")
DETAIL = 0.02
# Samples along the border are left out: there a thinned grid has drawn back.
MARGIN = 3
# A ray through a vertex may slip between its faces.
BESIDE = 2e-4

Mesh = tuple[np.ndarray, np.ndarray]


def main(rounds: int) -> None:
    """Measure every picture and print what came out; the least of the rounds counts."""
    print(json.dumps([measured(name, heights, rounds) for name, heights in grids()]))  # noqa: T201 - its output


def grids() -> list[tuple[str, Field]]:
    """Heights in mm over 100 mm of width, out of the wheels of scikit-image and matplotlib."""
    pictures = [(name, (folder("skimage") / "data" / name).read_bytes()) for name in PICTURES]
    elevation = np.load(folder("matplotlib") / "mpl-data/sample_data/jacksboro_fault_dem.npz")["elevation"]
    grey = (elevation - elevation.min()) / np.ptp(elevation) * 65_535
    file = io.BytesIO()
    Image.fromarray(grey.astype(np.uint16)).save(file, "PNG")
    pictures.append(("landscape", file.getvalue()))
    height = Height(smooth_px=0)
    read = [(name, working(read_picture(data), WORKING_PIXELS)) for name, data in pictures]
    return [(Path(name).stem, heights_of(picture, height) * np.float32(Size().height_mm)) for name, picture in read]


def folder(wheel: str) -> Path:
    """Where a wheel is installed, without importing it."""
    spec = find_spec(wheel)
    assert spec is not None and spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def measured(name: str, heights: Field, rounds: int) -> dict[str, Any]:
    """Both ways over one grid, in turns."""
    engine = [timed(lambda: triangulated(heights)) for _ in range(rounds)]
    count = len(engine[0][1][1])
    peer = [timed(lambda: thinned(heights, count)) for _ in range(rounds)]
    return {"picture": name, "engine": figures(engine, heights), "peer": figures(peer, heights)}


def timed(make: Callable[[], Mesh]) -> tuple[float, Mesh]:
    """CPU seconds and what was made."""
    begun = time.process_time()
    mesh = make()
    return time.process_time() - begun, mesh


def figures(runs: list[tuple[float, Mesh]], heights: Field) -> dict[str, float]:
    """Triangles, CPU, and errors as shares of the height range."""
    errors = errors_of(runs[0][1], heights) / Size().height_mm
    return {
        "triangles": len(runs[0][1][1]),
        "cpuSeconds": min(seconds for seconds, _ in runs),
        "maxError": float(errors.max()),
        "meanError": float(errors.mean()),
    }


def triangulated(heights: Field) -> Mesh:
    """The engine's way."""
    tin = triangulate_heights(heights, DETAIL * Size().height_mm, 5_000_000)
    pitch = Size().width_mm / (tin.cols - 1)
    return tin.vertices * [pitch, pitch, 1], tin.faces


def thinned(heights: Field, count: int) -> Mesh:
    """Two triangles for each square of samples, then as many edges collapsed as it takes."""
    rows, cols = heights.shape
    pitch = Size().width_mm / (cols - 1)
    y, x = np.mgrid[0:rows, 0:cols]
    points = np.column_stack([x.ravel() * pitch, (rows - 1 - y.ravel()) * pitch, heights.ravel()]).astype(np.float32)
    index = np.arange(rows * cols, dtype=np.int32).reshape(rows, cols)
    a, b, c, d = index[:-1, :-1].ravel(), index[:-1, 1:].ravel(), index[1:, :-1].ravel(), index[1:, 1:].ravel()
    faces = np.concatenate([np.column_stack([a, c, b]), np.column_stack([b, c, d])])
    return fast_simplification.simplify(points, faces, target_count=count)


def errors_of(mesh: Mesh, heights: Field) -> np.ndarray:
    """Vertical distance at each sample but those along the border, mm."""
    rows, cols = heights.shape
    pitch = Size().width_mm / (cols - 1)
    y, x = (at.ravel() for at in np.mgrid[MARGIN : rows - MARGIN, MARGIN : cols - MARGIN])
    above = 2 * Size().height_mm
    origins = np.column_stack([(x + BESIDE) * pitch, (rows - 1 - y + BESIDE) * pitch, np.full(len(x), above)])
    scene = rtcore_scene.EmbreeScene()
    TriangleMesh(scene, mesh[0][mesh[1]].astype(np.float32))
    down = np.tile(np.array([0, 0, -1], np.float32), (len(x), 1))
    found = scene.run(origins.astype(np.float32), down, output=True)
    is_hit = found["primID"] >= 0
    # Where a thinned grid has drawn back from the border there is nothing to measure, which counts in its favour.
    return np.abs(above - found["tfar"] - heights[y, x])[is_hit]


if __name__ == "__main__":
    main(int(sys.argv[1]))
