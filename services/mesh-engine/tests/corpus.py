"""Real pictures out of installed wheels, and a few that are made of what else is in them."""

import hashlib
import io
import os
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WHEELS = ("arcade", "mahotas", "matplotlib", "pygame", "skimage")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
MIN_SIDE = 48
# The short form takes every so many pictures, and none that are larger than this.
SMALL_PX = 70_000
SHORT_COUNT = 108


@dataclass(frozen=True)
class Specimen:
    name: str
    data: bytes


def is_full() -> bool:
    return bool(os.environ.get("FULL"))


@cache
def specimens() -> tuple[Specimen, ...]:
    """All pictures, or a short choice of them that is the same everywhere."""
    every = [*made(), *found()]
    if is_full():
        return tuple(every)
    photos = [one for one in every if one.name in LARGE or one.name.startswith("made")]
    small = [one for one in every if one not in photos and _pixels(one) <= SMALL_PX]
    wanted = SHORT_COUNT - len(photos)
    return (*photos, *(small[at * len(small) // wanted] for at in range(wanted)))


LARGE = ("skimage/astronaut.png", "skimage/logo.png", "skimage/coins.png", "skimage/page.png", "skimage/horse.png")


def found() -> list[Specimen]:
    """Pictures of wheels, each different one once, by name."""
    by_hash: dict[str, Specimen] = {}
    for path, wheel in sorted((path, name) for name in WHEELS for path in folder(name).rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file():
            specimen = Specimen(f"{wheel}/{path.name}", path.read_bytes())
            with Image.open(path) as image:
                if min(image.size) >= MIN_SIDE and max(image.size) <= 4096:
                    by_hash.setdefault(hashlib.sha256(specimen.data).hexdigest(), specimen)
    return list(by_hash.values())


def made() -> list[Specimen]:
    """A measured landscape of 16 bits, a fractal one, and logos with holes."""
    landscape = np.load(folder("matplotlib") / "mpl-data/sample_data/jacksboro_fault_dem.npz")["elevation"]
    return [
        Specimen("made/landscape", deep_png(landscape)),
        Specimen("made/fractal", deep_png(fractal(192))),
        Specimen("made/logo", logo("Ab8&", 220)),
        Specimen("made/badge", logo("§", 160)),
    ]


def folder(wheel: str) -> Path:
    spec = find_spec(wheel)
    assert spec is not None and spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0])


def deep_png(heights: np.ndarray) -> bytes:
    """Heights stretched to a 16-bit grey PNG."""
    low, high = float(heights.min()), float(heights.max())
    grey = np.rint((heights - low) / max(high - low, 1e-9) * 65_535).astype(np.uint16)
    return png_of(Image.fromarray(grey))


def fractal(side: int) -> np.ndarray:
    """Terrain of 1/f noise, the same at each run."""
    random = np.random.default_rng(7)
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    frequency[0, 0] = 1
    spectrum = (random.normal(size=(side, side)) + 1j * random.normal(size=(side, side))) / frequency**2
    return np.asarray(np.fft.ifft2(spectrum).real)


def logo(text: str, side: int) -> bytes:
    """White letters with holes on nothing."""
    font = ImageFont.truetype(str(folder("matplotlib") / "mpl-data/fonts/ttf/DejaVuSans-Bold.ttf"), side * 2 // 5)
    image = Image.new("RGBA", (side, side * 2 // 3))
    ImageDraw.Draw(image).text((side // 12, side // 12), text, font=font, fill=(250, 250, 250, 255))
    return png_of(image)


def png_of(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _pixels(specimen: Specimen) -> int:
    with Image.open(io.BytesIO(specimen.data)) as image:
        return image.size[0] * image.size[1]
