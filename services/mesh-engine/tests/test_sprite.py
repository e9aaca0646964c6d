import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mesh_engine.delaunay import constrained_delaunay, hexagonal
from mesh_engine.failures import Code, Refused
from mesh_engine.outcome import Outcome
from mesh_engine.outline_distance import outline_distance
from mesh_engine.pipeline import make_mesh
from mesh_engine.request import Mode, Request, Sprite
from tests.corpus import logo, png_of
from tests.inspection import file_of

SQUARE = np.array([[0, 0], [100, 0], [100, 100], [0, 100]], float)
HOLE = np.array([[30, 30], [30, 70], [70, 70], [70, 30]], float)


def ring(side: int = 120) -> bytes:
    """A disc with a hole, on nothing."""
    image = Image.new("RGBA", (side, side))
    draw = ImageDraw.Draw(image)
    draw.ellipse((8, 8, side - 8, side - 8), fill=(200, 80, 40, 255))
    draw.ellipse((side // 3, side // 3, side * 2 // 3, side * 2 // 3), fill=(0, 0, 0, 0))
    return png_of(image)


def made(image: bytes, detail: float | None = None, **sprite: Any) -> Outcome:
    request = Request(mode=Mode.SPRITE, detail_factor=detail, sprite=Sprite(**sprite))
    return make_mesh(request, image, lambda stage, percent: None)


def document(outcome: Outcome, name: str = "sprite.json") -> Any:
    return json.loads(file_of(outcome, name))


def area_of(outcome: Outcome) -> float:
    mesh = document(outcome)
    corners = np.array(mesh["vertices"])[np.array(mesh["triangles"])]
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return float(np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]).sum() / 2)


def test_a_ring_is_covered_but_for_its_hole() -> None:
    outcome = made(ring(), detail=0.001)

    # Whatever is barely there is within, so the line is half a pixel farther out on either side.
    assert area_of(outcome) == pytest.approx(np.pi * (52.5**2 - 19.5**2), rel=0.02)
    mesh = document(outcome)
    assert mesh["metadata"] == {
        "vertex_count": outcome.vertex_count,
        "triangle_count": outcome.triangle_count,
        "width": 120,
        "height": 120,
    }
    np.testing.assert_allclose(mesh["uvs"], np.array(mesh["vertices"]) / 120, atol=1e-5)
    assert mesh["bounds"]["min_x"] == pytest.approx(8, abs=0.6)


def test_inner_vertices_are_as_many_as_density_and_spread_say() -> None:
    none = made(ring(), internal_vertex_density=0)
    some = made(ring(), internal_vertex_density=10)
    spread = made(ring(), internal_vertex_density=10, density_scaling_factor=4000)

    # About one for each density_scaling_factor / internal_vertex_density px2, fewer along the outline.
    inner = some.vertex_count - none.vertex_count
    assert 0.4 < inner / (area_of(none) / 100) <= 1.05
    assert spread.vertex_count - none.vertex_count == pytest.approx(inner / 4, rel=0.5)


def test_no_inner_vertex_makes_a_triangle_too_small() -> None:
    outcome = made(ring(), internal_vertex_density=100, density_scaling_factor=100, min_triangle_area=50)

    inner = outcome.vertex_count - made(ring()).vertex_count
    assert inner <= area_of(outcome) / 100


def test_hollows_are_bridged_up_to_the_convex_hull() -> None:
    areas = [area_of(made(ring(), concave_factor=factor)) for factor in (0, 15, 100)]

    full = np.pi * 52**2
    assert areas[0] < 0.9 * full < areas[2]
    assert areas[0] <= areas[1] <= areas[2] * 1.01
    assert areas[2] == pytest.approx(full, rel=0.05)


def test_small_parts_are_left_out() -> None:
    image = Image.open(io.BytesIO(ring()))
    image.paste((0, 0, 255, 255), (1, 1, 6, 6))

    kept, dropped = (made(png_of(image), min_contour_area=least) for least in (10, 100))

    assert kept.warnings == ("the outline has 3 lines; Spine's hull is the first of them",)
    assert dropped.warnings == ("the outline has 2 lines; Spine's hull is the first of them",)


def test_the_threshold_of_opacity_moves_the_outline() -> None:
    alpha = np.tile(np.linspace(0, 255, 100).astype(np.uint8), (50, 1))
    image = png_of(Image.fromarray(np.dstack([np.full((50, 100, 3), 90, np.uint8), alpha])))

    low, high = (area_of(made(image, alpha_threshold=threshold)) for threshold in (51, 204))

    assert (low, high) == pytest.approx((50 * 80, 50 * 20), rel=0.05)


def test_without_transparency_the_dark_is_within() -> None:
    image = Image.new("L", (60, 60), 255)
    image.paste(50, (10, 10, 50, 50))

    assert area_of(made(png_of(image), detail=0.001)) == pytest.approx(1600, rel=0.03)
    with pytest.raises(Refused) as caught:
        made(png_of(image), binary_threshold=40)
    assert caught.value.code is Code.OUTLINE_EMPTY


