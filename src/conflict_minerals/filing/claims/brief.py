"""Two pages for whoever decides to file: outcome, what is open, overrides, contradictions, changes.

It judges, so it goes to ``counsel/`` and nowhere else.
"""

import pandas as pd

from conflict_minerals.ground import library, pages

# Kinds of decision by which a person sets aside what lists and rules say.
_OVERRIDES = ("status", "risk", "finding", "file", "list")
# Figures whose sentence says the other side of a contradiction.
_BOTH_SIDES = ("origins_declared_covered",)


def html(
    built, decisions: pd.DataFrame, work: pd.DataFrame, changes: pd.DataFrame | None, *,
    program: dict, year: int, deadline: str, chosen: pd.DataFrame, stamp: str = "",
) -> str:  # fmt: skip
    """``counsel/brief.html``.

    Args:
        built: what ``build`` gave. decisions: the year's. work: what waits for a person (``what,
            count, where``). changes: how much changed by area, ``None`` where no year is compared.
        chosen: settings and texts of the year's own (``what, chosen, else, meaning``).
    """
    ids, heading = library.table("headline")["id"].tolist(), program["labels"]["counsel"]
    figures = built.figures[built.figures["id"].isin(ids)].set_index("id").loc[
        [id for id in ids if id in set(built.figures["id"])]]  # fmt: skip
    return pages.page(
        f"Brief {year}", "brief.html", year=year, privilege=heading, outcome=_outcome(program),
        deadline=f"Due on {deadline}", headline=figures.reset_index()[["meaning", "text"]],
        gates=built.gates[["gate", "subject", "reason"]], work=work[["what", "count"]],
        overrides=overrides(decisions), chosen=chosen, told=_told(built), changes=changes,
        stamp=" · ".join(filter(None, [heading, stamp])),
    )  # fmt: skip


def overrides(decisions: pd.DataFrame) -> pd.DataFrame:
    """The decisions that stand and set aside what a list or a rule says."""
    gone = set(decisions["supersedes"]) - {""}
    rows = decisions[decisions["kind"].isin(_OVERRIDES) & ~decisions["id"].isin(gone)]
    return rows[["id", "kind", "key", "value", "reason", "decided_by", "decided_on"]]


def _outcome(program: dict) -> str:
    form = program["form"]
    rows = library.table("branches")
    rows = rows[(rows["branch"] == form["branch"]) & (rows["ground"] == form["ground"])]
    said = rows["meaning"].iloc[0] if len(rows) else "Counsel has not recorded what is to be filed"
    return f"{said}."


def _told(built) -> pd.DataFrame:
    figures = built.register.figures
    both = figures.loc[figures["figure"].isin(_BOTH_SIDES) & (figures["text"] != "0"), "claim"]
    claims = built.register.claims
    said = claims[claims["claim"].isin(both) & (claims["printed"] == "")]
    said = said[["document", "text"]].set_axis(["where", "said"], axis=1)
    weighs = built.notes[built.notes["subject"] != ""]
    weighs = pd.DataFrame({"where": weighs["subject"], "said": weighs["note"]})
    return pd.concat([said, weighs], ignore_index=True)
