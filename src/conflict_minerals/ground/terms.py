"""Words of the field that every room shares, in the order in which they are shown."""

from functools import cache

from conflict_minerals.ground import library
from conflict_minerals.ground.text import fold

METALS = ("Gold", "Tantalum", "Tin", "Tungsten")
AS_ASKED = ("Tantalum", "Tin", "Gold", "Tungsten")  # in the order of the template's questions
STATUSES = ("conformant", "active", "indeterminable")
TIERS = ("critical", "high", "medium", "low")
FLAGS = ("hard", "red", "soft", "info")
# Words that stand in an order of their own, each with a column that has them.
ORDERED = (("tier", TIERS), ("status", STATUSES), ("severity", FLAGS),
           ("severity", ("error", "warning", "info")))
# The assurance that stands behind a status.
ASSURANCE = {"conformant": "conformant", "active": "active", "indeterminable": "none"}
# The columns of every table of gates: its kind, what is in the way, and why.
GATE = ["gate", "subject", "reason"]
# What a template has for a smelter that its list does not hold, and for one that nobody knows.
NOT_LISTED, NOT_IDENTIFIED = "Smelter not listed", "Smelter not yet identified"
SPECIAL = frozenset(map(fold, (NOT_LISTED, NOT_IDENTIFIED)))
# The latter, folded, as people write it too.
UNIDENTIFIED = frozenset({fold(NOT_IDENTIFIED), "not yet identified", "smelter not identified"})


@cache
def placeholders(*, person: bool = False) -> frozenset[str]:
    """Folded words that stand for nothing; with ``person`` those that stand for a person."""
    return frozenset(fold(row["word"]) for row in library.records("placeholders")
                     if row["person"] == "yes" or not person)
