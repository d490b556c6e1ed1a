"""A year's files received: read, checked, judged, masked, surveyed.

What suppliers wrote of people is masked before a cell holds it; the unmasked reading stays in here,
since the checks look at it. A finding withholds personal data by itself.
"""

from dataclasses import dataclass, field

import pandas as pd

from conflict_minerals.ground.show import Shown, figure
from conflict_minerals.intake import Intake, read_folder
from conflict_minerals.pictures import survey_picture
from conflict_minerals.smelters import Reference, build_reference, load_lists
from conflict_minerals.survey import (
    all_findings,
    at_a_glance,
    declared_by_metal,
    declared_by_scope,
    differences_by_supplier,
    find_differences,
    find_faults,
    findings_by_rule,
    judge_files,
    messages_sent,
    note_sent,
    response_rates,
    rows_that_count,
    suppliers_to_take_up,
    weightiest,
)
from conflict_minerals.year import Names, find_disagreements, known_people, mask_table

# Tables that need nothing but what they count are handed through.
__all__ = [
    "declared_by_scope", "differences_by_supplier", "findings_by_rule", "note_sent",
    "response_rates", "weightiest",
]


@dataclass(frozen=True)
class Received:
    """What lies in the suppliers' folders: ``files`` a row each, and their ``lookups``."""

    files: pd.DataFrame
    lookups: pd.DataFrame
    _read: Intake = field(repr=False)
    _people: Names = field(repr=False)


def disagreements(run) -> pd.DataFrame:
    """Where roster, products, lists and folders disagree: ``subject, note``."""
    return find_disagreements(run.inputs, run.as_of)


def receive(run) -> Received:
    """Every file below ``cmrt/``, looked at by its content and read within limits."""
    read = read_folder(run.raw / "cmrt", cache=run.cache, workers=run.workers, engine=run.engine,
                       scheduler=run.scheduler)
    people = known_people(run.inputs, read)
    return Received(mask_table(read.files, "responses", people), read.lookups, read, people)


def lists(run) -> pd.DataFrame:
    """Every entry of the year's lists of facilities: ``list_entries``."""
    return load_lists(run.raw, run.inputs.lists, run.inputs.decisions)


def reference(run, received: Received, list_entries: pd.DataFrame) -> Reference:
    """What is known of smelters, from look-up sheets and lists and nothing else."""
    return build_reference(received.lookups, list_entries, as_of=run.as_of)


def judge(run, received: Received, known: Reference) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The verdict on each file, and every finding: ``responses`` and ``findings``.

    Each rule is asked of each file; then the files of a supplier are compared with each other.
    """
    found = find_faults(received._read, run.inputs, reference=known, as_of=run.as_of,
                        against=run.against, cache=run.cache)
    judged, more = judge_files(received._read, found, run.inputs, year=run.year, as_of=run.as_of)
    findings = all_findings(found, more, judged)
    return mask_table(judged, "responses", received._people), findings


def answers(received: Received, responses: pd.DataFrame) -> pd.DataFrame:
    """Each answer of a declaration, and whether its file counts: ``answers``."""
    return _kept(received, "answers", received._read.answers, responses)


def reported_rows(received: Received, responses: pd.DataFrame) -> pd.DataFrame:
    """Each row that names a smelter, and whether its file counts: ``reported_rows``."""
    return _kept(received, "reported_rows", received._read.rows, responses)


def _kept(received, table: str, frame: pd.DataFrame, responses) -> pd.DataFrame:
    return rows_that_count(mask_table(frame, table, received._people), responses)


def differences(run, responses, answers, reported, findings) -> pd.DataFrame:
    """Each supplier's declaration against last year's and against the file it took the place of."""
    return find_differences(responses, answers, reported, findings, run.inputs.correspondence,
                            against=run.against)


def by_metal(run, responses: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """By metal: suppliers asked, answered, and what their counted CMRTs declare."""
    return declared_by_metal(run.inputs, responses, answers)


def survey(run, responses: pd.DataFrame, answers: pd.DataFrame, findings) -> pd.DataFrame:
    """Each supplier with its answer, what is wrong in it and what is due next: ``suppliers``."""
    return at_a_glance(run.inputs, responses, answers, findings, as_of=run.as_of)


def picture(suppliers: pd.DataFrame) -> Shown:
    """Each supplier once, by how far its answer is."""
    return figure(*survey_picture(suppliers))


def sent(run) -> pd.DataFrame:
    """What was sent to whom and when, as ``correspondence.csv`` has it."""
    return messages_sent(run.inputs)


def to_take_up(run, suppliers: pd.DataFrame, findings: pd.DataFrame) -> pd.DataFrame:
    """Suppliers that are no longer a matter of letters, and why."""
    return suppliers_to_take_up(suppliers, findings, as_of=run.as_of)
