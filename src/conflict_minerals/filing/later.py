"""Files of the outputs that are made while they are written, so that never all are held."""

from collections.abc import Callable, Iterable, Iterator, Mapping

Content = bytes | Iterable[bytes]  # a file's bytes, whole or in parts


class Later:
    """Files by path: like a dictionary it gives its paths, and by ``items`` each with its bytes.

    ``make`` is asked for all of them anew each time; it makes one after the other, in the order of
    ``paths``.
    """

    def __init__(self, paths: Iterable[str], make: Callable[[], Iterable[tuple[str, Content]]]):
        self._paths, self._make = list(paths), make

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def items(self) -> Iterable[tuple[str, Content]]:
        return self._make()


def together(*parts: Mapping[str, Content] | Later) -> Later:
    """The files of several parts, in their order; none may stand in two of them."""
    return Later([path for part in parts for path in part],
                 lambda: (item for part in parts for item in part.items()))
