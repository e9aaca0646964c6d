"""The files of a solid."""

from mesh_engine.glb import glb_of
from mesh_engine.obj import MATERIAL_FILE, TEXTURE_FILE, mtl_of, obj_of
from mesh_engine.outcome import File
from mesh_engine.ply import ply_of
from mesh_engine.request import Format
from mesh_engine.stl import stl_of
from mesh_engine.weld import Welded


def solid_files(welded: Welded, formats: tuple[Format, ...], texture: bytes | None) -> tuple[File, ...]:
    """Write a solid in each of the formats, in their order; an OBJ with a texture is three files."""
    return tuple(file for wanted in formats for file in _files(welded, wanted, texture))


def _files(welded: Welded, wanted: Format, texture: bytes | None) -> list[File]:
    if wanted is Format.GLB:
        return [File("mesh.glb", "glb", "model/gltf-binary", glb_of(welded, texture))]
    if wanted is Format.STL:
        return [File("mesh.stl", "stl", "model/stl", stl_of(welded))]
    if wanted is Format.PLY:
        return [File("mesh.ply", "ply", "application/octet-stream", ply_of(welded))]
    obj = File("mesh.obj", "obj", "model/obj", obj_of(welded, is_textured=texture is not None))
    if texture is None:
        return [obj]
    return [
        obj,
        File(MATERIAL_FILE, "mtl", "model/mtl", mtl_of()),
        File(TEXTURE_FILE, "texture", "image/jpeg", texture),
    ]
