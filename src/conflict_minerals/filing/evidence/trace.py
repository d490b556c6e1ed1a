"""Evidence pages: a click on a figure shows the rows that it counts, and a row names its cell.

One page for each figure, facility and supplier, a page of the documents in which every figure and
claim is a link, and the register of claims. Pages lie in ``review/``; all are made by
``conflict_minerals.ground.pages``: no script, no network, strangers' text escaped.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import pandas as pd

from conflict_minerals.filing.evidence.trace_base import (
    DECISIONS,
    FOLDER,
    Trace,
    claim_anchor,
    facility_path,
    figure_path,
)
from conflict_minerals.filing.evidence.trace_facilities import facility_pages, supplier_pages
from conflict_minerals.filing.evidence.trace_report import report_pages
from conflict_minerals.filing.later import Later, together
from conflict_minerals.ground import library, pages
from conflict_minerals.ground.pages import Link

__all__ = ["DECISIONS", "facility_path", "figure_path", "pages_of"]
_FIGURES, _REPORT = f"{FOLDER}/figures.html", f"{FOLDER}/report.html"
_MINERALS = [
    ("minerals", "Minerals by template, with their facilities by status"),
    ("mineral_facilities", "Facilities, and what the lists of the year say of each"),
    ("mineral_rows", "Rows of the Smelter Lists, and what each was matched to"),
]


def pages_of(
    frames: Mapping[str, pd.DataFrame],
    built,
    decisions: pd.DataFrame,
    program: dict,
    *,
    year: int,
    overrides: pd.DataFrame | None = None,
    stamp: str = "",
    nav: Sequence[tuple[str, str]] = (),
) -> Later:
    """Every evidence page by its path below the outputs.

    Args:
        frames: the year's tables by name; those that ``built`` made take precedence.
        built: what ``build.build`` gave: figures, documents, register, tables.
        decisions: ``decisions.csv``.
        program: ``program.yml``, for the printed words of each status.
        overrides: what ``decided.overrides`` gave.
        stamp: DRAFT and illustration, as on every page.
        nav: label and address below the outputs of the other pages, for example the front door.
    """
    trace = Trace(
        frames={**frames, **built.tables},
        figures=built.figures,
        claims=built.register.claims,
        claim_figures=built.register.figures,
        claim_evidence=built.register.evidence,
        documents=built.documents,
        decisions=decisions,
        labels=program["labels"],
        overrides=pd.DataFrame() if overrides is None else overrides,
        year=year,
        stamp=stamp,
        nav=nav,
        counted=built.counted,
    )
    makers = (report_pages, figure_pages, facility_pages, supplier_pages, mineral_pages,
              decision_pages)
    return together(*(make(trace) for make in makers))


def decision_pages(trace: Trace) -> dict[str, bytes]:
    """``review/decisions.html``: every decision with what hangs on it, and what waits for one."""
    made = trace.frame("decisions")
    plain = pages.plain(made)
    rows = pd.DataFrame({
        "anchor": "decision-" + made["id"].map(pages.slug),
        "id": [_together(row.id, row.group) for row in made.itertuples()],
        "kind": plain["kind"],
        "about": [_together(row.key, trace.facility(row.metal, row.smelter_id, "../")
                            if row.smelter_id else trace.supplier(row.supplier_id, "../"))
                  for row in made.itertuples()],
        "value": plain["value"],
        "stands": plain["stands"],
        "what hangs on it": [f"{row.moves}. Without it {row.without}" if row.without else row.moves
                             for row in plain.itertuples()],
        "reason": plain["reason"],
        "decided": [_together(row.decided_by, row.decided_on) for row in plain.itertuples()],
        "follow-up": [_together(row.owner, row.due_on, row.state) for row in plain.itertuples()],
        "claims": plain["claims"],
    })  # fmt: skip
    kinds = library.table("decision_kinds")[["kind", "key", "values", "fix"]]
    return dict([trace.page(DECISIONS, "decisions.html", "Decisions", rows=rows, kinds=kinds,
                            waiting=trace.waiting, overrides=trace.overrides)])


def _together(*parts) -> list:
    return [part for part in parts if part]


def mineral_pages(trace: Trace) -> dict[str, bytes]:
    """``review/minerals.html``: what EMRTs and AMRTs say, which no figure of Form SD counts."""
    listed = {name: trace.table(name, range(len(trace.frame(name))), caption, "../")
              for name, caption in _MINERALS}  # fmt: skip
    return dict([trace.page(f"{FOLDER}/minerals.html", "minerals.html", "Other minerals",
                            listed=listed, minerals=sorted(set(trace.frame("minerals")["metal"])))])


def figure_pages(trace: Trace) -> Later:
    """``review/figures.html`` and a page for each figure with the rows that it counts."""
    paths = [_FIGURES, *map(figure_path, trace.figures["id"])]
    return Later(paths, partial(_figure_pages, trace))


def _figure_pages(trace: Trace) -> Iterator[tuple[str, bytes]]:
    rows = trace.claim_figures.drop_duplicates(["document", "claim", "figure"])
    names = pages.plain(rows[["document"]])["document"]
    stated: dict[str, list[Link]] = {}
    for row, name in zip(rows.itertuples(), names, strict=True):
        place = f"../../{_REPORT}#{claim_anchor(row.document, row.claim)}"
        stated.setdefault(row.figure, []).append(Link(f"{name}: {row.claim}", place))
    yield _figure_list(trace, stated)
    for entry in trace.figures.to_dict("records"):
        yield _figure_page(trace, entry, stated.get(entry["id"], []))


def _figure_list(trace: Trace, stated) -> tuple[str, bytes]:
    rows = trace.figures.assign(stated=trace.figures["id"].isin(set(stated)))
    first = list(library.table("headline")["id"])
    rows["first"] = [first.index(id) if id in first else len(first) for id in rows["id"]]
    rows = rows.sort_values(["stated", "first", "id"], ascending=[False, True, True])
    shown = pd.DataFrame({
        "figure": [trace.figure(id, "../") for id in rows["id"]],
        "value": rows["text"].tolist(),
        "counts": rows["meaning"].tolist(),
        "stated in the documents": rows["stated"].tolist(),
    })  # fmt: skip
    return trace.page(_FIGURES, "figures.html", "Figures", rows=shown)


def _figure_page(trace: Trace, entry: dict, stated: list[Link]) -> tuple[str, bytes]:
    id, (kind, _, of) = entry["id"], entry["how"].partition(":")
    return trace.page(
        figure_path(id), "figure.html", f"{id}: {entry['text']}", entry=entry, kind=kind,
        of=of.split("/" if kind == "ratio" else ","), rows=trace.rows_of(id),
        stated=stated,
    )  # fmt: skip
