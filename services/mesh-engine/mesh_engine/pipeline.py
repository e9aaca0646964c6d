"""The walk from a picture's bytes to the files of its mesh."""

from collections.abc import Callable
from typing import Final

from mesh_engine.auto import choose
from mesh_engine.intake import read_picture, sha256_of
from mesh_engine.made import Made
from mesh_engine.outcome import File, Outcome
from mesh_engine.outlined import make_cutout, make_extrusion, make_inflation
from mesh_engine.picture import Picture, working
from mesh_engine.relief import make_lithophane, make_relief
from mesh_engine.request import Channel, Mode, Request
from mesh_engine.shading import shade
from mesh_engine.solid_files import solid_files
from mesh_engine.sprite import make_sprite
from mesh_engine.texture import texture_of
from mesh_engine.thumbnail import thumbnail_of
from mesh_engine.walk import Report, Walk
from mesh_engine.weld import Welded, weld

# Raise it whenever the same request gives another mesh: results are kept by it.
ENGINE_VERSION: Final = "1.0.3"

# Solids are made of a picture of at most so many pixels; finer detail is beneath what their bound lets through.
WORKING_PIXELS: Final = 1024 * 1024

SOLIDS: Final[dict[Mode, Callable[[Picture, Request, Walk], Made]]] = {
    Mode.RELIEF: make_relief,
    Mode.LITHOPHANE: make_lithophane,
    Mode.EXTRUDE: make_extrusion,
    Mode.CUTOUT: make_cutout,
    Mode.INFLATE: make_inflation,
}


def make_mesh(request: Request, image: bytes, report: Report) -> Outcome:
    """Make the mesh that is wanted of a picture.

    Parameters
    ----------
    request : Request
        What is wanted.
    image : bytes
        A PNG, JPEG or WebP file.
    report : callable
        Receives the stage and the percentage of the whole that is done, at the beginning and at the end of each stage.
        The percentage never falls. Solids: decode 10, height 15, triangulate 60, solid 65, files 85, thumbnail 95.
        Sprites: load 10, mask 20, contours 30, main contour 40, simplify 50, triangulate 70, uv 85, edges 95.

    Returns
    -------
    Outcome
        The files and what is true of them.

    Raises
    ------
    Refused
        For a picture of which no such mesh can be made.
    """
    walk = Walk(report)
    if request.mode is Mode.SPRITE:
        return make_sprite(request, image, walk)
    with walk.stage("decode", 10):
        picture = working(read_picture(image), WORKING_PIXELS)
    mode, reason = choose(picture) if request.mode is Mode.AUTO else (request.mode, "")
    made = SOLIDS[mode](picture, request, walk)
    with walk.stage("solid", 65):
        welded = weld(made.solid)
    files = _files_of(welded, picture, request, mode, walk)
    return Outcome(
        mode=mode,
        reason=reason,
        warnings=(*picture.warnings, *_warnings_of(made, welded, picture, request)),
        vertex_count=len(welded.vertices),
        triangle_count=len(welded.faces),
        achieved_error=made.error,
        watertight=welded.is_watertight,
        volume_mm3=welded.volume_mm3,
        bbox_mm=welded.bbox_mm,
        image_sha256=sha256_of(image),
        files=files,
        timings=walk.timings,
    )


def _files_of(welded: Welded, picture: Picture, request: Request, mode: Mode, walk: Walk) -> tuple[File, ...]:
    with walk.stage("files", 85):
        border = request.height.border_px if mode in (Mode.RELIEF, Mode.LITHOPHANE) else 0
        texture = texture_of(picture, border, request.texture)
        files = solid_files(welded, request.wanted_formats, texture)
    if request.thumbnail_px == 0:
        return files
    with walk.stage("thumbnail", 95):
        drawn = thumbnail_of(shade(welded), texture, request.thumbnail_px)
    return (*files, File("thumbnail.png", "thumbnail", "image/png", drawn))


def _warnings_of(made: Made, welded: Welded, picture: Picture, request: Request) -> list[str]:
    found = []
    if made.error > request.detail:
        cap = f"max_triangles {request.max_triangles} binds"
        found.append(f"{cap}: the error is {made.error:.4f}, asked for was {request.detail:g}")
    if len(welded.faces) > request.max_triangles:
        found.append(
            f"the mesh has {len(welded.faces)} triangles, more than the {request.max_triangles} asked for at most"
        )
    if not welded.is_watertight:
        found.append("the solid is not closed")
    if request.height.channel is Channel.ALPHA and picture.alpha is None:
        found.append("the picture is opaque, so the channel alpha is flat")
    return found
