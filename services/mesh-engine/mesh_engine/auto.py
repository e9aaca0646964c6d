"""Choosing a mode by the picture."""

import numpy as np

from mesh_engine.outline import TRANSPARENT_SHARE, transparent_share
from mesh_engine.picture import Picture
from mesh_engine.request import Mode

# Two colours that cover so much of a picture make it a drawing; the rest is the soft edge between them.
DRAWING_SHARE = 0.85
# Colours are told apart in so many steps a channel.
STEPS = 16


def choose(picture: Picture) -> tuple[Mode, str]:
    """Choose a mode for a picture.

    Parameters
    ----------
    picture : Picture
        Working.

    Returns
    -------
    (Mode, str)
        Never ``AUTO`` nor ``SPRITE``, and the reason for a person.

    Notes
    -----
    ============================== =========== =========================================
    picture                        mode        why
    ============================== =========== =========================================
    transparent, two colours       extrude     a sign or logo: its shape is what it says
    transparent, more colours      cutout      a figure: a shape with a face
    opaque, two colours            extrude     a drawing on a ground
    opaque, 16 bits, grey          relief      a height map
    opaque, else                   relief      a photo, whose brightness is no depth
    ============================== =========== =========================================
    """
    transparent = transparent_share(picture)
    is_cut = transparent >= TRANSPARENT_SHARE
    drawn = _share_of_two(picture)
    if is_cut:
        shape = f"{transparent:.0%} of the picture is transparent"
        if drawn >= DRAWING_SHARE:
            return Mode.EXTRUDE, f"{shape} and two colours cover {drawn:.0%} of the rest: a shape, drawn up"
        return Mode.CUTOUT, f"{shape} and the rest has many colours: a relief within its outline"
    if drawn >= DRAWING_SHARE:
        return Mode.EXTRUDE, f"two colours cover {drawn:.0%} of the picture: a drawing, drawn up"
    if picture.is_deep and picture.is_grey:
        return Mode.RELIEF, "grey of 16 bits: a height map, taken as it is"
    return Mode.RELIEF, "many colours and nothing transparent: brightness as height, smoothed"


def _share_of_two(picture: Picture) -> float:
    """How much of what is opaque has one of the two colours that are most frequent."""
    colour = np.asarray(picture.colour, np.float32)
    seen = colour.reshape(-1, 3) if picture.alpha is None else colour[np.asarray(picture.alpha) >= 0.5]
    if len(seen) == 0:
        return 0.0
    bins = np.minimum((seen * STEPS).astype(np.int64), STEPS - 1) @ np.array([STEPS * STEPS, STEPS, 1])
    counts = np.sort(np.bincount(bins))
    return float(counts[-2:].sum() / len(seen))
