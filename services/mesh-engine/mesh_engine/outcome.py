"""What a finished mesh tells of itself."""

from dataclasses import dataclass

from mesh_engine.request import Mode


@dataclass(frozen=True)
class File:
    """One file of a result.

    Attributes
    ----------
    name : str
        Unique within the result, such as ``mesh.glb``.
    format : str
        ``glb stl obj mtl ply texture json spine atlas png thumbnail``.
    media_type : str
        As HTTP wants it.
    data : bytes
        The whole file.
    """

    name: str
    format: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Timing:
    """How long a stage took on the clock of the wall.

    Attributes
    ----------
    stage : str
        One of those that are reported.
    milliseconds : float
        Not less than 0.
    """

    stage: str
    milliseconds: float


@dataclass(frozen=True)
class Outcome:
    """A finished mesh.

    Attributes
    ----------
    mode : Mode
        The one that was taken; never ``AUTO``.
    reason : str
        Why ``AUTO`` took it; empty when the request named it.
    warnings : tuple of str
        What a person may want to know; empty for a plain result.
    vertex_count, triangle_count : int
        Of the welded mesh, the same in every file.
    achieved_error : float
        Measured, not promised: share of the height range for heights, share of the picture's diagonal for outlines.
    watertight : bool or None
        Whether the solid is closed as a reader of its STL sees it; None for sprites, which are flat.
    volume_mm3 : float
        Of the solid; 0 for sprites.
    bbox_mm : tuple of float
        Least x, y, z, greatest x, y, z; empty for sprites, whose unit is the pixel.
    image_sha256 : str
        Of the picture's bytes, hexadecimal.
    files : tuple of File
        In the order of the formats asked for, a thumbnail last.
    timings : tuple of Timing
        In the order of the walk.
    """

    mode: Mode
    reason: str
    warnings: tuple[str, ...]
    vertex_count: int
    triangle_count: int
    achieved_error: float
    watertight: bool | None
    volume_mm3: float
    bbox_mm: tuple[float, ...]
    image_sha256: str
    files: tuple[File, ...]
    timings: tuple[Timing, ...]
