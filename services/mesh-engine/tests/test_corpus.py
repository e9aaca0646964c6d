"""Real pictures through every mode. FULL=1 takes all of them."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import trimesh

from mesh_engine.cutting import NUDGE_PX, shape_of, threshold_of
from mesh_engine.failures import Code, Refused
from mesh_engine.heights import heights_of
from mesh_engine.intake import read_picture
from mesh_engine.outcome import Outcome
from mesh_engine.outline import opacity_field
from mesh_engine.outlined import RIM_MM
from mesh_engine.picture import Picture, working
from mesh_engine.pipeline import WORKING_PIXELS, make_mesh
from mesh_engine.request import Height, Mode, Request, Sprite
from mesh_engine.sprite_shape import mask_of
from tests.corpus import Specimen, is_full, specimens
from tests.inspection import assert_closed, depth_of, file_of, glb_messages, tops

GROUPS = 12
# Beside a relief and a sprite of each picture, in the short form one of these in turn.
OTHERS = (Mode.LITHOPHANE, Mode.EXTRUDE, Mode.CUTOUT, Mode.INFLATE)
OUTLINED = (Mode.EXTRUDE, Mode.CUTOUT, Mode.INFLATE)
# Enough for the default bound on a megapixel of noise.
MANY = 2_000_000
SAMPLES = 3_000
# What float32 loses on a solid of 100 mm.
LOST_MM = 2e-3


def modes_for(number: int) -> tuple[Mode, ...]:
    return (Mode.RELIEF, *OTHERS) if is_full() else (Mode.RELIEF, OTHERS[number % len(OTHERS)])


@pytest.mark.parametrize("group", range(GROUPS))
def test_every_picture_becomes_closed_solids_within_the_bound_and_valid_files(group: int, tmp_path: Path) -> None:
    written = []
    for number, specimen in list(enumerate(specimens()))[group::GROUPS]:
        for mode in modes_for(number):
            request = Request(mode=mode, max_triangles=MANY, thumbnail_px=0)
            if mode in OUTLINED and is_empty(specimen, request):
                check_refusal(specimen, request)
                continue
            outcome = made(specimen, request)
            try:
                check_solid(outcome, specimen)
            except AssertionError as broken:
                raise AssertionError(f"{specimen.name} as {mode}: {broken}") from broken
            path = tmp_path / f"{number}-{mode}.glb"
            path.write_bytes(file_of(outcome, "mesh.glb"))
            written.append(path)

    messages = glb_messages(written)
    assert {name: found for name, found in messages.items() if found} == {}
    assert len(messages) == len(written) > 0


@pytest.mark.parametrize("group", range(GROUPS))
def test_every_picture_becomes_a_sprite_that_covers_its_outline_and_no_hole(group: int) -> None:
    for number, specimen in list(enumerate(specimens()))[group::GROUPS]:
        sprite = Sprite(internal_vertex_density=number % 3 * 10, min_contour_area=1)
        request = Request(
            mode=Mode.SPRITE, detail_factor=(0.002, 0.01, 0.03)[number % 3], sprite=sprite, thumbnail_px=0
        )
        try:
            check_sprite_or_emptiness(specimen, request)
        except AssertionError as broken:
            raise AssertionError(f"{specimen.name} as sprite: {broken}") from broken


def test_the_pictures_are_at_least_a_hundred_real_ones() -> None:
    assert len({one.name for one in specimens() if not one.name.startswith("made")}) >= 90
    assert len(specimens()) >= 100


def made(specimen: Specimen, request: Request) -> Outcome:
    return make_mesh(request, specimen.data, lambda stage, percent: None)


def is_empty(specimen: Specimen, request: Request) -> bool:
    """Whether no part of the outline is large enough to be drawn: a tile without transparency, a few stars."""
    field = opacity_field(working(read_picture(specimen.data), WORKING_PIXELS))
    return largest(field > threshold_of(request, field)) < request.outline.min_area_px


def largest(within: np.ndarray) -> int:
    """How many pixels the largest part of a mask has."""
    sizes = cv2.connectedComponentsWithStats(within.astype(np.uint8), connectivity=8)[2][1:, cv2.CC_STAT_AREA]
    return max(sizes.tolist(), default=0)


def check_refusal(specimen: Specimen, request: Request) -> None:
    with pytest.raises(Refused) as caught:
        made(specimen, request)
    assert caught.value.code is Code.OUTLINE_EMPTY


def check_solid(outcome: Outcome, specimen: Specimen) -> None:
    request = Request(mode=outcome.mode)
    assert outcome.watertight is True
    assert outcome.achieved_error <= request.detail
    assert outcome.warnings == read_picture(specimen.data).warnings
    mesh = assert_closed(outcome)
    BOUNDS[outcome.mode](mesh, working(read_picture(specimen.data), WORKING_PIXELS), request)


def relief_keeps_its_bound(mesh: trimesh.Trimesh, picture: Picture, request: Request) -> None:
    plate_keeps_its_bound(mesh, heights_of(picture, request.height), request)


def lithophane_keeps_its_bound(mesh: trimesh.Trimesh, picture: Picture, request: Request) -> None:
    plate_keeps_its_bound(mesh, heights_of(picture, Height(invert=True)), request)


def plate_keeps_its_bound(mesh: trimesh.Trimesh, heights: np.ndarray, request: Request) -> None:
    rows, cols = heights.shape
    pitch = request.size.width_mm / (cols - 1)
    # On the border itself a ray runs along the wall.
    x, y = places(cols, rows, np.ones_like(heights, bool), margin=1)
    expected = request.size.base_mm + request.size.height_mm * heights[rows - 1 - y, x]
    found = tops(mesh, x * pitch, y * pitch)
    assert np.abs(found - expected).max() <= request.detail * request.size.height_mm + LOST_MM


def outline_keeps_its_bound(mesh: trimesh.Trimesh, picture: Picture, request: Request) -> None:
    """Whatever lies deeper inside or farther outside than the bound is solid or empty."""
    field = opacity_field(picture)
    threshold = threshold_of(request, field)
    bound = min(request.outline.simplify_px, request.detail * picture.diagonal) + NUDGE_PX
    # Parts and holes that are left out are smaller than this across.
    depth = depth_of(field > threshold)
    x, y = places(picture.cols, picture.rows, np.abs(depth) > max(bound + 1.0, np.sqrt(request.outline.min_area_px)))
    shape = shape_of(picture, request)
    left, low = shape.section.bounds()[:2]
    at_x, at_y = ((at + 0.5) * shape.pitch_mm - edge for at, edge in ((x, left), (y, low)))
    is_solid = np.isfinite(tops(mesh, at_x, at_y))
    wanted = depth[picture.rows - 1 - y, x] > 0
    assert (is_solid == wanted).all(), f"{(is_solid != wanted).sum()} of {len(x)} places are on the wrong side"


def places(cols: int, rows: int, where: np.ndarray, margin: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Some of the pixels of a kind, always the same: x right and y up."""
    inner = np.zeros((rows, cols), bool)
    inner[margin : rows - margin, margin : cols - margin] = True
    y, x = np.nonzero(where & inner)
    chosen = np.random.default_rng(1).permutation(len(x))[:SAMPLES]
    return x[chosen], rows - 1 - y[chosen]


