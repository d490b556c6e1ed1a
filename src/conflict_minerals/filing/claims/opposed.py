"""Statements of the year that contradict each other, by the pairs of ``contradictions.csv``."""

import pandas as pd

from conflict_minerals.filing.claims import figures, rowtests
from conflict_minerals.ground import library
from conflict_minerals.ground.terms import GATE


def gates(
    frames: dict[str, pd.DataFrame], claims: pd.DataFrame, claim_figures: pd.DataFrame,
    decisions: pd.DataFrame,
) -> pd.DataFrame:  # fmt: skip
    """Each pair that is found, as a gate of kind ``contradiction``: ``gate, subject, reason``.

    Args:
        frames: the year's tables by name, ``products`` and ``correspondence`` among them.
        claims, claim_figures: the register of the documents. decisions: the year's, all of them.
    """
    stands = decisions[~decisions["id"].isin(set(decisions["supersedes"]) - {""})]
    told = {"claims": claims, "claim_figures": claim_figures, "decisions": stands}
    lines = library.table("contradictions").to_dict("records")
    con = figures.engine({**frames, **told}, rowtests.asked(lines))
    given, rows = figures.words(frames), []
    for line in lines:
        for subject, _, _ in rowtests.found(con, line, given, file="contradictions"):
            reason = f"{line['one']}, but {line['other']}. {line['fix']}"
            rows.append(("contradiction", subject, reason))
    con.close()
    return pd.DataFrame(rows, columns=GATE).astype("str")
