"""The one error that a user can mend."""


class InputError(Exception):
    """An input or an option is wrong.

    The message says which file, where in it, and what to do; the command line
    prints it as one line after ``ERROR`` and leaves with status 2.
    """

    def __init__(self, what: str, *, file: str = "", where: str = "", fix: str = ""):
        self.what, self.file, self.where, self.fix = what, file, where, fix
        place = ", ".join(part for part in (file, where) if part)
        line = f"{place}: {what}" if place else what
        super().__init__(" ".join(f"{line}. {fix}".split()) if fix else " ".join(line.split()))
