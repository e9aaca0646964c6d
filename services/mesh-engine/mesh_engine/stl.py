"""Binary STL."""

import numpy as np

from mesh_engine.weld import Welded

RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def stl_of(welded: Welded) -> bytes:
    """A solid as binary STL in mm; (m, ) records of 50 bytes after a head of 84."""
    records = np.zeros(len(welded.faces), RECORD)
    corners = welded.vertices[welded.faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(across, axis=1, keepdims=True)
    np.divide(across, length, out=records["normal"], where=length > 0)
    records["corners"] = corners
    head = b"binary STL, millimetres".ljust(80, b"\0")
    return head + np.uint32(len(records)).astype("<u4").tobytes() + records.tobytes()
