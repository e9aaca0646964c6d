"""What is true of a mesh, found out by other means than it was made with."""

import io
import json
import struct
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import trimesh
from embreex import rtcore_scene
from embreex.mesh_construction import TriangleMesh

from mesh_engine.outcome import Outcome

ROOT = Path(__file__).parents[3]


def file_of(outcome: Outcome, name: str) -> bytes:
    return next(file.data for file in outcome.files if file.name == name)


def reloaded(outcome: Outcome) -> trimesh.Trimesh:
    """The STL as another program reads it: triangles without shared vertices, merged where they are equal."""
    mesh = trimesh.load(io.BytesIO(file_of(outcome, "mesh.stl")), file_type="stl")
    assert isinstance(mesh, trimesh.Trimesh)
    return mesh


def assert_closed(outcome: Outcome) -> trimesh.Trimesh:
    mesh = reloaded(outcome)
    assert mesh.is_watertight and mesh.is_winding_consistent
    assert mesh.volume > 0
    assert (len(mesh.vertices), len(mesh.faces)) == (outcome.vertex_count, outcome.triangle_count)
    np.testing.assert_allclose(mesh.volume, outcome.volume_mm3, rtol=1e-4)
    np.testing.assert_allclose(mesh.bounds.ravel(), outcome.bbox_mm, atol=1e-4)
    corners = mesh.vertices[mesh.faces]
    doubled = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (np.abs(doubled).max(axis=1) > 0).all()
    return mesh


def cast(mesh: trimesh.Trimesh, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """How far rays go before they hit; infinite for those that do not."""
    scene = rtcore_scene.EmbreeScene()
    TriangleMesh(scene, mesh.vertices[mesh.faces].astype(np.float32))
    found = scene.run(origins.astype(np.float32), directions.astype(np.float32), output=True)
    return np.where(found["primID"] >= 0, found["tfar"], np.inf)


def tops(mesh: trimesh.Trimesh, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Heights of the upper side at places, minus infinity where there is nothing."""
    above = float(mesh.bounds[1, 2]) + 1
    origins = np.column_stack([x, y, np.full(len(x), above)])
    return np.asarray(above - cast(mesh, origins, np.broadcast_to([0.0, 0.0, -1.0], origins.shape)))


def glb_messages(files: list[Path]) -> dict[str, list[str]]:
    """Errors and warnings of Khronos' validator by file."""
    node, script = ROOT / "node_modules/.bin/node", Path(__file__).parent / "validate-glb.js"
    answer = subprocess.run([node, script, *files], capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = json.loads(answer.stdout)
    return found


def glb_document(data: bytes) -> dict[str, Any]:
    length = struct.unpack("<I", data[12:16])[0]
    document: dict[str, Any] = json.loads(data[20 : 20 + length])
    return document


def depth_of(mask: np.ndarray) -> np.ndarray:
    """Distance of each pixel's centre from the border of the mask's area, px: positive within, negative outside."""
    padded = np.pad(mask.astype(np.uint8), 1)
    within = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    outside = cv2.distanceTransform(1 - padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray((within - outside)[1:-1, 1:-1])
