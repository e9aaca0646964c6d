"""What of a mesh's files a thumbnail can be drawn of. It loads nothing that computes, so the door may know it too."""

from collections.abc import Collection
from typing import Final

DRAWABLE: Final = ("glb", "stl", "json")
"""Formats of files that can be drawn, the best first."""

PICTURE: Final = "png"
"""The format of the file that a sprite lies on."""


def drawn_formats(formats: Collection[str]) -> tuple[str, ...]:
    """Choose of the formats that a mesh has: the best that can be drawn, and a sprite's picture; none when none can.

    Examples
    --------
    >>> drawn_formats(["png", "stl", "glb"]), drawn_formats(["png", "json"]), drawn_formats(["ply"])
    (('glb',), ('json', 'png'), ())
    """
    best = next((one for one in DRAWABLE if one in formats), None)
    if best is None:
        return ()
    return (best, PICTURE) if best == "json" and PICTURE in formats else (best,)
