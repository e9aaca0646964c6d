"""Ranges of the numbers that a request may name, and the check of them."""

import math

from mesh_engine.failures import Code, Refused


def within(name: str, value: float, low: float, high: float, *, unit: str = "", above: bool = False) -> None:
    """Refuse a number outside its range.

    Parameters
    ----------
    name : str
        As the contract writes it, such as ``size.width_mm``.
    value : float
        What came; not-a-number is outside every range.
    low, high : float
        The range, both ends in it.
    unit : str
        For the message.
    above : bool
        Leaves `low` itself out.

    Raises
    ------
    Refused
        ``INVALID_PARAMETER``, naming parameter, value and range.

    Examples
    --------
    >>> within("size.base_mm", 2.0, 0.2, 100, unit="mm")
    >>> within("size.base_mm", 0.0, 0.2, 100, unit="mm")
    Traceback (most recent call last):
    mesh_engine.failures.Refused: parameter size.base_mm is 0.0; allowed is 0.2 to 100 mm
    """
    if math.isfinite(value) and low <= value <= high and not (above and value == low):
        return
    allowed = f"more than {low:g} up to {high:g}" if above else f"{low:g} to {high:g}"
    refuse(name, value, f"{allowed} {unit}".rstrip())


def refuse(name: str, value: object, allowed: str) -> None:
    """Refuse a parameter.

    Raises
    ------
    Refused
        Always; ``INVALID_PARAMETER``.
    """
    raise Refused(Code.INVALID_PARAMETER, f"parameter {name} is {value}; allowed is {allowed}")
