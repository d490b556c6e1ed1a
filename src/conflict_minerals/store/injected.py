"""Parameters that papermill put into a notebook, held against those that the notebook takes.

Plain ``papermill -p as_off 2022-12-31`` warns and carries on, and the report would be of another
date than was asked for. The kernel keeps the source of papermill's cell among its inputs.
"""

import ast
import difflib
import sys
from collections.abc import Iterable

from conflict_minerals.ground.errors import InputError

_FIRST_LINE = "# Parameters"  # papermill's, in every cell that it adds


def names(sources: Iterable[str]) -> list[str]:
    """The names that the latest of papermill's cells assigns, in order; none without one."""
    cells = [s for s in sources if s.partition("\n")[0].strip() == _FIRST_LINE]
    lines = ast.parse(cells[-1]).body if cells else []
    targets = [target for line in lines if isinstance(line, ast.Assign) for target in line.targets]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def check(known: Iterable[str]) -> None:
    """Raise ``InputError`` when papermill gave this kernel's notebook a parameter beyond these."""
    python = sys.modules.get("IPython")
    shell = python.get_ipython() if python else None
    known = list(known)
    for name in names(shell.user_ns.get("In", [])) if shell else []:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            meant = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}"
            raise InputError("is not a parameter of this notebook", file=name, fix=meant)
