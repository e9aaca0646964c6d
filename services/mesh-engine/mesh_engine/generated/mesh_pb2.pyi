import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Mode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODE_UNSPECIFIED: _ClassVar[Mode]
    MODE_AUTO: _ClassVar[Mode]
    MODE_SPRITE: _ClassVar[Mode]
    MODE_RELIEF: _ClassVar[Mode]
    MODE_LITHOPHANE: _ClassVar[Mode]
    MODE_EXTRUDE: _ClassVar[Mode]
    MODE_CUTOUT: _ClassVar[Mode]
    MODE_INFLATE: _ClassVar[Mode]

class Format(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FORMAT_UNSPECIFIED: _ClassVar[Format]
    FORMAT_GLB: _ClassVar[Format]
    FORMAT_STL: _ClassVar[Format]
    FORMAT_OBJ: _ClassVar[Format]
    FORMAT_PLY: _ClassVar[Format]
    FORMAT_JSON: _ClassVar[Format]
    FORMAT_SPINE: _ClassVar[Format]

class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANNEL_UNSPECIFIED: _ClassVar[Channel]
    CHANNEL_LUMA: _ClassVar[Channel]
    CHANNEL_RED: _ClassVar[Channel]
    CHANNEL_GREEN: _ClassVar[Channel]
    CHANNEL_BLUE: _ClassVar[Channel]
    CHANNEL_ALPHA: _ClassVar[Channel]

class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATE_UNSPECIFIED: _ClassVar[State]
    STATE_ACCEPTED: _ClassVar[State]
    STATE_PROCESSING: _ClassVar[State]
    STATE_COMPLETED: _ClassVar[State]
    STATE_FAILED: _ClassVar[State]
    STATE_CANCELLED: _ClassVar[State]
MODE_UNSPECIFIED: Mode
MODE_AUTO: Mode
MODE_SPRITE: Mode
MODE_RELIEF: Mode
MODE_LITHOPHANE: Mode
MODE_EXTRUDE: Mode
MODE_CUTOUT: Mode
MODE_INFLATE: Mode
FORMAT_UNSPECIFIED: Format
FORMAT_GLB: Format
FORMAT_STL: Format
FORMAT_OBJ: Format
FORMAT_PLY: Format
FORMAT_JSON: Format
FORMAT_SPINE: Format
CHANNEL_UNSPECIFIED: Channel
CHANNEL_LUMA: Channel
CHANNEL_RED: Channel
CHANNEL_GREEN: Channel
CHANNEL_BLUE: Channel
CHANNEL_ALPHA: Channel
STATE_UNSPECIFIED: State
STATE_ACCEPTED: State
STATE_PROCESSING: State
STATE_COMPLETED: State
STATE_FAILED: State
STATE_CANCELLED: State

class GenerateRequest(_message.Message):
    __slots__ = ("job_id", "image_url", "image", "mode", "detail_factor", "max_triangles", "size", "height", "outline", "formats", "texture", "thumbnail_px", "callback_url", "wait", "timeout_seconds", "backend", "labels", "fence", "sprite")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    IMAGE_URL_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FACTOR_FIELD_NUMBER: _ClassVar[int]
    MAX_TRIANGLES_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    OUTLINE_FIELD_NUMBER: _ClassVar[int]
    FORMATS_FIELD_NUMBER: _ClassVar[int]
    TEXTURE_FIELD_NUMBER: _ClassVar[int]
    THUMBNAIL_PX_FIELD_NUMBER: _ClassVar[int]
    CALLBACK_URL_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    BACKEND_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    SPRITE_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    image_url: str
    image: bytes
    mode: Mode
    detail_factor: float
    max_triangles: int
    size: Size
    height: Height
    outline: Outline
    formats: _containers.RepeatedScalarFieldContainer[Format]
    texture: Texture
    thumbnail_px: int
    callback_url: str
    wait: bool
    timeout_seconds: int
    backend: str
    labels: _containers.ScalarMap[str, str]
    fence: int
    sprite: Sprite
    def __init__(self, job_id: _Optional[str] = ..., image_url: _Optional[str] = ..., image: _Optional[bytes] = ..., mode: _Optional[_Union[Mode, str]] = ..., detail_factor: _Optional[float] = ..., max_triangles: _Optional[int] = ..., size: _Optional[_Union[Size, _Mapping]] = ..., height: _Optional[_Union[Height, _Mapping]] = ..., outline: _Optional[_Union[Outline, _Mapping]] = ..., formats: _Optional[_Iterable[_Union[Format, str]]] = ..., texture: _Optional[_Union[Texture, _Mapping]] = ..., thumbnail_px: _Optional[int] = ..., callback_url: _Optional[str] = ..., wait: _Optional[bool] = ..., timeout_seconds: _Optional[int] = ..., backend: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., fence: _Optional[int] = ..., sprite: _Optional[_Union[Sprite, _Mapping]] = ...) -> None: ...

class Size(_message.Message):
    __slots__ = ("width_mm", "height_mm", "base_mm")
    WIDTH_MM_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_MM_FIELD_NUMBER: _ClassVar[int]
    BASE_MM_FIELD_NUMBER: _ClassVar[int]
    width_mm: float
    height_mm: float
    base_mm: float
    def __init__(self, width_mm: _Optional[float] = ..., height_mm: _Optional[float] = ..., base_mm: _Optional[float] = ...) -> None: ...

class Height(_message.Message):
    __slots__ = ("channel", "invert", "gamma", "smooth_px", "level", "border_px", "curve_deg")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    INVERT_FIELD_NUMBER: _ClassVar[int]
    GAMMA_FIELD_NUMBER: _ClassVar[int]
    SMOOTH_PX_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    BORDER_PX_FIELD_NUMBER: _ClassVar[int]
    CURVE_DEG_FIELD_NUMBER: _ClassVar[int]
    channel: Channel
    invert: bool
    gamma: float
    smooth_px: float
    level: bool
    border_px: int
    curve_deg: float
    def __init__(self, channel: _Optional[_Union[Channel, str]] = ..., invert: _Optional[bool] = ..., gamma: _Optional[float] = ..., smooth_px: _Optional[float] = ..., level: _Optional[bool] = ..., border_px: _Optional[int] = ..., curve_deg: _Optional[float] = ...) -> None: ...

class Outline(_message.Message):
    __slots__ = ("threshold", "simplify_px", "min_area_px")
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    SIMPLIFY_PX_FIELD_NUMBER: _ClassVar[int]
    MIN_AREA_PX_FIELD_NUMBER: _ClassVar[int]
    threshold: float
    simplify_px: float
    min_area_px: float
    def __init__(self, threshold: _Optional[float] = ..., simplify_px: _Optional[float] = ..., min_area_px: _Optional[float] = ...) -> None: ...

class Texture(_message.Message):
    __slots__ = ("none", "max_px", "jpeg_quality")
    NONE_FIELD_NUMBER: _ClassVar[int]
    MAX_PX_FIELD_NUMBER: _ClassVar[int]
    JPEG_QUALITY_FIELD_NUMBER: _ClassVar[int]
    none: bool
    max_px: int
    jpeg_quality: int
    def __init__(self, none: _Optional[bool] = ..., max_px: _Optional[int] = ..., jpeg_quality: _Optional[int] = ...) -> None: ...

class Sprite(_message.Message):
    __slots__ = ("alpha_threshold", "concave_factor", "internal_vertex_density", "blur_kernel_size", "binary_threshold", "min_contour_area", "density_scaling_factor", "min_triangle_area", "max_vertices")
    ALPHA_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    CONCAVE_FACTOR_FIELD_NUMBER: _ClassVar[int]
    INTERNAL_VERTEX_DENSITY_FIELD_NUMBER: _ClassVar[int]
    BLUR_KERNEL_SIZE_FIELD_NUMBER: _ClassVar[int]
    BINARY_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    MIN_CONTOUR_AREA_FIELD_NUMBER: _ClassVar[int]
    DENSITY_SCALING_FACTOR_FIELD_NUMBER: _ClassVar[int]
    MIN_TRIANGLE_AREA_FIELD_NUMBER: _ClassVar[int]
    MAX_VERTICES_FIELD_NUMBER: _ClassVar[int]
    alpha_threshold: int
    concave_factor: int
    internal_vertex_density: int
    blur_kernel_size: int
    binary_threshold: int
    min_contour_area: int
    density_scaling_factor: int
    min_triangle_area: float
    max_vertices: int
    def __init__(self, alpha_threshold: _Optional[int] = ..., concave_factor: _Optional[int] = ..., internal_vertex_density: _Optional[int] = ..., blur_kernel_size: _Optional[int] = ..., binary_threshold: _Optional[int] = ..., min_contour_area: _Optional[int] = ..., density_scaling_factor: _Optional[int] = ..., min_triangle_area: _Optional[float] = ..., max_vertices: _Optional[int] = ...) -> None: ...

class Job(_message.Message):
    __slots__ = ("job_id", "state", "progress", "stage", "seq", "vertex_count", "triangle_count", "achieved_error", "watertight", "volume_mm3", "bbox_mm", "artifacts", "failure", "timings", "created_at", "finished_at", "mode", "reason", "warnings", "labels", "fence", "queue_position", "engine_version", "image_sha256")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    SEQ_FIELD_NUMBER: _ClassVar[int]
    VERTEX_COUNT_FIELD_NUMBER: _ClassVar[int]
    TRIANGLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    ACHIEVED_ERROR_FIELD_NUMBER: _ClassVar[int]
    WATERTIGHT_FIELD_NUMBER: _ClassVar[int]
    VOLUME_MM3_FIELD_NUMBER: _ClassVar[int]
    BBOX_MM_FIELD_NUMBER: _ClassVar[int]
    ARTIFACTS_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    TIMINGS_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    FINISHED_AT_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    FENCE_FIELD_NUMBER: _ClassVar[int]
    QUEUE_POSITION_FIELD_NUMBER: _ClassVar[int]
    ENGINE_VERSION_FIELD_NUMBER: _ClassVar[int]
    IMAGE_SHA256_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    state: State
    progress: int
    stage: str
    seq: int
    vertex_count: int
    triangle_count: int
    achieved_error: float
    watertight: bool
    volume_mm3: float
    bbox_mm: _containers.RepeatedScalarFieldContainer[float]
    artifacts: _containers.RepeatedCompositeFieldContainer[Artifact]
    failure: Failure
    timings: _containers.RepeatedCompositeFieldContainer[Timing]
    created_at: _timestamp_pb2.Timestamp
    finished_at: _timestamp_pb2.Timestamp
    mode: Mode
    reason: str
    warnings: _containers.RepeatedScalarFieldContainer[str]
    labels: _containers.ScalarMap[str, str]
    fence: int
    queue_position: int
    engine_version: str
    image_sha256: str
    def __init__(self, job_id: _Optional[str] = ..., state: _Optional[_Union[State, str]] = ..., progress: _Optional[int] = ..., stage: _Optional[str] = ..., seq: _Optional[int] = ..., vertex_count: _Optional[int] = ..., triangle_count: _Optional[int] = ..., achieved_error: _Optional[float] = ..., watertight: _Optional[bool] = ..., volume_mm3: _Optional[float] = ..., bbox_mm: _Optional[_Iterable[float]] = ..., artifacts: _Optional[_Iterable[_Union[Artifact, _Mapping]]] = ..., failure: _Optional[_Union[Failure, _Mapping]] = ..., timings: _Optional[_Iterable[_Union[Timing, _Mapping]]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., finished_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., mode: _Optional[_Union[Mode, str]] = ..., reason: _Optional[str] = ..., warnings: _Optional[_Iterable[str]] = ..., labels: _Optional[_Mapping[str, str]] = ..., fence: _Optional[int] = ..., queue_position: _Optional[int] = ..., engine_version: _Optional[str] = ..., image_sha256: _Optional[str] = ...) -> None: ...

class Artifact(_message.Message):
    __slots__ = ("name", "format", "url", "media_type", "bytes", "sha256")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    name: str
    format: str
    url: str
    media_type: str
    bytes: int
    sha256: str
    def __init__(self, name: _Optional[str] = ..., format: _Optional[str] = ..., url: _Optional[str] = ..., media_type: _Optional[str] = ..., bytes: _Optional[int] = ..., sha256: _Optional[str] = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ("code", "message", "permanent", "retry_after_ms")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    PERMANENT_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    code: str
    message: str
    permanent: bool
    retry_after_ms: int
    def __init__(self, code: _Optional[str] = ..., message: _Optional[str] = ..., permanent: _Optional[bool] = ..., retry_after_ms: _Optional[int] = ...) -> None: ...

class Timing(_message.Message):
    __slots__ = ("stage", "milliseconds")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    MILLISECONDS_FIELD_NUMBER: _ClassVar[int]
    stage: str
    milliseconds: float
    def __init__(self, stage: _Optional[str] = ..., milliseconds: _Optional[float] = ...) -> None: ...

class GetStatusRequest(_message.Message):
    __slots__ = ("job_id",)
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    def __init__(self, job_id: _Optional[str] = ...) -> None: ...

class StreamProgressRequest(_message.Message):
    __slots__ = ("job_id",)
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    def __init__(self, job_id: _Optional[str] = ...) -> None: ...

class CancelRequest(_message.Message):
    __slots__ = ("job_id",)
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    def __init__(self, job_id: _Optional[str] = ...) -> None: ...

class GetArtifactRequest(_message.Message):
    __slots__ = ("job_id", "name", "offset")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    name: str
    offset: int
    def __init__(self, job_id: _Optional[str] = ..., name: _Optional[str] = ..., offset: _Optional[int] = ...) -> None: ...

class DrawThumbnailRequest(_message.Message):
    __slots__ = ("job_id", "width_px")
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    WIDTH_PX_FIELD_NUMBER: _ClassVar[int]
    job_id: str
    width_px: int
    def __init__(self, job_id: _Optional[str] = ..., width_px: _Optional[int] = ...) -> None: ...

class Chunk(_message.Message):
    __slots__ = ("data", "offset", "total_bytes")
    DATA_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    offset: int
    total_bytes: int
    def __init__(self, data: _Optional[bytes] = ..., offset: _Optional[int] = ..., total_bytes: _Optional[int] = ...) -> None: ...
