"""What may be asked of the engine: modes and parameters, by the names, ranges and defaults of the contract.

Every class checks itself when it is made, so that whoever holds one may trust it. A parameter that is absent in the
contract is left to its default here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from mesh_engine.limits import refuse, within


class Mode(StrEnum):
    """What becomes of the picture."""

    AUTO = "auto"
    SPRITE = "sprite"
    RELIEF = "relief"
    LITHOPHANE = "lithophane"
    EXTRUDE = "extrude"
    CUTOUT = "cutout"
    INFLATE = "inflate"


class Format(StrEnum):
    """A kind of file that is wanted."""

    GLB = "glb"
    STL = "stl"
    OBJ = "obj"
    PLY = "ply"
    JSON = "json"
    SPINE = "spine"


class Channel(StrEnum):
    """Which numbers of the picture are heights."""

    LUMA = "luma"
    RED = "red"
    GREEN = "green"
    BLUE = "blue"
    ALPHA = "alpha"


SOLID_FORMATS = (Format.GLB, Format.STL, Format.OBJ, Format.PLY)
SPRITE_FORMATS = (Format.JSON, Format.SPINE)
DEFAULT_DETAIL = 0.02
# Half of it, because an outline that is off by 1 % of the diagonal is already seen.
DEFAULT_SPRITE_DETAIL = 0.01


@dataclass(frozen=True)
class Size:
    """Measures of a solid in millimetres.

    Attributes
    ----------
    width_mm : float
        Of the whole picture's width, 1 to 1000; its other side follows by the picture's proportions.
    height_mm : float
        Between the lowest and the highest height, 0.1 to 500; an extrusion's thickness; an inflation's rise per side.
    base_mm : float
        Under the lowest height, 0.2 to 100. Extrusions and inflations have none.
    """

    width_mm: float = 100.0
    height_mm: float = 5.0
    base_mm: float = 2.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        within("size.width_mm", self.width_mm, 1, 1000, unit="mm")
        within("size.height_mm", self.height_mm, 0.1, 500, unit="mm")
        within("size.base_mm", self.base_mm, 0.2, 100, unit="mm")


@dataclass(frozen=True)
class Height:
    """From picture to heights.

    Attributes
    ----------
    channel : Channel
        Where the heights come from.
    invert : bool
        Makes the darkest the highest.
    gamma : float
        Exponent over heights of 0 to 1, 0.1 to 10.
    smooth_px : float or None
        Sigma of a Gauss filter in pixels of the working picture, 0 to 20; None takes 1 for photos, 0 for height maps.
    level : bool
        Stretches the heights to the full range.
    border_px : int
        A frame of full height around the picture, 0 to 512 pixels of the working picture.
    curve_deg : float
        Bends a lithophane around an upright axis, 0 to 350 degrees.
    """

    channel: Channel = Channel.LUMA
    invert: bool = False
    gamma: float = 1.0
    smooth_px: float | None = None
    level: bool = False
    border_px: int = 0
    curve_deg: float = 0.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        within("height.gamma", self.gamma, 0.1, 10)
        if self.smooth_px is not None:
            within("height.smooth_px", self.smooth_px, 0, 20, unit="px")
        within("height.border_px", self.border_px, 0, 512, unit="px")
        within("height.curve_deg", self.curve_deg, 0, 350, unit="degrees")


@dataclass(frozen=True)
class Outline:
    """From picture to the outlines of solids.

    Attributes
    ----------
    threshold : float or None
        What is at least this opaque, 0 to 1, is within; None chooses by Otsu's method.
    simplify_px : float
        How far an outline may be moved to save vertices, in pixels of the working picture, 0 to 50.
    min_area_px : float
        Parts and holes smaller than this are left out, in square pixels of the working picture, 0 to 1000000.
    """

    threshold: float | None = None
    simplify_px: float = 0.25
    min_area_px: float = 4.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.threshold is not None:
            within("outline.threshold", self.threshold, 0, 1)
        within("outline.simplify_px", self.simplify_px, 0, 50, unit="px")
        within("outline.min_area_px", self.min_area_px, 0, 1_000_000, unit="px2")


@dataclass(frozen=True)
class Texture:
    """The picture on the solid.

    Attributes
    ----------
    none : bool
        Leaves it out.
    max_px : int
        Its longer side, 16 to 4096.
    jpeg_quality : int
        1 to 100.
    """

    none: bool = False
    max_px: int = 1024
    jpeg_quality: int = 90

    def __post_init__(self) -> None:
        """Check the ranges."""
        within("texture.max_px", self.max_px, 16, 4096, unit="px")
        within("texture.jpeg_quality", self.jpeg_quality, 1, 100)


@dataclass(frozen=True)
class Sprite:
    """A sprite's parameters, by the names that its users know; docs/meshes.md says what each does.

    Attributes
    ----------
    alpha_threshold : int
        What is more opaque than this is within, 0 to 255.
    concave_factor : int
        How far hollows are bridged, 0 (none) to 100 (all).
    internal_vertex_density : int
        How many vertices stand inside, 0 (none) to 100.
    blur_kernel_size : int
        Side of the filter before the outline is drawn, 1 to 21, odd; an even one is raised by one.
    binary_threshold : int
        For pictures without transparency: what is darker than this is within, 0 to 255.
    min_contour_area : int
        Parts and holes smaller than this are left out, 1 to 1000 px2.
    density_scaling_factor : int
        Spread of the inner vertices, 100 (dense) to 10000 (sparse).
    min_triangle_area : float
        No inner vertex makes a triangle smaller than this, 0.1 to 100 px2.
    max_vertices : int
        0 sets no bound.
    """

    alpha_threshold: int = 10
    concave_factor: int = 0
    internal_vertex_density: int = 0
    blur_kernel_size: int = 1
    binary_threshold: int = 128
    min_contour_area: int = 10
    density_scaling_factor: int = 1000
    min_triangle_area: float = 1.0
    max_vertices: int = 0

    def __post_init__(self) -> None:
        """Check the ranges, and make the filter's side odd."""
        within("sprite.alpha_threshold", self.alpha_threshold, 0, 255)
        within("sprite.concave_factor", self.concave_factor, 0, 100)
        within("sprite.internal_vertex_density", self.internal_vertex_density, 0, 100)
        within("sprite.blur_kernel_size", self.blur_kernel_size, 1, 21, unit="px")
        within("sprite.binary_threshold", self.binary_threshold, 0, 255)
        within("sprite.min_contour_area", self.min_contour_area, 1, 1000, unit="px2")
        within("sprite.density_scaling_factor", self.density_scaling_factor, 100, 10_000)
        within("sprite.min_triangle_area", self.min_triangle_area, 0.1, 100, unit="px2")
        within("sprite.max_vertices", self.max_vertices, 0, 1_000_000)
        object.__setattr__(self, "blur_kernel_size", self.blur_kernel_size | 1)


