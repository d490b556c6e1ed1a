"""What is reported and what proves it: figures, gates, documents, and what is handed over."""

from dataclasses import dataclass, field

import pandas as pd

from conflict_minerals.filing import (
    Built,
    Later,
    build_report,
    draft_of_letters,
    due_on,
    exported_tables,
    figures_before,
    files_of,
    front_of,
    listing,
    read_tables,
    write_outputs,
)

__all__ = ["listing"]
_EDIT = ["id", "state", "document", "change", "before", "after", "by", "what_to_do"]


@dataclass(frozen=True)
class Report:
    """The year's report as built, with the tables that it was built from.

    ``figures``, ``counted`` (those that are not zero), ``gates``, ``notes``, ``claims``,
    ``checks``, ``published``, ``signatures``, ``edits`` (of documents that came back): tables.
    """

    _built: Built = field(repr=False)
    _tables: dict[str, pd.DataFrame] = field(repr=False)

    figures = property(lambda self: self._built.figures)
    counted = property(lambda self: self.figures[~self.figures["text"].isin(["0", "0%"])])
    gates = property(lambda self: self._built.gates)
    notes = property(lambda self: self._built.notes)
    claims = property(lambda self: self._built.register.claims)
    checks = property(lambda self: self._built.checks)
    published = property(lambda self: self._built.published)
    edits = property(lambda self: self._built.edits[_EDIT])
    signatures = property(lambda self: self._built.signing.state)

    def said(self, *tables: str) -> pd.DataFrame:
        """The documents' own sentences that print a figure counted in these tables, in order."""
        told = set(self._stated(tables)["claim"])
        order = dict.fromkeys(
            sentence.claim for document in self._built.documents.values()
            for _, sentence in document.sentences() if sentence.claim in told)
        return self.claims.set_index("claim").loc[list(order)].reset_index()

    def printed(self, *tables: str) -> pd.DataFrame:
        """The figures counted in these tables that those sentences print, with their predicates."""
        return self.figures[self.figures["id"].isin(self._stated(tables)["figure"])]

    def _stated(self, tables: tuple[str, ...]) -> pd.DataFrame:
        stated = self._built.register.figures
        return stated[stated["table"].isin(tables)]


def build(run) -> Report:
    """Compute the figures, write the documents, list what stands in the way.

    Raises:
        InputError: a text template, a setting or a decision is wrong.
    """
    tables = read_tables(run)
    built = build_report(
        tables, run.inputs, year=run.year, as_of=run.as_of,
        before=figures_before(run), folder=run.raw / "wording", due=due_on(run.year),
        came=run.raw / "returned",
    )
    return Report(built, tables)


def letters(run, report: Report) -> pd.DataFrame:
    """One draft a supplier that something is due from."""
    return draft_of_letters(run, report._tables)


def files(run, report: Report, letters: pd.DataFrame) -> Later:
    """Documents, evidence pages, letters and counsel's folder, by path."""
    return files_of(run, report._tables, report._built, letters)


def deliver(run, report: Report, files: Later) -> pd.DataFrame:
    """Write the year's outputs, with the front door that leads to them; each file, its bytes."""
    front = front_of(run, report._tables, report._built, files)
    return write_outputs(run, frames=exported_tables(report._tables, report._built), files=files,
                         front=front, counted=report._built.counted)
