"""The walk from a picture's bytes to the files of its mesh."""

from collections.abc import Callable

from mesh_engine.outcome import Outcome
from mesh_engine.request import Request

ENGINE_VERSION = "1.0.0"

Report = Callable[[str, int], None]


def make_mesh(request: Request, image: bytes, report: Report) -> Outcome:
    """Make the mesh that is wanted of a picture.

    Parameters
    ----------
    request : Request
        What is wanted.
    image : bytes
        A PNG, JPEG or WebP file.
    report : callable
        Receives the stage and the percentage of the whole that is done, at the beginning and at the end of each stage.
        The percentage never falls.

    Returns
    -------
    Outcome
        The files and what is true of them.

    Raises
    ------
    Refused
        For a picture of which no such mesh can be made.
    """
    raise NotImplementedError
