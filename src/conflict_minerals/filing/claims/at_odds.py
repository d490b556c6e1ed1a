"""What a decision rests on in ``program.yml``: one that has it not would stop the report."""

from conflict_minerals.filing.claims import worded
from conflict_minerals.year import said_by


def against_program(program: dict, line: dict) -> str:
    """How a decision differs from ``program.yml`` or what it lacks there, ``""`` where it fits."""
    value = next((one.value for one in said_by(line["kind"], line["key"], line["value"])), "")
    if line["kind"] == "form" and value:
        return of_form(program, value)
    lacks = worded.lacking(program, value) if line["kind"] == "sentence" else []
    return f"asks for {', '.join(lacks)}, which program.yml does not have" if lacks else ""


def of_form(program: dict, value: str) -> str:
    """The same of a decision of kind ``form``, of its value alone."""
    branch, ground = (program["form"][name] or "" for name in ("branch", "ground"))
    said = value.replace(" ", "").split(":")
    if said[0] == branch and said[1:] in ([], [ground]):
        return ""
    here = repr(":".join(filter(None, (branch, ground)))) if branch else "nothing in form.branch"
    return f"says {value!r}, program.yml says {here}"
