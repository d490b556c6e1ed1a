"""Gives the files of each folder in an order that changes from run to run: see ``elsewhere.py``."""

import os
import random

_listdir, _scandir = os.listdir, os.scandir


class _Shuffled:
    def __init__(self, path):
        with _scandir(path) as entries:
            self._entries = list(entries)
        random.SystemRandom().shuffle(self._entries)

    def __iter__(self):
        return iter(self._entries)

    def __next__(self):
        if not self._entries:
            raise StopIteration
        return self._entries.pop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    close = __exit__


def _listed(path="."):
    names = _listdir(path)
    random.SystemRandom().shuffle(names)
    return names


os.listdir, os.scandir = _listed, lambda path=".": _Shuffled(path)
