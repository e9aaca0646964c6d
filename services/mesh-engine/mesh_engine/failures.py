"""What ends a job for good, so that trying again would be in vain."""

from enum import StrEnum


class Code(StrEnum):
    """Why a request was refused; the caller's program reads it, a person reads the message."""

    INVALID_PARAMETER = "INVALID_PARAMETER"
    """A parameter is outside its range, or does not go with the mode."""
    IMAGE_UNSUPPORTED = "IMAGE_UNSUPPORTED"
    """The bytes are no PNG, JPEG or WebP."""
    IMAGE_CORRUPT = "IMAGE_CORRUPT"
    """The bytes begin as a picture and do not go on as one."""
    IMAGE_TOO_LARGE = "IMAGE_TOO_LARGE"
    """More bytes or pixels than are read; also a bomb."""
    IMAGE_TOO_SMALL = "IMAGE_TOO_SMALL"
    """A side of less than two pixels spans no surface."""
    OUTLINE_EMPTY = "OUTLINE_EMPTY"
    """Nothing in the picture lies within an outline."""
    HEIGHTS_INVALID = "HEIGHTS_INVALID"
    """Heights that are not finite."""


class Refused(Exception):
    """The request cannot be fulfilled, today or ever.

    Parameters
    ----------
    code : Code
        The class of the reason.
    message : str
        Lower case: the thing, what came, what is allowed, the next step.
    """

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type["Refused"], tuple[Code, str]]:
        """Make it travel between processes, which exceptions of two arguments do not by themselves."""
        return (Refused, (self.code, self.message))
