"""From a picture to heights of 0 to 1."""

import cv2
import numpy as np

from mesh_engine.picture import Field, Picture
from mesh_engine.request import Channel, Height

# Noise of photos is what costs triangles: a sigma of one pixel takes a third to three quarters of them.
PHOTO_SMOOTH_PX = 1.0
# Rec. 709; heights are meant for the eye that sees the picture.
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


def heights_of(picture: Picture, height: Height) -> Field:
    """Read heights out of a picture.

    The order is: channel, level, invert, opacity, smooth, gamma, border.

    Parameters
    ----------
    picture : Picture
        Working, colours of 0 to 1.
    height : Height
        How to read it.

    Returns
    -------
    (rows, cols) float32
        0 to 1, row 0 = top, larger by twice the border. What is transparent is 0, inverted or not.
    """
    heights = channel_of(picture, height.channel)
    if height.level:
        heights = _levelled(heights, picture.alpha)
    if height.invert:
        heights = 1 - heights
    if picture.alpha is not None and height.channel is not Channel.ALPHA:
        heights = heights * np.asarray(picture.alpha, np.float32)
    heights = _smoothed(heights, smoothing_of(picture, height))
    if height.gamma != 1:
        heights = np.power(np.clip(heights, 0, 1), np.float32(height.gamma))
    if height.border_px > 0:
        heights = np.pad(heights, height.border_px, constant_values=1)
    return np.ascontiguousarray(heights, np.float32)


def channel_of(picture: Picture, channel: Channel) -> Field:
    """One channel of a working picture, (rows, cols) float32 of 0 to 1; opacity of an opaque picture is 1."""
    if channel is Channel.ALPHA:
        ones = np.ones((picture.rows, picture.cols), np.float32)
        return ones if picture.alpha is None else np.asarray(picture.alpha, np.float32)
    colour = np.asarray(picture.colour, np.float32)
    # The three of a grey picture are the same, and a weighted sum of them would round.
    if picture.is_grey:
        return colour[..., 0].copy()
    if channel is Channel.LUMA:
        return np.asarray(colour @ LUMA, np.float32)
    return colour[..., (Channel.RED, Channel.GREEN, Channel.BLUE).index(channel)].copy()


def smoothing_of(picture: Picture, height: Height) -> float:
    """Sigma in pixels that is used: the one asked for, else 0 for height maps (16 bits a channel), 1 for all else."""
    if height.smooth_px is not None:
        return height.smooth_px
    return 0.0 if picture.is_deep else PHOTO_SMOOTH_PX


def _levelled(heights: Field, alpha: object) -> Field:
    """Stretch to the full range what is seen; a constant stays as it is."""
    seen = heights if alpha is None else heights[np.asarray(alpha) > 0]
    if seen.size == 0:
        return heights
    low, high = float(seen.min()), float(seen.max())
    return np.clip((heights - low) / (high - low), 0, 1) if high > low else heights


def _smoothed(heights: Field, sigma: float) -> Field:
    if sigma == 0:
        return heights
    return np.asarray(cv2.GaussianBlur(heights, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.float32)
