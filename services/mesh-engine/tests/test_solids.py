import io
import math
from collections.abc import Callable

import numpy as np
import pytest
import trimesh
from manifold3d import CrossSection
from PIL import Image

from mesh_engine.cutting import Shape, cut, manifold_of, prism
from mesh_engine.failures import Code, Refused
from mesh_engine.made import Made, within_cap
from mesh_engine.outcome import Outcome
from mesh_engine.pipeline import make_mesh
from mesh_engine.request import Channel, Format, Height, Mode, Outline, Request, Size, Texture
from mesh_engine.solid import Part, Solid, mirrored, over_base, scaled
from mesh_engine.surface_cutter import SurfaceCutter
from mesh_engine.surface_error import surface_error
from mesh_engine.tin import triangulate_heights
from mesh_engine.weld import is_closed, weld
from tests.corpus import fractal, logo, png_of
from tests.inspection import assert_closed, cast, file_of, glb_document, glb_messages, tops

SOLID_MODES = [mode for mode in Mode if mode not in (Mode.AUTO, Mode.SPRITE)]


def grey(heights: np.ndarray) -> bytes:
    return png_of(Image.fromarray(np.rint(heights * 255).astype(np.uint8)))


def terrain(side: int = 96) -> bytes:
    heights = fractal(side)
    return grey((heights - heights.min()) / np.ptp(heights))


def made(image: bytes, **wanted: object) -> Outcome:
    return make_mesh(Request(**wanted), image, lambda stage, percent: None)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", [Mode.RELIEF, Mode.LITHOPHANE])
@pytest.mark.parametrize("size", [(2, 2), (2, 300), (300, 2), (40, 30)])
def test_a_picture_of_one_colour_gives_a_box_of_the_right_size(mode: Mode, size: tuple[int, int]) -> None:
    outcome = made(png_of(Image.new("L", size, 255)), mode=mode, size=Size(30, 4, 1))

    thickness = 5.0 if mode is Mode.RELIEF else 1.0
    depth = 30 * (size[1] - 1) / (size[0] - 1)
    assert outcome.bbox_mm == pytest.approx((0, 0, 0, 30, depth, thickness), rel=1e-5)
    assert outcome.volume_mm3 == pytest.approx(30 * depth * thickness, rel=1e-4)
    assert (outcome.triangle_count, outcome.achieved_error) == (14, 0)
    assert_closed(outcome)


@pytest.mark.parametrize("rows,cols", [(1, 9), (9, 1), (1, 1)])
def test_heights_of_one_row_or_column_are_refused(rows: int, cols: int) -> None:
    with pytest.raises(Refused) as caught:
        triangulate_heights(np.zeros((rows, cols), np.float32), 0.1, 100)

    assert caught.value.code is Code.IMAGE_TOO_SMALL


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_heights_that_are_not_finite_are_refused(value: float) -> None:
    heights = np.zeros((9, 9), np.float32)
    heights[4, 4] = value

    with pytest.raises(Refused) as caught:
        triangulate_heights(heights, 0.1, 100)

    assert caught.value.code is Code.HEIGHTS_INVALID


@pytest.mark.parametrize("mode", [Mode.EXTRUDE, Mode.CUTOUT, Mode.INFLATE, Mode.SPRITE])
def test_nothing_but_transparency_has_no_outline(mode: Mode) -> None:
    with pytest.raises(Refused) as caught:
        made(png_of(Image.new("RGBA", (64, 64))), mode=mode)

    assert caught.value.code is Code.OUTLINE_EMPTY


def test_the_measured_error_is_that_of_a_surface_computed_by_hand() -> None:
    heights = np.zeros((5, 5), np.float32)
    heights[2, 1] = 0.75
    flat = triangulate_heights(heights, 1.0, 100)

    assert len(flat.faces) == 2
    assert surface_error(flat, heights) == pytest.approx(0.75)


def test_a_surface_with_a_gap_has_an_infinite_error() -> None:
    heights = np.zeros((5, 5), np.float32)
    tin = triangulate_heights(heights, 1.0, 100)

    assert surface_error(type(tin)(tin.vertices, tin.faces[:1], 5, 5), heights) == math.inf


@pytest.mark.parametrize("detail", [0.005, 0.02, 0.1])
def test_finer_detail_costs_triangles_and_keeps_its_bound(detail: float) -> None:
    outcome = made(terrain(), mode=Mode.RELIEF, detail_factor=detail)
    coarser = made(terrain(), mode=Mode.RELIEF, detail_factor=detail * 2)

    assert outcome.achieved_error <= detail
    assert outcome.triangle_count > coarser.triangle_count


