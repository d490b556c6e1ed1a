"""The one error that a user can mend."""

_LONGEST = 400  # signs of a line; a value of thousands would hide what is wrong with it


class InputError(Exception):
    """An input or an option is wrong.

    The message says which file, where in it, and what to do; the command line
    prints it as one line after ``ERROR`` and leaves with status 2.
    """

    def __init__(self, what: str, *, file: str = "", where: str = "", fix: str = ""):
        self.what, self.file, self.where, self.fix = what, file, where, fix
        place = ", ".join(part for part in (file, where) if part)
        line = f"{place}: {what}" if place else what
        if len(line) > _LONGEST:
            half = _LONGEST // 2
            line = f"{line[:half]} … {line[-half:]}"
        super().__init__(" ".join(f"{line}. {fix}".split()) if fix else " ".join(line.split()))

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows of it: the line, and not the way through the code."""
        return [f"{type(self).__name__}: {self}"]
