"""Generated from proto/mesh/v1/mesh.proto by tools/proto."""
