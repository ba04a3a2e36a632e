"""Composes the stages: recipe -> lock -> stock -> wheelhouse -> bundle. Each stage knows only data; this is who passes it on."""
