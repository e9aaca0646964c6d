"""Parameters of sprites that go together, by the names that their users know."""

from typing import Final, TypedDict

from mesh_engine.request import Sprite


class Preset(TypedDict):
    """What a preset sets; everything else keeps its default."""

    detail_factor: float
    sprite: Sprite


PRESETS: Final[dict[str, Preset]] = {
    "High Detail": {
        "detail_factor": 0.002,
        "sprite": Sprite(internal_vertex_density=20, min_contour_area=4, min_triangle_area=0.5),
    },
    "Balanced": {"detail_factor": 0.01, "sprite": Sprite(internal_vertex_density=5, max_vertices=1000)},
    "Performance": {
        "detail_factor": 0.02,
        "sprite": Sprite(internal_vertex_density=1, min_contour_area=50, min_triangle_area=4, max_vertices=500),
    },
    "Simple Shapes": {
        "detail_factor": 0.03,
        "sprite": Sprite(blur_kernel_size=5, concave_factor=5, min_contour_area=100, max_vertices=300),
    },
}
