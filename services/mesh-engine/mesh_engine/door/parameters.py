"""From a message's parameters to those of the computing part. Workers import it, so it knows nothing of gRPC."""

from typing import Any

from google.protobuf.message import Message

from mesh_engine.generated import mesh_pb2
from mesh_engine.limits import refuse
from mesh_engine.request import Channel, Format, Height, Mode, Outline, Request, Size, Sprite, Texture


def request_of(message: mesh_pb2.GenerateRequest) -> Request:
    """Take the parameters out of a message; what is absent takes its default.

    Raises
    ------
    Refused
        ``INVALID_PARAMETER``.
    """
    return Request(
        mode=Mode(_word(mesh_pb2.Mode, "mode", message.mode, "auto")),
        size=Size(**_given(message.size)),
        height=Height(**_height(message.height)),
        outline=Outline(**_given(message.outline)),
        texture=Texture(**_given(message.texture)),
        sprite=Sprite(**_given(message.sprite)),
        formats=tuple(Format(_word(mesh_pb2.Format, "formats", number, "")) for number in message.formats),
        backend=message.backend,
        **{
            name: getattr(message, name) for name in _present(message, "detail_factor", "max_triangles", "thumbnail_px")
        },
    )


def mode_number(mode: Mode) -> int:
    """Find the contract's number of a mode."""
    return mesh_pb2.Mode.Value(f"MODE_{mode.upper()}")


def _height(message: mesh_pb2.Height) -> dict[str, Any]:
    return {**_given(message), "channel": Channel(_word(mesh_pb2.Channel, "height.channel", message.channel, "luma"))}


def _given(message: Message) -> dict[str, Any]:
    """Take the fields that were set; a plain field that was not is what the computing part takes for it anyway."""
    return {field.name: value for field, value in message.ListFields()}


def _present(message: Message, *names: str) -> list[str]:
    return [name for name in names if message.HasField(name)]


def _word(enum: Any, field: str, number: int, unspecified: str) -> str:  # noqa: ANN401 - generated enums have no common type
    """Take the part of an enum's name that follows its type's, in lower case."""
    by_number = {value: name for name, value in enum.items()}
    name = str(by_number.get(number, ""))
    word = name.split("_", 1)[-1].lower()
    if number == 0 and unspecified:
        return unspecified
    if number == 0 or not name:
        allowed = ", ".join(f"{value} ({known})" for known, value in enum.items() if value or unspecified)
        refuse(field, number, allowed)
    return word
