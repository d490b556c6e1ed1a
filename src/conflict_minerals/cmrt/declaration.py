"""The Declaration sheet: the header fields and the answers, each with its cell."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from conflict_minerals.cmrt import answers, headers, template
from conflict_minerals.cmrt.cells import ErrorValue, Sheet, Value, address, position
from conflict_minerals.cmrt.layouts import Layout, Question
from conflict_minerals.cmrt.template import metal, text
from conflict_minerals.ground import dates, library
from conflict_minerals.ground.versions import covers, within

Problem = tuple[str, str, str, str, str, str]  # rule, metal, sheet, cell, found, expected

_SCOPES = {"A": "company", "B": "product", "C": "user_defined"}
_OLD_SCOPES = {"A": "company", "B": "division", "C": "product_category", "D": "product"}
# Fields of the template's own, beside which no label stands.
_OWN = ("title", "language", "revision")
_HOW = {
    "translated": ("answer-not-english", "{}"),
    "short": ("answer-not-english", "{}"),
    "not_offered": ("answer-not-offered", "one of: {}"),
    "unknown": ("answer-not-understood", "one of: {}"),
}


@cache
def faults(family: str, version: str) -> dict[tuple[str, str], str]:
    """What labels of a published template say and mean, by question and metal."""
    return {(name, line["says"]): line["means"]
            for line in library.records("template_faults")
            if covers(line, family, version)
            for name in line["questions"].split(";")}  # fmt: skip


class Declaration:
    """The sheet with the rows at which its questions were found.

    ``calculated`` is false when the labels, which are formulas, were saved without their values.
    """

    def __init__(self, name: str, sheet: Sheet, layout: Layout, epoch_1904: bool):
        self.name, self.sheet, self.layout, self.epoch_1904 = name, sheet, layout, epoch_1904
        self.problems: list[Problem] = []
        self.label_column = layout.columns["declaration"]["label"]
        self.scanned = template.anchors(sheet, layout)
        self.calculated = bool(self.scanned) or any(
            template.words(sheet.get(position(cell)[0], self.label_column))
            for name, cell in layout.fields.items() if name not in _OWN
        )
        self.shift = self._shifts()
        self.questions = (*layout.questions, *self._unknown())
        self.minerals = self._minerals()

    def problem(
        self, rule: str, cell: str = "", found: str = "", expected: str = "", metal: str = ""
    ):
        self.problems.append((rule, metal, self.name, cell, found, expected))

    def _shifts(self) -> dict[str, int]:
        """How far each question lies from where the layout has it, told by the labels.

        One whose label is not found is taken to have moved as the one before it.
        """
        shifts: dict[str, int] = {}
        last, lost = 0, []
        for question in self.layout.questions:
            found = self.scanned.get(question.name)
            place = address(question.row + last, self.label_column)
            if found is not None:
                last = found - question.row
            elif not template.question_of(self.sheet.get(*position(place))):
                lost.append((place, question.name))  # No label there that is only misnumbered.
            shifts[question.name] = last
            if found is not None and last:
                cell = address(found, self.label_column)
                expected = address(question.row, self.label_column)
                self.problem("question-moved", cell, f"question {question.name}", expected)
        if lost and self.calculated:
            self.problem("question-not-found", lost[0][0], ", ".join(name for _, name in lost))
        return shifts

    def _unknown(self) -> Iterator[Question]:
        """Questions that the layout does not have: their answers are kept, without a topic."""
        order = [metal for _, metal in self.layout.questions[0].answers]
        for name in sorted(set(self.scanned) - set(self.layout.anchors())):
            row = self.scanned[name]
            cell = address(row, self.label_column)
            self.problem(
                "question-unknown", cell, f"question {name}", "a question of this revision"
            )
            below = tuple((row + 1 + n, metal) for n, metal in enumerate(order))
            yield Question(name, "", row, ((row, ""),) if name.isalpha() else below)

    def _minerals(self) -> list[str]:
        """The minerals chosen in the scope block of the sibling templates, sorted."""
        found = set()
        for group in ("selected", "other"):
            for cell in self.layout.minerals.get(group, ()):
                raw = template.words(self.sheet.get(*position(cell)))
                if raw and not raw.startswith("(") and not raw.casefold().startswith("other"):
                    found.add(metal(raw) or raw)
        return sorted(found)

    def fields(self) -> list[tuple[str, str, str, str, str]]:
        """``(field, raw, value, sheet, cell)`` of every header field of the layout."""
        out = []
        cells, moved = headers.fields(self.sheet, self.layout, self.label_column)
        for cell, found, expected in moved:
            self.problem("field-moved", cell, found, expected)
        for name, cell in cells.items():
            held = self.sheet.get(*position(cell))
            raw = text(held) if name == "revision" else template.words(held)
            if name != "title":  # which is the template's own
                self._error(held, cell)
            value = raw
            if name == "effective_date":
                value = self._date(held, cell)
                if isinstance(held, float) and value:
                    raw = value
            elif name == "scope":
                value = self._scope(raw, cell)
            elif name == "language":
                value = template.label_language("language", raw) or raw
            out.append((name, raw, value, self.name, cell))
        for group in ("selected", "other"):
            for cell in self.layout.minerals.get(group, ()):
                raw = template.words(self.sheet.get(*position(cell)))
                if raw:
                    out.append((f"mineral_{group}", raw, metal(raw), self.name, cell))
        return out

    def _error(self, held: Value | None, cell: str, metal: str = "") -> None:
        if isinstance(held, ErrorValue):
            self.problem("error-value", cell, str(held), "a value", metal)

    def _date(self, held: Value | None, cell: str) -> str:
        reading = dates.read(held, self.epoch_1904)
        if reading.how == "ambiguous":
            self.problem("date-ambiguous", cell, text(held), " or ".join(reading.choices))
        elif reading.how == "unreadable":
            self.problem("date-unreadable", cell, text(held), "a date, as 31-Dec-2018")
        elif reading.how == "text":
            self.problem("date-as-text", cell, text(held), reading.iso)
        return reading.iso

    def _scope(self, raw: str, cell: str) -> str:
        old = self.layout.family == "CMRT" and within(self.layout.version, "<3.0")
        scope = (_OLD_SCOPES if old else _SCOPES).get(raw[:1].upper(), "") if _letter(raw) else ""
        if raw and not scope:
            words = {"company": "company", "product": "product", "user": "user_defined"}
            scope = next((v for k, v in words.items() if raw.casefold().startswith(k)), "")
            self.problem("scope-not-offered", cell, raw, "one of the scopes of the list")
        return scope

    def answers(self) -> Iterator[tuple[str, str, str, str, str, str, str, str]]:
        """``(question, topic, metal, answer, raw, comment, sheet, cell)``, blank answers too."""
        columns = self.layout.columns["declaration"]
        for question in self.questions:
            for row, named in self._places(question):
                held = self.sheet.get(row, columns["answer"])
                comment = text(self.sheet.get(row, columns["comment"]))
                raw, cell = text(held), address(row, columns["answer"])
                if named == "?" and not (raw or comment):
                    continue
                mineral = "" if named == "?" else named
                if named == "?":
                    self.problem(
                        "answer-without-mineral", cell, raw or comment, "a mineral beside it"
                    )
                self._error(held, cell, mineral)
                answer = self._understand(raw, question, mineral, cell)
                yield (
                    question.name,
                    question.topic,
                    mineral,
                    answer,
                    raw,
                    comment,
                    self.name,
                    cell,
                )

    def _understand(self, raw: str, question: Question, mineral: str, cell: str) -> str:
        family, version = self.layout.family, self.layout.version
        reading = answers.read(raw, family, version, question.topic, mineral)
        if reading.how in _HOW:
            rule, expected = _HOW[reading.how]
            choices = answers.offered(family, version, question.topic, mineral)
            hint = reading.answer if rule == "answer-not-english" else ", ".join(choices)
            self.problem(rule, cell, raw, expected.format(hint) if hint else "", mineral)
        return reading.answer

    def _places(self, question: Question) -> Iterator[tuple[int, str]]:
        """Rows of a question's answers with the metal of each; ``?`` where none stands there."""
        shift = self.shift.get(question.name, 0)
        for n, (row, named) in enumerate(question.answers):
            row += shift
            if named == "":
                yield row, ""
                continue
            written = template.words(self.sheet.get(row, self.label_column))
            label = metal(written)
            if named == "?":
                label = label or written.replace("(*)", "").strip()
                unlabelled = not self.calculated and n < len(self.minerals)
                yield row, label or (self.minerals[n] if unlabelled else "?")
                continue
            wrong = faults(self.layout.family, self.layout.version)
            label = wrong.get((question.name, label), label)
            if label and label != named:
                cell = address(row, self.label_column)
                self.problem("metal-moved", cell, label, named, named)
            # A template of one metal asks of no other, whatever its label says.
            yield row, named if len(question.answers) == 1 else label or named


def _letter(raw: str) -> bool:
    return len(raw) == 1 or raw[1:2] in (".", ")", " ", ":", "．", "）")
