"""A flat mesh over what is opaque in a picture: the walk of the sprite mode."""

import numpy as np

from mesh_engine.delaunay import constrained_delaunay
from mesh_engine.failures import Code, Refused
from mesh_engine.intake import read_picture, sha256_of
from mesh_engine.outcome import File, Outcome
from mesh_engine.picture import Picture
from mesh_engine.request import Mode, Request
from mesh_engine.sprite_inside import points_inside
from mesh_engine.sprite_mesh import SpriteMesh, edges_inside, pixels_of, sprite_files, uvs_of
from mesh_engine.sprite_shape import SpriteOutline, bridged, contours_of, mask_of, simplified_sprite
from mesh_engine.sprite_thumbnail import sprite_thumbnail
from mesh_engine.walk import Walk

# What graphics hardware takes for a texture everywhere.
MAX_SIDE_PX = 4096


def make_sprite(request: Request, image: bytes, walk: Walk) -> Outcome:
    """Make the sprite that is wanted of a picture.

    Parameters
    ----------
    request : Request
        Uses detail_factor, max_triangles, sprite, formats, thumbnail_px.
    image : bytes
        A PNG, JPEG or WebP file, at most 4096 px a side.
    walk : Walk
        Passes the stages load, mask, contours, main contour, simplify, triangulate, uv, edges, files, thumbnail.

    Returns
    -------
    Outcome
        Its error is a share of the picture's diagonal. With concave_factor it is measured from the bridged outline.

    Raises
    ------
    Refused
        As `read_picture`; ``IMAGE_TOO_LARGE`` beyond 4096 px; ``OUTLINE_EMPTY`` when nothing is within.
    """
    with walk.stage("load", 10):
        picture = _loaded(image)
    with walk.stage("mask", 20):
        field, threshold = mask_of(picture, request.sprite)
    with walk.stage("contours", 30):
        contours = contours_of(field, threshold, request.sprite)
    with walk.stage("main contour", 40):
        contours = bridged(contours, request.sprite.concave_factor, picture.diagonal)
    with walk.stage("simplify", 50):
        outline = simplified_sprite(contours, picture, request)
    mesh, warnings = _mesh_of(outline, picture, request, walk)
    files = _files_of(mesh, picture, request, walk)
    return Outcome(
        mode=Mode.SPRITE,
        reason="",
        warnings=(*picture.warnings, *warnings, *_warnings_of(outline, mesh, request)),
        vertex_count=len(mesh.vertices),
        triangle_count=len(mesh.triangles),
        achieved_error=outline.error,
        watertight=None,
        volume_mm3=0.0,
        bbox_mm=(),
        image_sha256=sha256_of(image),
        files=files,
        timings=walk.timings,
    )


def _loaded(image: bytes) -> Picture:
    picture = read_picture(image)
    if max(picture.rows, picture.cols) > MAX_SIDE_PX:
        raise Refused(
            Code.IMAGE_TOO_LARGE,
            f"the picture has {picture.cols} x {picture.rows} pixels; allowed for a sprite are {MAX_SIDE_PX} a side",
        )
    return picture


def _mesh_of(outline: SpriteOutline, picture: Picture, request: Request, walk: Walk) -> tuple[SpriteMesh, list[str]]:
    rows, cols = picture.rows, picture.cols
    with walk.stage("triangulate", 70):
        inner, warnings = points_inside(outline.rings, request, (rows, cols))
        points = [(x, y) for x, y in inner.tolist()]
        upright, triangles, boundary = constrained_delaunay(outline.rings, points, request.sprite.min_triangle_area)
    with walk.stage("uv", 85):
        vertices = upright * [1, -1] + [0, rows]
        uvs = uvs_of(vertices, rows, cols)
    with walk.stage("edges", 95):
        inside = edges_inside(triangles, boundary)
    return SpriteMesh(vertices, triangles, uvs, boundary, inside, len(outline.rings[0]), rows, cols), warnings


def _files_of(mesh: SpriteMesh, picture: Picture, request: Request, walk: Walk) -> tuple[File, ...]:
    with walk.stage("files", 97):
        files = sprite_files(mesh, picture, request.wanted_formats)
    if request.thumbnail_px == 0:
        return files
    with walk.stage("thumbnail", 98):
        drawn = sprite_thumbnail(mesh, pixels_of(picture), request.thumbnail_px)
    return (*files, File("thumbnail.png", "thumbnail", "image/png", drawn))


def _warnings_of(outline: SpriteOutline, mesh: SpriteMesh, request: Request) -> list[str]:
    found = []
    if outline.error > request.detail:
        found.append(f"a cap binds: the error is {outline.error:.4f}, asked for was {request.detail:g}")
    most = request.sprite.max_vertices
    if most and len(mesh.vertices) > most:
        found.append(f"the mesh has {len(mesh.vertices)} vertices, more than the {most} asked for at most")
    parts = int(np.count_nonzero([len(ring) for ring in outline.rings]))
    if parts > 1:
        found.append(f"the outline has {parts} lines; Spine's hull is the first of them")
    return found
