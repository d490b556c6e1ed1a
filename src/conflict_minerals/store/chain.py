"""The chain as data: its steps, what each reads and writes, and in what order they can run.

Steps and their inputs stand in ``chain.csv``, tables in ``table_uses.csv``. Nothing here runs
anything, so that another scheduler can take ``plan()`` and call ``python -m helpers run STEP --year
YEAR`` for each node.
"""

from dataclasses import dataclass
from functools import cache

from conflict_minerals.ground import library


@dataclass(frozen=True)
class Step:
    """One notebook of the chain."""

    step: str
    notebook: str
    title: str
    reads: tuple[str, ...]  # inputs (with a . or /) and tables of earlier steps
    writes: tuple[str, ...]
    settings: tuple[str, ...] = ()  # keys of program.yml; "*" for all
    decisions: tuple[str, ...] = ()  # kinds; "*" for all
    after: tuple[str, ...] = ()  # steps that write what this one reads

    @property
    def page(self) -> str:
        """Name of the rendered notebook in ``review/``."""
        return self.notebook.removesuffix(".ipynb") + ".html"


@cache
def steps() -> tuple[Step, ...]:
    """The steps in the order in which they run."""
    table, uses = library.table("chain"), library.records("table_uses")
    last = table["step"].iloc[-1]

    def written(step: str) -> list[str]:
        return [use["table"] for use in uses if use["written_by"] == step]

    def read(step: str) -> list[str]:
        return [use["table"] for use in uses if step in use["read_by"].split(";")
                or (step == last and use["goes_to"] and use["written_by"] != step)]

    return tuple(plan(table.assign(
        reads=[";".join([row.reads, *read(row.step)]) for row in table.itertuples()],
        writes=[";".join(written(step)) for step in table["step"]],
    )))


def names() -> list[str]:
    return [step.step for step in steps()]


def plan(table) -> list[Step]:
    """The steps of a table with ``reads`` and ``writes``, each with those that must run before it.

    Raises:
        ValueError: two steps write one table, or a table is read before it is written.
    """
    writer: dict[str, str] = {}
    every = {name for row in table.itertuples() for name in row.writes.split(";")}
    out = []
    for row in table.itertuples():
        reads, writes = tuple(row.reads.split(";")), tuple(row.writes.split(";"))
        late = [name for name in reads if name in every and name not in writer]
        if late:
            raise ValueError(f"{row.step} reads {late[0]} before a step writes it")
        after = dict.fromkeys(writer[name] for name in reads if name in writer)
        for name in writes:
            if name in writer:
                raise ValueError(f"{row.step} and {writer[name]} both write {name}")
            writer[name] = row.step
        given = [tuple(filter(None, getattr(row, name, "").split(";")))
                 for name in ("settings", "decisions")]
        out.append(Step(row.step, row.notebook, row.title, reads, writes, *given, tuple(after)))
    return out
