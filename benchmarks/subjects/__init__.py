"""What is measured, one module for each subject. `ALL` has them by the name that the command takes."""

import importlib

RACES = ("steps", "adam", "fit", "values", "routes", "functions", "microgpt", "layers", "cnn", "jacobians", "vmap")
TABLES = ("growth", "memory", "imports", "pictures")


def load(name):
    """The module of a subject."""
    return importlib.import_module(f"benchmarks.subjects.{name}")


def subjects(names=RACES):
    """{name: Subject} of the races."""
    return {name: load(name).SUBJECT for name in names}
