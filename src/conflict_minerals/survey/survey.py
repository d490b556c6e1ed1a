"""The survey at a glance: who answered, who did not, what was sent, and what is due next."""

from datetime import date, timedelta

import pandas as pd

from conflict_minerals.ground import library
from conflict_minerals.ground.columns import records
from conflict_minerals.ground.tables import columns
from conflict_minerals.ground.text import number_of
from conflict_minerals.survey import came
from conflict_minerals.survey.actions import to_ask
from conflict_minerals.survey.checks_base import rules, settings
from conflict_minerals.survey.verdicts import file_mark, no_covered_country
from conflict_minerals.year import stands

# Of these no letter asks for corrections: what came is said, and what is needed.
_NO_ANSWER = ("file-unreadable", "nothing-answered")
_AFTER_ANSWER = ("none", "thanks", "corrections")
_ORDER = ("error", "warning", "info")


def at_a_glance(inputs, responses, answers, findings, *, as_of: date) -> pd.DataFrame:
    """One row a supplier of the roster: ``suppliers`` in ``tables.csv``.

    ``responses`` as ``verdicts.judge`` gives them; ``findings`` with their ``state``. What is due
    next follows from ``correspondence.csv`` and the settings of ``survey.csv``, so that
    nobody is asked twice for the same.
    """
    letters = _letters(inputs)
    denied = set(no_covered_country(answers, responses)["supplier_id"])
    no_3tg = _no_3tg(inputs, responses)
    asked = to_correct(findings, responses)
    unusable = no_answers(findings, responses)
    tables = (responses, letters, asked, unusable)
    by_supplier = [{name: part for name, part in table.groupby("supplier_id")} for table in tables]
    rows = []
    for supplier in inputs.suppliers.sort_values("supplier_id").itertuples():
        own, messages, open_, other = (
            parts.get(supplier.supplier_id, table.iloc[:0])
            for parts, table in zip(by_supplier, tables, strict=True))
        counting = own[own["counted"].astype(bool)]
        state = _State(
            inputs.program["survey"], as_of, supplier.requested_on, messages,
            files=own, counting=counting, no_3tg=supplier.supplier_id in no_3tg,
            asked=open_, unusable=other,
        )
        step, day, reason = state.next_step()
        last = messages.iloc[-1] if len(messages) else None
        rows.append({
            "supplier_id": supplier.supplier_id, "supplier_name": supplier.supplier_name,
            "products": supplier.products, "language": supplier.language,
            "requested_on": _iso(state.requested), "spend": supplier.spend,
            "files_received": len(own),
            "files_counted": len(counting), "responded": state.responded,
            "no_covered_country": supplier.supplier_id in denied, "no_3tg": state.no_3tg,
            "answered_on": state.answered_on,
            "last_sent_on": last["sent_on"] if last is not None else "",
            "last_sent_kind": last["kind"] if last is not None else "",
            "days_overdue": state.days_overdue(),
            "errors": int(counting["errors"].sum()), "warnings": int(counting["warnings"].sum()),
            "next_step": step, "next_step_on": _iso(day), "next_step_reason": reason,
        })
    return pd.DataFrame(rows, columns=list(columns("suppliers")["column"]))