@pytest.mark.parametrize("mode", SOLID_MODES)
def test_a_cap_on_triangles_is_kept_and_its_error_is_told(mode: Mode) -> None:
    outcome = made(logo("&8", 200), mode=mode, max_triangles=1_000, detail_factor=0.002)

    assert 100 < outcome.triangle_count <= 1_000
    assert_closed(outcome)
    if outcome.achieved_error > 0.002:
        assert any("max_triangles 1000 binds" in warning for warning in outcome.warnings)


@pytest.mark.parametrize("curve", [30, 120, 180, 350])
def test_a_bent_lithophane_keeps_its_bound_all_around(curve: float) -> None:
    size = Size(80, 2, 1)
    height = Height(curve_deg=curve, border_px=6, smooth_px=0)

    outcome = made(terrain(), mode=Mode.LITHOPHANE, size=size, height=height)

    mesh = assert_closed(outcome)
    rows = cols = 96 + 12
    angle = math.radians(curve)
    radius = size.width_mm / angle
    # The frame is thickest, so where the outside ends is known.
    reach = radius + size.base_mm + size.height_mm
    axis_x = reach * math.sin(min(angle, math.pi) / 2)
    axis_z = -min(radius * math.cos(angle / 2), reach * math.cos(angle / 2))
    column, row = (at.ravel() for at in np.meshgrid(np.arange(2, cols - 2), np.arange(2, rows - 2)))
    # A hair beside the pixels' centres, because a ray through a vertex may slip between its faces.
    turned = ((column + 1.3e-3) / (cols - 1) - 0.5) * angle
    pitch = size.width_mm / (cols - 1)
    outward = np.column_stack([np.sin(turned), np.zeros(len(turned)), np.cos(turned)])
    axis = np.column_stack([np.full(len(row), axis_x), (row + 0.9e-3) * pitch, np.full(len(row), axis_z)])
    outer = 2 * reach - cast(mesh, axis + 2 * reach * outward, -outward)
    inner = cast(mesh, axis, outward)
    heights = np.pad(1 - np.rint(_unit(fractal(96)) * 255) / 255, 6, constant_values=1)
    expected = radius + size.base_mm + size.height_mm * heights[rows - 1 - row, column]
    bound = 0.02 * size.height_mm
    assert np.abs(outer - expected).max() <= bound * 1.05 + 6e-3
    assert np.abs(inner - radius).max() <= bound + 2e-3


def _unit(heights: np.ndarray) -> np.ndarray:
    return np.asarray((heights - heights.min()) / np.ptp(heights))


def test_inverted_heights_are_the_rest_to_full_height() -> None:
    plain = made(terrain(), mode=Mode.RELIEF, detail_factor=0.001, size=Size(100, 5, 2))
    negative = made(terrain(), mode=Mode.LITHOPHANE, detail_factor=0.001, size=Size(100, 5, 2))

    area = plain.bbox_mm[3] * plain.bbox_mm[4]
    assert plain.volume_mm3 + negative.volume_mm3 == pytest.approx(area * (2 + 2 + 5), rel=1e-3)


def test_level_stretches_what_is_seen_and_gamma_bends_it() -> None:
    ramp = grey(np.tile(np.linspace(0.4, 0.6, 101), (40, 1)))

    levelled = made(ramp, mode=Mode.RELIEF, height=Height(level=True, smooth_px=0), detail_factor=0.001)
    bent = made(ramp, mode=Mode.RELIEF, height=Height(level=True, smooth_px=0, gamma=2), detail_factor=0.001)

    assert levelled.bbox_mm[5] == pytest.approx(7)
    middle = [float(tops(assert_closed(one), np.array([50.0]), np.array([15.0]))[0]) for one in (levelled, bent)]
    assert middle == pytest.approx([2 + 5 * 0.5, 2 + 5 * 0.25], abs=0.12)


def test_each_channel_is_its_own_height() -> None:
    image = png_of(Image.new("RGB", (8, 8), (51, 102, 204)))
    tallest = {
        channel: made(image, mode=Mode.RELIEF, height=Height(channel=channel)).bbox_mm[5] - 2
        for channel in (Channel.RED, Channel.GREEN, Channel.BLUE, Channel.ALPHA)
    }

    assert tallest == pytest.approx({Channel.RED: 1, Channel.GREEN: 2, Channel.BLUE: 4, Channel.ALPHA: 5}, rel=1e-4)


