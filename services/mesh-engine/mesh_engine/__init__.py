"""Meshes out of pictures: outlines, reliefs and solids, with a bound on their error."""
