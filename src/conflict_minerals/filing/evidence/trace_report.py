"""The documents as a page to review: each figure leads to its rows, each claim to its evidence."""

from itertools import groupby

import pandas as pd

from conflict_minerals.filing.documents.document import Block, Document
from conflict_minerals.filing.evidence.trace_base import (
    DECISIONS,
    FOLDER,
    Trace,
    claim_anchor,
    figure_path,
)
from conflict_minerals.ground import pages
from conflict_minerals.ground.pages import Html, Link
from conflict_minerals.year import DECISIONS_FILE


def report_pages(trace: Trace) -> dict[str, bytes]:
    """``review/report.html`` and ``review/claims.html``."""
    return dict([_report(trace), _claims(trace)])


def _report(trace: Trace) -> tuple[str, bytes]:
    return trace.page(
        f"{FOLDER}/report.html", "report.html", "Report", local=_local, figure_path=figure_path,
        claim_anchor=claim_anchor,
        documents=[(document, _parts(document)) for document in trace.documents.values()],
    )  # fmt: skip


def _parts(document: Document) -> list[tuple[str, int, list[Block]]]:
    """A document's blocks as ``kind, level, blocks``: list items that follow each other are one.

    No level of heading is left out, whatever the template's author wrote.
    """
    parts, deepest = [], 2
    for kind, blocks in groupby(document.blocks, key=lambda block: block.kind):
        if kind == "item":
            parts.append(("items", 0, list(blocks)))
            continue
        for block in blocks:
            if kind == "heading":
                deepest = min(block.level + 2, deepest + 1, 6)
                parts.append((kind, deepest, [block]))
            elif block.table or kind == "rule" or block.sentences:
                parts.append(("table" if block.table else kind, 0, [block]))
    return parts


def _claims(trace: Trace) -> tuple[str, bytes]:
    figures = dict(tuple(trace.claim_figures.groupby(["document", "claim"])))
    evidence = dict(tuple(trace.claim_evidence.groupby(["document", "claim"])))
    rows, said = [], pages.plain(trace.claims)["document"]
    for claim, document in zip(trace.claims.to_dict("records"), said, strict=True):
        key = (claim["document"], claim["claim"])
        anchor = claim_anchor(*key)
        rows.append({
            "anchor": anchor,
            "claim": claim["claim"],
            "where": f"{document}, {claim['section']}: {claim['file']}, line "
                     f"{claim['line']}",
            "sentence": Link(claim["text"], f"report.html#{anchor}"),
            "figures": _figures(figures.get(key), trace),
            "other evidence": _evidence(evidence.get(key), trace),
            "lacks": claim["missing"].replace(";", "; "),
            "owner": claim["owner"].replace(";", ", "),
        })  # fmt: skip
    columns = ["anchor", "claim", "where", "sentence", "figures", "other evidence", "lacks",
               "owner"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    lacking = int((trace.claims["missing"] != "").sum())
    return trace.page(f"{FOLDER}/claims.html", "claims.html", "Claims", rows=frame, lacking=lacking)


def _figures(rows, trace: Trace) -> list:
    if rows is None:
        return []
    pairs = zip(rows["figure"], rows["text"], strict=True)
    return [Link(f"{id} {text}", _local(figure_path(id))) for id, text in pairs]


def _evidence(rows, trace: Trace) -> Html | str:
    if rows is None:
        return ""
    return Html(pages.parts().items(_piece(row, trace) for row in rows.to_dict("records")))


def _piece(row: dict, trace: Trace):
    if row["kind"] == "table" and trace.exported(row["reference"]):
        path = f"tables/{row['reference']}.csv"
        return Link(path, f"../{path}")
    opened = row["detail"] if row["sha256"] and row["kind"] in ("fact", "promise") else ""
    if row["kind"] == "decision":
        opened = f"{DECISIONS}#decision-{pages.slug(row['detail'].partition(':')[0])}"
    elif row["reference"] == DECISIONS_FILE:
        opened = DECISIONS
    said = [f"{row['kind']} {row['reference']}"]
    said += [row["detail"]] if row["detail"] not in ("", row["reference"]) else []
    said += [str(row["dated"]), row["owner"]]
    if row["sha256"]:
        said.append(f"sha256 {row['sha256'][:12]}")
    text = ", ".join(filter(None, said))
    return Link(text, f"../{opened}") if opened else text


def _local(path: str) -> str:
    """A path below ``review/`` as a page in ``review/`` links to it."""
    return path.removeprefix(f"{FOLDER}/")