@pytest.mark.parametrize("mode", [Mode.EXTRUDE, Mode.CUTOUT, Mode.INFLATE])
def test_holes_of_letters_are_handles_of_the_solid(mode: Mode) -> None:
    outcome = made(logo("8A", 240), mode=mode, outline=Outline(simplify_px=0.5))

    mesh = assert_closed(outcome)
    # Two parts; eight has two holes, A one. Each handle lowers the Euler number by two.
    assert mesh.euler_number == 2 * 2 - 2 * 3


def test_every_format_holds_the_same_mesh() -> None:
    outcome = made(logo("R", 160), mode=Mode.CUTOUT, formats=tuple(Format)[:4])

    assert [file.name for file in outcome.files] == [
        "mesh.glb", "mesh.stl", "mesh.obj", "mesh.mtl", "texture.jpg", "mesh.ply", "thumbnail.png",
    ]  # fmt: skip
    for kind in ("obj", "ply"):
        data = io.BytesIO(file_of(outcome, f"mesh.{kind}"))
        mesh = trimesh.load(data, file_type=kind, process=False, resolver=None)
        assert isinstance(mesh, trimesh.Trimesh)
        assert mesh.volume == pytest.approx(outcome.volume_mm3, rel=1e-4)
        assert len(mesh.faces) == outcome.triangle_count
    scene = trimesh.load(io.BytesIO(file_of(outcome, "mesh.glb")), file_type="glb")
    # A metre is a thousand millimetres, and y is up.
    np.testing.assert_allclose(scene.extents[[0, 2, 1]] * 1000, outcome.bbox_mm[3:], rtol=1e-4)


def test_a_solid_without_texture_is_valid_and_smaller(tmp_path: object) -> None:
    plain = made(terrain(), mode=Mode.RELIEF, texture=Texture(none=True), thumbnail_px=0)
    textured = made(terrain(), mode=Mode.RELIEF, thumbnail_px=0)

    assert "images" not in glb_document(file_of(plain, "mesh.glb"))
    assert len(glb_document(file_of(textured, "mesh.glb"))["images"]) == 1
    path = tmp_path / "plain.glb"  # type: ignore[operator]
    path.write_bytes(file_of(plain, "mesh.glb"))
    assert list(glb_messages([path]).values()) == [[]]


def test_a_thumbnail_shows_the_solid_within_a_margin() -> None:
    outcome = made(terrain(), mode=Mode.RELIEF, thumbnail_px=200)

    with Image.open(io.BytesIO(file_of(outcome, "thumbnail.png"))) as image:
        pixels = np.asarray(image)
    assert pixels.shape == (150, 200, 4)
    seen = pixels[..., 3] > 0
    assert 0.3 < seen.mean() < 0.95
    assert not (seen[0].any() or seen[-1].any() or seen[:, 0].any() or seen[:, -1].any())
    assert np.ptp(pixels[seen][:, :3]) > 100


def test_stages_are_told_in_their_order_and_never_fall() -> None:
    told: list[tuple[str, int]] = []
    outcome = make_mesh(Request(mode=Mode.RELIEF), terrain(), lambda stage, percent: told.append((stage, percent)))

    ends = {stage: percent for stage, percent in told}
    assert ends == {"decode": 10, "height": 15, "triangulate": 60, "solid": 65, "files": 85, "thumbnail": 95}
    assert [percent for _, percent in told] == sorted(percent for _, percent in told)
    assert [timing.stage for timing in outcome.timings] == list(ends)


AUTO: dict[str, tuple[Callable[[], bytes], Mode, str]] = {
    "white letters on nothing": (lambda: logo("&", 200), Mode.EXTRUDE, "two colours"),
    "a drawing": (lambda: grey(np.pad(np.zeros((40, 40)), 30, constant_values=1)), Mode.EXTRUDE, "a drawing"),
    "a photo": (terrain, Mode.RELIEF, "smoothed"),
    "a height map": (lambda: deep_terrain(), Mode.RELIEF, "a height map"),
    "a figure": (lambda: figure(), Mode.CUTOUT, "many colours"),
}


def deep_terrain() -> bytes:
    return png_of(Image.fromarray(np.rint(_unit(fractal(96)) * 65_535).astype(np.uint16)))


