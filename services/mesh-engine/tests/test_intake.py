import io
import struct
import zlib
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from mesh_engine.failures import Code, Refused
from mesh_engine.intake import MAX_BYTES, read_picture
from mesh_engine.picture import working
from tests.corpus import png_of, specimens

SQUARE = np.arange(64, dtype=np.uint8).reshape(8, 8)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def blank_png(cols: int, rows: int) -> bytes:
    """A PNG that says how large it is, and holds almost nothing."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", cols, rows, 1, 0, 0, 0, 0))
    line = b"\0" * (1 + (cols + 7) // 8)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(line * min(rows, 1000), 9)) + chunk(b"IEND", b"")


def deep(mode: str) -> bytes:
    channels = {"RGB": 3, "RGBA": 4}[mode]
    numbers = (np.arange(4 * 4 * channels, dtype=np.uint32) * 1021).astype(np.uint16).reshape(4, 4, channels)
    _, data = cv2.imencode(".png", numbers)
    return bytes(data.tobytes())


REFUSED: dict[str, tuple[Callable[[], bytes], Code]] = {
    "nothing": (lambda: b"", Code.IMAGE_UNSUPPORTED),
    "text": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", Code.IMAGE_UNSUPPORTED),
    "a GIF": (lambda: encoded(Image.new("P", (8, 8)), "GIF"), Code.IMAGE_UNSUPPORTED),
    "a TIFF": (lambda: encoded(Image.new("L", (8, 8)), "TIFF"), Code.IMAGE_UNSUPPORTED),
    "a BMP": (lambda: encoded(Image.new("L", (8, 8)), "BMP"), Code.IMAGE_UNSUPPORTED),
    "a sound in RIFF": (lambda: b"RIFF\x24\0\0\0WAVEfmt ", Code.IMAGE_UNSUPPORTED),
    "a name alone": (lambda: b"\x89PNG\r\n\x1a\n", Code.IMAGE_CORRUPT),
    "a JPEG of three bytes": (lambda: b"\xff\xd8\xff", Code.IMAGE_CORRUPT),
    "a WebP of its head": (lambda: b"RIFF\x24\0\0\0WEBPVP8 ", Code.IMAGE_CORRUPT),
    "a bomb of 400 megapixels": (lambda: blank_png(20_000, 20_000), Code.IMAGE_TOO_LARGE),
    "a bomb of 60 megapixels": (lambda: blank_png(10_000, 6_000), Code.IMAGE_TOO_LARGE),
    "too many bytes": (lambda: b"\x89PNG\r\n\x1a\n".ljust(MAX_BYTES + 1, b"\0"), Code.IMAGE_TOO_LARGE),
    "one row": (lambda: png_of(Image.new("L", (100, 1))), Code.IMAGE_TOO_SMALL),
    "one column": (lambda: png_of(Image.new("L", (1, 100))), Code.IMAGE_TOO_SMALL),
    "one pixel": (lambda: png_of(Image.new("L", (1, 1))), Code.IMAGE_TOO_SMALL),
}


@pytest.mark.parametrize(("make", "code"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_picture_is_refused_by_its_kind(make: Callable[[], bytes], code: Code) -> None:
    with pytest.raises(Refused) as caught:
        read_picture(make())

    assert caught.value.code is code


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_file_that_ends_early_is_corrupt_wherever_it_ends(kind: str) -> None:
    whole = encoded(Image.fromarray(np.random.default_rng(3).integers(0, 255, (40, 40, 3), np.uint8)), kind)

    for length in range(12, len(whole) - 40, max(1, len(whole) // 60)):
        with pytest.raises(Refused) as caught:
            read_picture(whole[:length])
        assert caught.value.code is Code.IMAGE_CORRUPT


def test_bytes_that_were_changed_give_a_picture_or_a_refusal_and_never_anything_else() -> None:
    random = np.random.default_rng(11)
    allowed = {Code.IMAGE_CORRUPT, Code.IMAGE_TOO_LARGE, Code.IMAGE_TOO_SMALL, Code.IMAGE_UNSUPPORTED}
    outcomes = set()
    for specimen in specimens()[:20]:
        for _ in range(20):
            broken = bytearray(specimen.data)
            for at in random.integers(0, min(len(broken), 2_000), 4):
                broken[at] = random.integers(0, 256)
            try:
                outcomes.add(min(read_picture(bytes(broken)).colour.shape[:2]) >= 2)
            except Refused as refusal:
                outcomes.add(refusal.code)

    assert outcomes <= {True, *allowed}
    assert {True, Code.IMAGE_CORRUPT} <= outcomes


def test_deep_grey_keeps_its_numbers() -> None:
    numbers = np.array([[0, 1, 257], [300, 32_768, 65_535]], np.uint16)

    picture = read_picture(png_of(Image.fromarray(numbers)))

    np.testing.assert_array_equal(picture.colour[..., 0], numbers)
    assert (picture.is_deep, picture.is_grey, picture.alpha) == (True, True, None)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_deep_colour_keeps_its_numbers(mode: str) -> None:
    data = deep(mode)
    stored = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert stored is not None

    picture = read_picture(data)

    np.testing.assert_array_equal(picture.colour, stored[..., 2::-1])
    assert picture.is_deep and (picture.alpha is None) == (mode == "RGB")


def test_every_orientation_of_a_camera_is_turned_upright() -> None:
    upright = Image.fromarray(SQUARE)
    # What a camera stores, so that turning it as EXIF says gives the upright picture.
    stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    for orientation, turn in stored.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        image = upright if turn is None else upright.transpose(turn)

        picture = read_picture(encoded(image, "PNG", exif=exif))

        np.testing.assert_array_equal(picture.colour[..., 0], SQUARE, err_msg=f"orientation {orientation}")


def test_an_animation_gives_its_first_frame_and_says_so() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ((255, 0, 0), (0, 255, 0))]
    for kind in ("PNG", "WEBP"):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, lossless=True)

        picture = read_picture(data)

        assert tuple(picture.colour[0, 0]) == (255, 0, 0)
        assert picture.warnings == ("the picture is an animation; its first frame was taken",)


def test_print_colours_become_screen_colours_with_and_without_a_profile() -> None:
    ink = Image.new("CMYK", (8, 8), (0, 255, 255, 0))

    plain = read_picture(encoded(ink, "JPEG"))
    broken = read_picture(encoded(ink, "JPEG", icc_profile=b"no profile at all"))
    wrong = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    mismatched = read_picture(encoded(ink, "JPEG", icc_profile=wrong))

    for picture, warning in ((plain, "without a colour profile"), (broken, "unusable"), (mismatched, "unusable")):
        red, green, blue = (int(one) for one in picture.colour[4, 4])
        assert red > 200 and green < 60 and blue < 60
        assert len(picture.warnings) == 1 and warning in picture.warnings[0]


@pytest.mark.parametrize("mode", ["P", "LA", "RGBA"])
def test_every_way_to_be_transparent_is_opacity(mode: str) -> None:
    image = Image.new("RGBA", (8, 8), (200, 200, 200, 255))
    image.paste((0, 0, 0, 0), (0, 0, 4, 8))
    data = png_of(image.quantize(4) if mode == "P" else image.convert(mode))

    picture = read_picture(data)

    assert picture.alpha is not None
    assert (picture.alpha[:, :4] == 0).all() and (picture.alpha[:, 4:] == 255).all()


def test_a_colour_that_counts_as_transparent_is_opacity() -> None:
    data = encoded(Image.fromarray(SQUARE), "PNG", transparency=5)

    picture = read_picture(data)

    assert picture.alpha is not None
    np.testing.assert_array_equal(picture.alpha == 0, SQUARE == 5)


def test_an_opaque_alpha_channel_counts_as_none() -> None:
    assert read_picture(png_of(Image.new("RGBA", (4, 4), (1, 2, 3, 255)))).alpha is None


def test_a_large_photo_is_read_at_a_fraction() -> None:
    picture = read_picture(encoded(Image.new("L", (8_000, 6_000), 90), "JPEG"))

    assert (picture.cols, picture.rows) in {(4_000, 3_000), (2_000, 1_500)}
    assert picture.colour[0, 0, 0] == 90


def test_shrinking_lets_no_transparent_colour_shine_through() -> None:
    image = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (16, 16, 49, 49))

    small = working(read_picture(png_of(image)), 16 * 16)

    assert small.colour.shape == (16, 16, 3) and small.alpha is not None
    seen = small.colour[np.asarray(small.alpha) > 0]
    assert seen[:, 0].max() == 0 and seen[:, 2].min() == pytest.approx(1)