@dataclass(frozen=True)
class Request:
    """A mesh that is wanted.

    Attributes
    ----------
    mode : Mode
        What to make.
    detail_factor : float or None
        The error allowed: share of the height range, or of the picture's diagonal for outlines. More than 0 up to 0.5;
        sprites 0.001 to 0.05. None takes 0.02, for sprites 0.01.
    max_triangles : int
        Of the whole mesh, 100 to 5000000. When it binds, the error grows, and the outcome says so.
    size, height, outline, texture, sprite
        The parts that the mode uses; the others have no effect.
    formats : tuple of Format
        Without repetition; empty takes GLB and STL, for sprites JSON and SPINE.
    thumbnail_px : int
        Width of the thumbnail, 16 to 2048; 0 makes none.
    backend : str
        Who guesses heights; only the built-in one, the empty name, exists.
    """

    mode: Mode = Mode.AUTO
    detail_factor: float | None = None
    max_triangles: int = 500_000
    size: Size = field(default_factory=Size)
    height: Height = field(default_factory=Height)
    outline: Outline = field(default_factory=Outline)
    texture: Texture = field(default_factory=Texture)
    sprite: Sprite = field(default_factory=Sprite)
    formats: tuple[Format, ...] = ()
    thumbnail_px: int = 512
    backend: str = ""

    def __post_init__(self) -> None:
        """Check the ranges, and what goes with the mode."""
        self._check_detail()
        within("max_triangles", self.max_triangles, 100, 5_000_000)
        if self.thumbnail_px != 0:
            within("thumbnail_px", self.thumbnail_px, 16, 2048, unit="px (0 makes none)")
        if self.backend:
            refuse("backend", f'"{self.backend}"', "the built-in one, which has the empty name")
        if self.height.curve_deg > 0 and self.mode is not Mode.LITHOPHANE:
            refuse("height.curve_deg", self.height.curve_deg, f"0 in mode {self.mode}; only a lithophane is bent")
        self._check_formats()

    @property
    def detail(self) -> float:
        """The error allowed, with the default of the mode."""
        if self.detail_factor is not None:
            return self.detail_factor
        return DEFAULT_SPRITE_DETAIL if self.mode is Mode.SPRITE else DEFAULT_DETAIL

    @property
    def wanted_formats(self) -> tuple[Format, ...]:
        """The formats asked for, or the mode's own."""
        if self.formats:
            return self.formats
        return SPRITE_FORMATS if self.mode is Mode.SPRITE else (Format.GLB, Format.STL)

    def _check_detail(self) -> None:
        if self.detail_factor is None:
            return
        if self.mode is Mode.SPRITE:
            within("detail_factor", self.detail_factor, 0.001, 0.05)
        else:
            within("detail_factor", self.detail_factor, 0, 0.5, above=True)

    def _check_formats(self) -> None:
        allowed = SPRITE_FORMATS if self.mode is Mode.SPRITE else SOLID_FORMATS
        names = _names(allowed)
        for chosen in self.formats:
            if chosen not in allowed:
                refuse("formats", f"{chosen} in mode {self.mode}", names)
        if len(set(self.formats)) != len(self.formats):
            refuse("formats", _names(self.formats), f"each of {names} once")


def _names(formats: Iterable[Format]) -> str:
    return ", ".join(formats)