def figure() -> bytes:
    image = Image.open(io.BytesIO(terrain())).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 96, 30))
    return png_of(image)


@pytest.mark.parametrize("name", AUTO)
def test_auto_chooses_by_the_picture_and_says_why(name: str) -> None:
    make, mode, why = AUTO[name]

    outcome = made(make())

    assert (outcome.mode, why in outcome.reason) == (mode, True)
    assert_closed(outcome)


def test_vertices_that_differ_below_float32_are_one_and_faces_between_them_go() -> None:
    # A tetrahedron one of whose corners is two, a hair apart, with two slivers between.
    vertices = np.array([[0, 0, 0], [100, 0, 0], [0, 100, 0], [0, 0, 100], [100 + 1e-9, 0, 0]], np.float64)
    faces = np.array([[0, 2, 1], [0, 1, 3], [4, 2, 3], [2, 0, 3], [1, 2, 4], [1, 4, 3]], np.int32)
    assert is_closed(faces)

    welded = weld(Solid(vertices, faces, np.zeros(6, np.int8), np.zeros((5, 2), np.float32)))

    assert (len(welded.vertices), len(welded.faces), welded.is_watertight) == (4, 4, True)
    assert welded.volume_mm3 == pytest.approx(100**3 / 6)


def test_an_open_or_doubled_surface_is_not_closed() -> None:
    tetrahedron = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32)

    assert is_closed(tetrahedron)
    assert not is_closed(tetrahedron[1:])
    assert not is_closed(np.concatenate([tetrahedron, tetrahedron]))
    assert not is_closed(np.concatenate([tetrahedron[:3], tetrahedron[3:, ::-1]]))
    assert not is_closed(np.zeros((0, 3), np.int32))


def test_outlines_that_touch_at_a_point_become_a_closed_solid() -> None:
    # Two squares that share a corner: drawn up, the edge over it would belong to four faces.
    image = Image.new("RGBA", (60, 60))
    for corner in (10, 30):
        image.paste((200, 30, 30, 255), (corner, corner, corner + 20, corner + 20))
    cut = png_of(image)

    for mode in (Mode.EXTRUDE, Mode.CUTOUT, Mode.INFLATE):
        outcome = made(cut, mode=mode, outline=Outline(threshold=0.5, simplify_px=1), detail_factor=0.05)

        assert outcome.achieved_error <= 0.05
        assert_closed(outcome)


def test_an_outline_of_specks_that_does_not_become_coarser_is_not_tried_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(3)
    pixels = random.integers(0, 255, (240, 240, 4), np.uint8)
    at = np.arange(240) % 8 < 5
    pixels[..., 3] = 255 * (at[:, None] & at[None, :])
    limits = []
    make = SurfaceCutter.make

    def noted(cutter: SurfaceCutter, shape: Shape, limit: int) -> Made:
        limits.append(limit)
        return make(cutter, shape, limit)

    monkeypatch.setattr(SurfaceCutter, "make", noted)

    outcome = made(png_of(Image.fromarray(pixels)), mode=Mode.CUTOUT, max_triangles=30_000)

    assert outcome.triangle_count <= 30_000
    assert len(limits) <= 6
    assert_closed(outcome)


def test_squares_that_touch_at_a_corner_are_drawn_up_to_two_closed_ones() -> None:
    squares = CrossSection([np.array([[0, 0], [9, 0], [9, 9], [0, 9]]), np.array([[9, 9], [18, 9], [18, 18], [9, 18]])])
    shape = Shape(squares, 0.0, 0.1, 18.0, 18.0)

    welded = weld(prism(shape, 5))

    assert welded.is_watertight
    assert (len(welded.vertices), len(welded.faces)) == (16, 24)
    assert welded.volume_mm3 == pytest.approx(2 * 81 * 5, rel=1e-4)


def test_a_mirrored_surface_that_touches_itself_in_a_point_stays_closed_there() -> None:
    # Two triangles with nothing in common but their corner at 0: the walls of both stand over it.
    vertices = np.array([[0, 0, 1], [9, 0, 1], [9, 9, 1], [-9, 0, 1], [-9, -9, 1]], np.float64)
    faces = np.array([[0, 1, 2], [0, 3, 4]], np.int32)
    bow = Solid(vertices, faces, np.full(2, Part.TOP, np.int8), np.zeros((5, 2), np.float32))

    solid = mirrored(bow)

    assert is_closed(solid.faces)
    assert (len(solid.vertices), len(solid.faces)) == (12, 16)
    assert weld(solid).is_watertight
    assert weld(solid).volume_mm3 == pytest.approx(2 * 40.5 * 2, rel=1e-4)