def to_correct(findings: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """The findings that a supplier is asked to mend, the weightiest first.

    What ``asked_of`` gives in files that count and other templates beside them, or in rejected
    ones of a supplier of which no file was accepted. A file that is no answer at all is not asked
    to be corrected.
    """
    asked = asked_of(findings)
    answered = set(responses.loc[responses["counted"].astype(bool), "supplier_id"])
    good = responses[responses["verdict"].isin(["accepted", "accepted_with_findings"])
                     & responses["supplier_id"].isin(answered)]
    rejected = responses[(responses["verdict"] == "rejected") & (responses["template"] == "CMRT")
                         & ~responses["supplier_id"].isin(answered)]
    void = set(findings.loc[findings["rule"].isin(_NO_ANSWER), "file"])
    asked = asked[asked["file"].isin((set(good["file"]) | set(rejected["file"])) - void)]
    # As texts: of a categorical pandas would ask for the letter of rules that nothing breaks, too.
    weight = asked["rule"].astype("str").map(rules()["letter"]).astype("int64")
    asked = asked.assign(weight=weight)
    return asked.sort_values(["supplier_id", "file", "weight", "rule", "sheet", "metal", "cell"],
                             ignore_index=True)


def asked_of(findings: pd.DataFrame) -> pd.DataFrame:
    """The open findings that ``asked.csv`` and ``survey.csv`` have asked about, in any file."""
    least = _ORDER.index(settings("survey")["correct_from"])
    return findings[(findings["state"] == "open")
                    & findings["severity"].isin(_ORDER[: least + 1])
                    & findings["rule"].isin(set(library.table("asked")["rule"]))]


def no_answers(findings: pd.DataFrame, responses: pd.DataFrame) -> pd.DataFrame:
    """What came of suppliers none of whose files counts, as ``came.cases`` tells it."""
    answered = set(responses.loc[responses["counted"].astype(bool), "supplier_id"])
    return came.cases(responses[~responses["supplier_id"].isin(answered)], findings)


class _State:
    """What is known of one supplier on the review date."""

    def __init__(self, program, as_of, requested_on, messages, *, files, counting, no_3tg, asked,
                 unusable):
        self.as_of, self.messages, self.files = as_of, messages, files
        self.no_3tg, self.asked, self.unusable = no_3tg, asked, unusable
        self.responded = len(counting) > 0
        self.answered_on = counting["effective_date"].max() if self.responded else ""
        self.wait = timedelta(days=int(program.get("remind_after_days") or 30))
        first = messages.loc[messages["kind"] == "request", "sent_on"]
        days = sorted(day for day in (requested_on, *first) if day)
        # With no day of its own a supplier was asked on the survey's; until then it is to be.
        general = program.get("requested_on")
        if not days and general and general < as_of:
            days = [general.isoformat()]
        self.requested = date.fromisoformat(days[0]) if days else None
        self.due = self._due(program)

    def _due(self, program) -> date | None:
        if self.requested is None:
            return None
        own = self.requested + timedelta(days=int(program.get("due_after_days") or 30))
        general = program.get("due_on")
        return max(own, general) if general else own

    def days_overdue(self) -> int:
        if self.responded or self.no_3tg or self.due is None:
            return 0
        return max(0, (self.as_of - self.due).days)

    def next_step(self) -> tuple[str, date | None, str]:
        """Step, the day it is due, and why."""
        if self.no_3tg and not self.responded:
            return "none", None, "Recorded as using no 3TG"
        if not self.responded and (self.files["verdict"] == "late").any():
            return self._thank("Came after the cut-off: kept for next year")
        if self.responded or len(self.asked):
            return self._after_answer()
        return self._before_answer()

    def _sent(self, *kinds: str) -> list[date]:
        return [date.fromisoformat(d) for d in
                self.messages.loc[self.messages["kind"].isin(kinds), "sent_on"]]

    def _before_answer(self):
        if self.requested is None:
            return "request", self.as_of, "Not asked yet"
        if self._sent("escalation"):
            return "none", None, f"Escalated on {max(self._sent('escalation')).isoformat()}"
        reminders = self._sent("reminder", "unusable", "corrections")
        many = len(reminders) >= int(settings("survey")["reminders"])
        if not many and len(self.unusable) and not self._told():
            what = ", ".join(sorted(set(self.unusable["meaning"])))
            return "unusable", self.as_of, f"What came is no answer: {what}"
        overdue = self.days_overdue()
        # Nobody is escalated who was not written to again since the request.
        if reminders and overdue >= int(settings("survey")["overdue_days"]):
            return "escalate", self.as_of, f"{number_of(overdue, 'day', 'days')} overdue"
        day = max(self.due, max(reminders) + self.wait) if reminders else (
            self.due + timedelta(days=1))
        if many:
            return "escalate", day, f"No answer after {len(reminders)} reminders"
        return "reminder", day, f"No answer; it was due on {self.due.isoformat()}"

    def _told(self) -> bool:
        """Whether the supplier was told already of every file that is no answer."""
        said = self.messages[self.messages["kind"].isin(["unusable", "corrections"])]
        named = {word for text in said["reference"] for word in text.split()}
        unnamed = not all("file:" in text for text in said["reference"])
        return unnamed or {file_mark(sha) for sha in self.unusable["sha256"]} <= named

    def _thank(self, why: str):
        """Thanks for an answer, unless something was written since it came."""
        since = [d for d in self._sent("thanks", "notice", "corrections")
                 if d.isoformat() >= self.answered_on]
        if since or settings("survey")["thanks"] != "yes":
            return "none", None, "Nothing to ask"
        return "thanks", self.as_of, why

    def _after_answer(self):
        if self.asked.empty:
            return self._thank("Nothing to ask")
        times, last = self._asked_before()
        count = len(self.asked)
        what = f"{number_of(count, 'finding', 'findings')} to correct"
        if not times:
            return "corrections", self.as_of, what
        if self._sent("escalation") and max(self._sent("escalation")) >= last:
            day = max(self._sent("escalation")).isoformat()
            return "none", None, f"Escalated on {day}; {what}"
        day = last + self.wait
        if times >= int(settings("survey")["corrections"]):
            return "escalate", day, f"{what}, asked for {times} times"
        return "corrections", day, f"{what}, asked for on {last.isoformat()}"

    def _asked_before(self) -> tuple[int, date | None]:
        """How often these files were asked to be corrected, and when last.

        A reference that names files by their marks says so exactly; any other message counts
        for files whose effective date is not after it.
        """
        asked = self.messages[self.messages["kind"] == "corrections"]
        if asked.empty:
            return 0, None
        marks = {file_mark(sha) for sha in self.asked["sha256"]}
        dates = self.files[self.files["file"].isin(set(self.asked["file"]))]["effective_date"]
        newest = max(dates, default="")
        days = []
        for row in asked.itertuples():
            named = {word for word in row.reference.split() if word.startswith("file:")}
            if marks <= named if named else newest <= row.sent_on:
                days.append(date.fromisoformat(row.sent_on))
        return len(days), max(days, default=None)


def _letters(inputs) -> pd.DataFrame:
    sent = inputs.correspondence[inputs.correspondence["kind"] != "received"]
    return sent.sort_values(["supplier_id", "sent_on", "kind"], kind="stable")


def _no_3tg(inputs, responses) -> set[str]:
    files = {file for (file,), line in stands(inputs.decisions, "file").items()
             if line["value"] == "no_3tg"}
    other = responses["file"].isin(files) & (responses["template"] == "")
    return set(responses.loc[other, "supplier_id"])


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def add_notices(suppliers, smelter_rows, facilities, inputs, *, as_of: date,
                actions: pd.DataFrame | None = None) -> pd.DataFrame:
    """The same suppliers, those with nothing else due given the notice that is due to them, and
    those that answered the corrective action that somebody decided on, before anything else.

    Due to a supplier of which counted rows were matched to facilities of indeterminable status,
    unless a notice was sent since its newest answer, and within ``notice_days``.
    """
    open_ = indeterminable(smelter_rows, facilities)["supplier_id"].value_counts().to_dict()
    notices = inputs.correspondence[inputs.correspondence["kind"] == "notice"]
    last = notices.groupby("supplier_id")["sent_on"].max()
    oldest = (as_of - timedelta(days=int(settings("survey")["notice_days"]))).isoformat()
    wanted = {} if actions is None else to_ask(actions).groupby("supplier_id").size().to_dict()
    today, steps = as_of.isoformat(), []
    for row in records(suppliers):
        asked, count = wanted.get(row.supplier_id, 0), open_.get(row.supplier_id, 0)
        told = last.get(row.supplier_id, "")
        if asked and row.next_step in _AFTER_ANSWER:
            what = number_of(asked, "corrective action", "corrective actions")
            reason = f"{what} to ask for"
            steps.append(("action", today, reason))
        elif row.next_step in ("none", "thanks") and count and not (
            told and told >= row.answered_on and told >= oldest
        ):
            what = number_of(count, "facility", "facilities")
            reason = f"{what} of indeterminable status"
            steps.append(("notice", today, reason))
        else:
            steps.append((row.next_step, row.next_step_on, row.next_step_reason))
    columns = ["next_step", "next_step_on", "next_step_reason"]
    return suppliers.assign(**pd.DataFrame(steps, columns=columns, index=suppliers.index,
                                           dtype="str"))


def indeterminable(smelter_rows: pd.DataFrame, facilities: pd.DataFrame) -> pd.DataFrame:
    """Facilities of indeterminable status by supplier: one row each, sorted."""
    open_ = facilities[facilities["status"] == "indeterminable"]
    named = smelter_rows["counted"].astype(bool) & (smelter_rows["smelter_id"] != "")
    rows = smelter_rows[["supplier_id", "metal", "smelter_id"]][named].drop_duplicates()
    columns = ["metal", "smelter_id", "smelter_name", "country_name"]
    return rows.merge(open_[columns], on=["metal", "smelter_id"]).sort_values(
        ["supplier_id", "metal", "smelter_name", "smelter_id"], ignore_index=True)


def rates(suppliers: pd.DataFrame) -> pd.DataFrame:
    """Rates with what they count: ``rate, numerator, denominator, value, meaning``."""
    asked, answered = len(suppliers), int(suppliers["responded"].sum())
    rows = [
        ("response_rate", answered, asked, "Suppliers of which a CMRT counts, of all asked"),
        ("no_covered_country", int(suppliers["no_covered_country"].sum()), answered,
         "Suppliers that declare no Covered Country, of those that answered"),
        ("answers_with_errors", int((suppliers["errors"] > 0).sum()), answered,
         "Suppliers with an error in a file that counts, of those that answered"),
        ("no_3tg", int(suppliers["no_3tg"].sum()), asked,
         "Suppliers recorded, other than by a template, as using no 3TG, of all in the roster"),
        ("overdue", int((suppliers["days_overdue"] > 0).sum()), asked,
         "Suppliers whose answer is overdue, of all in the roster"),
    ]
    out = pd.DataFrame(rows, columns=["rate", "numerator", "denominator", "meaning"])
    share = out["numerator"] / out["denominator"].where(out["denominator"] > 0)
    return out.assign(value=share)[["rate", "numerator", "denominator", "value", "meaning"]]