def test_a_bound_on_vertices_is_kept_and_its_price_is_told() -> None:
    outcome = made(logo("&8", 200), detail=0.001, internal_vertex_density=50, max_vertices=60)

    assert outcome.vertex_count <= 60
    assert outcome.achieved_error > 0.001
    assert any("a cap binds" in warning for warning in outcome.warnings)


def test_a_picture_beyond_the_side_of_a_texture_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        made(png_of(Image.new("L", (4097, 4))))

    assert caught.value.code is Code.IMAGE_TOO_LARGE


def test_spine_gets_skeleton_atlas_and_picture_that_belong_together() -> None:
    outcome = made(ring(), internal_vertex_density=5)

    skeleton = document(outcome, "skeleton.json")
    mesh = skeleton["skins"][0]["attachments"]["sprite"]["sprite"]
    assert len(mesh["vertices"]) == len(mesh["uvs"]) == 2 * outcome.vertex_count
    assert len(mesh["triangles"]) == 3 * outcome.triangle_count
    assert max(mesh["triangles"]) == outcome.vertex_count - 1
    assert max(mesh["edges"]) <= 2 * (outcome.vertex_count - 1) and all(edge % 2 == 0 for edge in mesh["edges"])
    # The hull comes first and goes around once.
    assert mesh["edges"][: 2 * mesh["hull"]][-1] == 0
    # y points up from the picture's middle.
    plain = document(outcome)
    np.testing.assert_allclose(
        np.reshape(mesh["vertices"], (-1, 2)), (np.array(plain["vertices"]) - 60) * [1, -1], atol=1e-5
    )
    assert file_of(outcome, "skeleton.atlas").decode().splitlines()[:2] == ["skeleton.png", "size:120,120"]
    with Image.open(io.BytesIO(file_of(outcome, "skeleton.png"))) as image:
        np.testing.assert_array_equal(np.asarray(image), np.asarray(Image.open(io.BytesIO(ring()))))


def test_stages_are_told_in_their_order() -> None:
    told: dict[str, int] = {}
    make_mesh(Request(mode=Mode.SPRITE), ring(), lambda stage, percent: told.update({stage: percent}))

    assert told == {
        "load": 10, "mask": 20, "contours": 30, "main contour": 40, "simplify": 50, "triangulate": 70, "uv": 85,
        "edges": 95, "files": 97, "thumbnail": 98,
    }  # fmt: skip


def test_the_same_picture_gives_the_same_files() -> None:
    one, other = (made(logo("R", 150), internal_vertex_density=20) for _ in range(2))

    assert [file.data for file in one.files] == [file.data for file in other.files]


def test_an_area_with_a_hole_and_points_inside_is_triangulated_without_gap_or_overlap() -> None:
    points = [(x, y) for x, y in hexagonal((2, 2), (98, 98), 40).tolist() if not (28 < x < 72 and 28 < y < 72)]

    vertices, triangles, outline = constrained_delaunay([SQUARE, HOLE], points, 0.5)

    corners = vertices[triangles]
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    areas = (one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]) / 2
    assert areas.min() > 0
    assert areas.sum() == pytest.approx(100 * 100 - 40 * 40)
    # A point that falls on an edge is left out.
    inner = len(vertices) - 8
    assert len(points) - 3 <= inner <= len(points)
    assert len(outline) == 8
    # No hole's triangle, and Euler's count: n points, 8 of them on two lines.
    assert len(triangles) == 8 + 2 * inner
    middles = corners.mean(axis=1)
    assert not ((middles > 30) & (middles < 70)).all(axis=1).any()


def test_inner_edges_are_delaunay() -> None:
    points = [(x, y) for x, y in np.random.default_rng(5).uniform(5, 95, (150, 2)).tolist()]

    vertices, triangles, _ = constrained_delaunay([SQUARE], points, 0.01)

    for corners in vertices[triangles]:
        centre, radius = circle(corners)
        assert (np.linalg.norm(vertices - centre, axis=1) > radius * (1 - 1e-6)).all()


def circle(corners: np.ndarray) -> tuple[np.ndarray, float]:
    a, b, c = corners
    centre = np.linalg.solve(2 * np.array([b - a, c - a]), [b @ b - a @ a, c @ c - a @ a])
    return centre, float(np.linalg.norm(a - centre))


def test_the_distance_of_lines_is_the_greatest_of_both_ways() -> None:
    closed = SQUARE[[0, 1, 2, 3, 0]]
    dented = np.array([[0, 0], [50, 7], [100, 0], [100, 100], [0, 100], [0, 0]], float)

    assert outline_distance([closed], [closed]) == 0
    assert outline_distance([closed], [dented]) == pytest.approx(7, abs=0.1)
    assert outline_distance([closed], [closed, HOLE[[0, 1, 2, 3, 0]]]) == pytest.approx(30, abs=0.3)
    assert outline_distance([closed], [closed + np.array([40, 0])]) == pytest.approx(40)
    assert outline_distance([], [closed]) == np.inf