def test_what_is_cut_tells_top_from_wall_and_bottom_however_steep_it_is() -> None:
    # Cliffs of 1 km at every second sample: by their slope they would be walls.
    heights = np.tile(np.array([[0.0, 1e6]], np.float32), (8, 4)) + 1
    hill = scaled(over_base(triangulate_heights(heights, 1e-3, 1000), 2.0, 2), (1, 1, 1))
    square = CrossSection([np.array([[1.1, 1.1], [5.3, 1.1], [5.3, 5.3], [1.1, 5.3]])])

    solid, _ = cut(manifold_of(hill), Shape(square, 0.0, 1e-6, 7.0, 7.0), -2, 1e6 + 2)

    def flat_area(part: Part) -> float:
        a, b, c = (solid.vertices[solid.faces[solid.parts == part, one], :2] for one in range(3))
        return float(((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]).sum() / 2)

    assert flat_area(Part.TOP) == pytest.approx(4.2 * 4.2)
    assert flat_area(Part.BOTTOM) == pytest.approx(-4.2 * 4.2)
    assert flat_area(Part.WALL) == pytest.approx(0, abs=1e-6)


def of_so_many(triangles: int, surface: int) -> Made:
    faces = np.zeros((triangles, 3), np.int32)
    nowhere = Solid(np.zeros((0, 3)), faces, np.zeros(triangles, np.int8), np.zeros((0, 2), np.float32))
    return Made(nowhere, 0.1, surface)


@pytest.mark.parametrize("walls", [0, 60_000])
@pytest.mark.parametrize("power", [0.4, 1.0])
def test_a_cap_is_used_well_after_few_solids(walls: int, power: float) -> None:
    tried = []

    def make(limit: int) -> Made:
        tried.append(limit)
        return of_so_many(walls + round(2_000_000 * (limit / 500_000) ** power), limit)

    found = within_cap(make, 500_000)

    assert 0.8 * 500_000 <= found.count <= 500_000
    assert len(tried) <= 5


def test_a_cap_that_walls_nearly_fill_leaves_the_surface_much_of_the_rest() -> None:
    assert within_cap(lambda limit: of_so_many(400_000 + limit, limit), 500_000).surface >= 80_000


def test_a_cap_that_walls_alone_fill_gets_the_coarsest_surface() -> None:
    assert within_cap(lambda limit: of_so_many(2_000 + limit, limit), 1_000).surface == 2


def tetrahedra(*corners: np.ndarray) -> Solid:
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32)
    vertices = np.concatenate(corners).astype(np.float64)
    every = np.concatenate([faces + 4 * at for at in range(len(corners))]).astype(np.int32)
    return Solid(vertices, every, np.zeros(len(every), np.int8), np.zeros((len(vertices), 2), np.float32))


def test_edges_that_fall_together_below_float32_stay_two_edges() -> None:
    one = np.array([[0, 0, 0], [100, 0, 0], [0, 100, 0], [0, 0, 100]])
    # Its mirror image at the vertical edge, a hair away from it.
    other = one * [-1, -1, 1] - [1e-9, 1e-9, 0]

    welded = weld(tetrahedra(one, other))

    assert (len(welded.vertices), len(welded.faces), welded.is_watertight) == (8, 8, True)
    assert welded.volume_mm3 == pytest.approx(2 * 100**3 / 6, rel=1e-5)


def test_a_sliver_whose_corners_fall_onto_a_line_keeps_an_area() -> None:
    # A tetrahedron with a vertex more on an edge, a hair off its line, so that one face is a sliver.
    vertices = np.array([[0, 0, 0], [100, 0, 0], [0, 100, 0], [0, 0, 100], [50 + 1e-9, 50, 0]], np.float64)
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 4], [1, 4, 3], [4, 2, 3], [2, 0, 3]], np.int32)
    assert is_closed(faces)

    welded = weld(Solid(vertices, faces, np.zeros(6, np.int8), np.zeros((5, 2), np.float32)))

    assert (len(welded.vertices), len(welded.faces), welded.is_watertight) == (5, 6, True)
    assert welded.volume_mm3 == pytest.approx(100**3 / 6, rel=1e-5)