def inflation_keeps_its_bound(mesh: trimesh.Trimesh, picture: Picture, request: Request) -> None:
    outline_keeps_its_bound(mesh, picture, request)
    # Two sides that mirror each other, no higher than was asked for.
    assert mesh.bounds[1, 2] <= 2 * (request.size.height_mm + RIM_MM) + LOST_MM
    assert abs(mesh.center_mass[2] - mesh.bounds[1, 2] / 2) <= LOST_MM


BOUNDS: dict[Mode, Callable[[trimesh.Trimesh, Picture, Request], None]] = {
    Mode.RELIEF: relief_keeps_its_bound,
    Mode.LITHOPHANE: lithophane_keeps_its_bound,
    Mode.EXTRUDE: outline_keeps_its_bound,
    Mode.CUTOUT: outline_keeps_its_bound,
    Mode.INFLATE: inflation_keeps_its_bound,
}


def check_sprite_or_emptiness(specimen: Specimen, request: Request) -> None:
    field, threshold = mask_of(read_picture(specimen.data), request.sprite)
    if largest(field > threshold) > 1:
        check_sprite(made(specimen, request), specimen, request)
        return
    # A bright tile without transparency has no outline, and that of a pixel alone encloses less than one.
    check_refusal(specimen, request)


def check_sprite(outcome: Outcome, specimen: Specimen, request: Request) -> None:
    picture = read_picture(specimen.data)
    assert outcome.watertight is None
    assert outcome.achieved_error <= request.detail
    document = json.loads(file_of(outcome, "sprite.json"))
    vertices, triangles = np.array(document["vertices"]), np.array(document["triangles"])
    assert (len(vertices), len(triangles)) == (outcome.vertex_count, outcome.triangle_count)
    corners = vertices[triangles]
    areas = -doubled_area(corners) / 2
    assert areas.min() > 0
    # Triangles that neither overlap nor leave a gap have the area that their outline encloses.
    ends = vertices[np.array(document["boundary_edges"])]
    enclosed = -(ends[:, 0, 0] * ends[:, 1, 1] - ends[:, 1, 0] * ends[:, 0, 1]).sum() / 2
    assert areas.sum() == pytest.approx(enclosed, rel=1e-4)
    edges = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    assert len(np.unique(edges, axis=0)) == len(document["boundary_edges"]) + len(document["internal_edges"])
    field, threshold = mask_of(picture, request.sprite)
    depth = depth_of(field > threshold)
    is_covered = covered(corners, picture.rows, picture.cols)
    bound = request.detail * picture.diagonal + 1.5
    assert is_covered[depth > bound].all(), "something within the outline is not covered"
    assert not is_covered[depth < -bound].any(), "a triangle lies in a hole or outside"


def doubled_area(corners: np.ndarray) -> np.ndarray:
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return np.asarray(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0])


def covered(corners: np.ndarray, rows: int, cols: int) -> np.ndarray:
    """Pixels whose centre lies in a triangle, each triangle drawn by itself."""
    mask = np.zeros((rows, cols), np.uint8)
    for triangle in np.rint((corners - 0.5) * 16).astype(np.int32):
        cv2.fillConvexPoly(mask, triangle, 1, cv2.LINE_8, 4)
    return mask > 0
