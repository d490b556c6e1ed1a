"""The face of a room: the few names that other rooms may call, each loaded when it is asked for."""

from collections.abc import Callable, Mapping
from importlib import import_module


def face(room: str, names: Mapping[str, str]) -> tuple[Callable, list[str]]:
    """``__getattr__`` and ``__all__`` of a room's ``__init__`` (PEP 562).

    ``names`` gives for each name ``module:name`` below the room. Nothing is imported before a
    name is asked for, so that a reading process or ``--help`` loads no pandas.
    """
    def load(name: str):
        if name not in names:
            raise AttributeError(f"{room} has no {name}")
        module, _, inner = names[name].partition(":")
        return getattr(import_module(f"{room}.{module}"), inner)

    return load, sorted(names)
