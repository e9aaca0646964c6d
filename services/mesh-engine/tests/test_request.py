import math
import pickle
from collections.abc import Callable

import pytest

from mesh_engine.failures import Code, Refused
from mesh_engine.request import Format, Height, Mode, Outline, Request, Size, Sprite, Texture

OUT_OF_RANGE: dict[str, tuple[Callable[[], object], str]] = {
    "width": (lambda: Size(width_mm=0), "size.width_mm is 0; allowed is 1 to 1000 mm"),
    "height": (lambda: Size(height_mm=501), "size.height_mm is 501; allowed is 0.1 to 500 mm"),
    "base": (lambda: Size(base_mm=-2), "size.base_mm is -2; allowed is 0.2 to 100 mm"),
    "not a number": (lambda: Size(base_mm=math.nan), "size.base_mm is nan; allowed is 0.2 to 100 mm"),
    "gamma": (lambda: Height(gamma=math.inf), "height.gamma is inf; allowed is 0.1 to 10"),
    "smoothing": (lambda: Height(smooth_px=21), "height.smooth_px is 21; allowed is 0 to 20 px"),
    "border": (lambda: Height(border_px=513), "height.border_px is 513; allowed is 0 to 512 px"),
    "curve": (lambda: Height(curve_deg=360), "height.curve_deg is 360; allowed is 0 to 350 degrees"),
    "threshold": (lambda: Outline(threshold=1.1), "outline.threshold is 1.1; allowed is 0 to 1"),
    "simplification": (lambda: Outline(simplify_px=-1), "outline.simplify_px is -1; allowed is 0 to 50 px"),
    "area": (lambda: Outline(min_area_px=-1), "outline.min_area_px is -1; allowed is 0 to 1e+06 px2"),
    "texture": (lambda: Texture(max_px=8), "texture.max_px is 8; allowed is 16 to 4096 px"),
    "quality": (lambda: Texture(jpeg_quality=0), "texture.jpeg_quality is 0; allowed is 1 to 100"),
    "alpha": (lambda: Sprite(alpha_threshold=256), "sprite.alpha_threshold is 256; allowed is 0 to 255"),
    "hollows": (lambda: Sprite(concave_factor=101), "sprite.concave_factor is 101; allowed is 0 to 100"),
    "density": (
        lambda: Sprite(internal_vertex_density=-1),
        "sprite.internal_vertex_density is -1; allowed is 0 to 100",
    ),
    "kernel": (lambda: Sprite(blur_kernel_size=22), "sprite.blur_kernel_size is 22; allowed is 1 to 21 px"),
    "darkness": (lambda: Sprite(binary_threshold=300), "sprite.binary_threshold is 300; allowed is 0 to 255"),
    "contour": (lambda: Sprite(min_contour_area=0), "sprite.min_contour_area is 0; allowed is 1 to 1000 px2"),
    "spread": (
        lambda: Sprite(density_scaling_factor=99),
        "sprite.density_scaling_factor is 99; allowed is 100 to 10000",
    ),
    "triangle": (lambda: Sprite(min_triangle_area=0), "sprite.min_triangle_area is 0; allowed is 0.1 to 100 px2"),
    "detail": (lambda: Request(detail_factor=0), "detail_factor is 0; allowed is more than 0 up to 0.5"),
    "sprite's detail": (
        lambda: Request(mode=Mode.SPRITE, detail_factor=0.06),
        "detail_factor is 0.06; allowed is 0.001 to 0.05",
    ),
    "triangles": (lambda: Request(max_triangles=0), "max_triangles is 0; allowed is 100 to 5e+06"),
    "thumbnail": (lambda: Request(thumbnail_px=1), "thumbnail_px is 1; allowed is 16 to 2048 px (0 makes none)"),
    "backend": (
        lambda: Request(backend="triposr"),
        'backend is "triposr"; allowed is the built-in one, which has the empty name',
    ),
    "bent relief": (
        lambda: Request(mode=Mode.RELIEF, height=Height(curve_deg=90)),
        "height.curve_deg is 90; allowed is 0 in mode relief; only a lithophane is bent",
    ),
    "sprite as STL": (
        lambda: Request(mode=Mode.SPRITE, formats=(Format.STL,)),
        "formats is stl in mode sprite; allowed is json, spine",
    ),
    "relief for Spine": (
        lambda: Request(mode=Mode.RELIEF, formats=(Format.GLB, Format.SPINE)),
        "formats is spine in mode relief; allowed is glb, stl, obj, ply",
    ),
    "a format twice": (
        lambda: Request(formats=(Format.GLB, Format.GLB)),
        "formats is glb, glb; allowed is each of glb, stl, obj, ply once",
    ),
}


@pytest.mark.parametrize(("make", "sentence"), OUT_OF_RANGE.values(), ids=OUT_OF_RANGE.keys())
def test_a_parameter_out_of_range_is_refused_with_its_name_its_value_and_what_is_allowed(
    make: Callable[[], object], sentence: str
) -> None:
    with pytest.raises(Refused) as caught:
        make()

    assert caught.value.code is Code.INVALID_PARAMETER
    assert caught.value.message == f"parameter {sentence}"


def test_defaults_follow_the_mode() -> None:
    solid, sprite = Request(), Request(mode=Mode.SPRITE)

    assert (solid.detail, solid.wanted_formats) == (0.02, (Format.GLB, Format.STL))
    assert (sprite.detail, sprite.wanted_formats) == (0.01, (Format.JSON, Format.SPINE))


def test_an_even_kernel_is_raised_by_one() -> None:
    assert [Sprite(blur_kernel_size=side).blur_kernel_size for side in (1, 2, 3, 20, 21)] == [1, 3, 3, 21, 21]


def test_a_refusal_travels_between_processes() -> None:
    refusal = Refused(Code.IMAGE_CORRUPT, "the picture ends early")

    copy = pickle.loads(pickle.dumps(refusal))

    assert (type(copy), copy.code, str(copy)) == (Refused, Code.IMAGE_CORRUPT, "the picture ends early")
