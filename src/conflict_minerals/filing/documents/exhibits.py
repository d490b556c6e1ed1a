"""The tables that stand in the documents, by the name that a template asks for."""

from collections.abc import Callable
from dataclasses import replace

from conflict_minerals.filing.documents import facility_tables
from conflict_minerals.filing.documents.document import BY, DATE, Block, Run, Sentence
from conflict_minerals.filing.documents.tablemaker import (
    Maker,
    block,
    cell,
    dashed,
    day,
    said,
)
from conflict_minerals.filing.documents.words import older, printed, safe
from conflict_minerals.ground.terms import METALS, STATUSES
from conflict_minerals.year import setting


def maker(source: Maker) -> Callable[[str], Block]:
    """Makes the block of a name: ``maker(source)("annex_i_tin")``.

    Raises:
        LookupError: no table has that name.
    """
    def make(name: str) -> Block:
        if name not in _MAKERS:
            raise LookupError(f"there is no table {name!r}; known are {', '.join(sorted(_MAKERS))}")
        return _MAKERS[name](source)

    return make


def _cover(make: Maker) -> Block:
    """State, file number and tax number over their captions."""
    values = ("registrant.state", "registrant.commission_file_number", "registrant.irs_number")
    captions = ("state", "file_number", "irs_number")
    rows = [[make.setting(v, bold=True) for v in values], [make.caption(c) for c in captions]]
    return block("cover", (), rows, (1, 1, 1), plain=True, evidence=("file:program.yml",))


def _address(make: Maker) -> Block:
    rows = [
        [make.setting("registrant.address", bold=True), make.setting("registrant.zip_code", True)],
        [make.caption("address"), make.caption("zip_code")],
    ]
    return block("address", (), rows, (3, 1), plain=True, evidence=("file:program.yml",))


def _boxes(make: Maker) -> Block:
    rows = [[(Run("\u2612", "form", "box_13p1"),), make.caption("box_13p1")]]
    if make.form.get("box_13q1"):
        rows.append([(Run("\u2610", "form", "box_13q1"),), make.caption("box_13q1")])
    return block("boxes", (), rows, (1, 16), plain=True, evidence=("setting:form.edition",))


def _signature(make: Maker) -> Block:
    """Registrant, then for each signer a line, name, title and a date to be filled in."""
    line = said("______________________________")
    rows = [[said(""), make.setting("registrant.name", bold=True)],
            [said(""), make.caption("registrant")]]
    for who in ("signer", "second_signer"):
        if who == "signer" or setting(make.program, f"{who}.name"):
            rows += [[said(BY), line], [said("Name:"), make.setting(f"{who}.name")],
                     [said("Title:"), make.setting(f"{who}.title")], [said(DATE), line]]
    return replace(block("signature", (), rows, (1, 5), plain=True), kind="signature")


def _products(make: Maker) -> Block:
    rows = make.frame("products")
    rows = rows[rows["in_scope"]] if len(rows) else rows
    words = {"made": "By us", "contracted": "Under contract"}
    how = len(set(rows["made_or_contracted"])) > 1  # else a sentence says it of all
    body = [
        [
            cell(row["product"], "products"),
            *([cell(words[row["made_or_contracted"]], "products")] if how else []),
            *(cell(row[m.lower()].capitalize(), "products") for m in METALS),
        ]
        for row in rows.to_dict("records")
    ]
    head = ("Product", *(["Manufacture"] if how else []), *METALS)
    return block("products", head, body, (4, *([2] if how else []), 1.2, 1.4, 1.2, 1.4),
                  whole=True, evidence=("table:products",))


def _suppliers(make: Maker) -> str:
    word = safe(printed(make.program["survey"].get("suppliers_word"))) or "suppliers"
    return word[0].upper() + word[1:]


def _survey(make: Maker) -> Block:
    """What was asked and what came; a line that counts nothing is left out."""
    many = _suppliers(make)
    lines = [
        (f"{many} surveyed", "suppliers_surveyed"),
        (f"{many} that returned a completed Template", "suppliers_responded"),
        ("Response rate", "response_rate"),
        (f"{many} that did not return a completed Template", "suppliers_not_responded"),
        (f"{many} that reported that none of the necessary 3TG originated in a Covered Country",
         "suppliers_no_covered_country"),
        (f"{many} that reported using no 3TG", "suppliers_no_3tg"),
        (f"{many} from which corrections were requested", "suppliers_sent_corrections"),
        ("Templates relied on", "files_counted"),
        ("Templates relied on that were completed at company level", "cmrts_company"),
        ("Templates relied on that were completed at product level", "cmrts_product"),
        ("Templates relied on that were completed for another defined scope",
         "cmrts_user_defined"),
    ]
    rows = [[(Run(text, "word", "survey"),), make.fig(id)] for text, id in lines if make.value(id)]
    return block("survey", ("Survey", "Number"), rows, (5, 1), (1,))


def _spend(make: Maker) -> Block:
    """How many responded of the suppliers with whom the spend is of each class."""
    rows = [[said(word.capitalize()), *(make.fig(f"{id}_{word}") for id in
                                         ("surveyed_spend", "responded_spend",
                                          "response_rate_spend"))]
            for word in ("high", "medium", "low") if make.value(f"surveyed_spend_{word}")]
    head = ("Class of spend", "Surveyed", "Responded", "Response rate")
    return block("spend", head, rows, (3, 2, 2, 2), (1, 2, 3))


def _answers(make: Maker) -> Block:
    """What the counted templates answer on Covered Countries and on scrap, by metal in scope."""
    rows = [
        [said(metal), *(make.fig(f"{question}_{answer}_{metal.lower()}")
                         for question in ("covered", "recycled")
                         for answer in ("yes", "no", "unknown"))]
        for metal in METALS if make.value(f"products_{metal.lower()}")
    ]
    over = ((said(""), 1), (said("Originated in a Covered Country"), 3),
            (said("All from recycled or scrap sources"), 3))
    head = ("3TG", *("Yes", "No", "Unknown") * 2)
    return block("answers", head, rows, (2, 1.3, 1.3, 1.3, 1.3, 1.3, 1.3), range(1, 7), over=over)


def _scope_record(make: Maker) -> Block:
    """Every product that was looked at, with what takes it out of the Rule's reach."""
    why = {"no": "Not completed in the period", "yes": "No 3TG necessary"}
    body = [
        [cell(row["product"], "products"),
         cell("In scope" if row["in_scope"] else why["yes" if row["completed"] else "no"],
               "products")]
        for row in make.frame("products").to_dict("records")
    ]  # fmt: skip
    return block("scope_record", ("Product", "Determination"), body, (3, 3), whole=True,
                  evidence=("table:products",))


def _audit_report(make: Maker) -> Block:
    """The auditor's report as it lies in evidence/, an empty line where a blank one stands."""
    parts = [safe(part) for part in make.audit_report.split("\n\n")]
    gap = (Run("\n", "break"),) * 2
    said = [Sentence((Run(part, "cell", "audit.document"), *gap), kind="form")
            for part in parts if part]
    return Block("paragraph", tuple(said) or (Sentence(make.setting("audit.report"), kind="form"),))


def _lists(make: Maker) -> Block:
    kinds = {"conformant": "Conformant facilities", "active": "Active facilities",
             "retired": "Facilities no longer listed",
             "revisions": "Additions, changes and removals",
             "cross_recognised": "Facilities listed by a recognized program",
             "public": "Facilities listed publicly",
             "reference": "Names and identification numbers"}
    lists = make.lists[make.lists["kind"].isin(kinds)]
    lists = lists.assign(older=older(lists))
    rows = [
        [cell(row["scheme"] or row["list_id"], "lists.yml"),
         cell(kinds[row["kind"]] + (" (earlier list)" if row["older"] else ""), "lists.yml"),
         cell(row["source"], "lists.yml"),
         cell(day(row["as_of"]), "lists.yml")]
        for row in lists.sort_values(["kind", "list_id"]).to_dict("records")
    ]
    head = ("Program", "List of", "Source", "As of")
    return block("lists", head, rows, (2, 3, 5, 2), evidence=("file:lists.yml",))


def _changes(make: Maker) -> Block:
    """This year's figures beside those of the year compared with, where that has them."""
    many = _suppliers(make)
    ids = [
        (f"{many} surveyed", "suppliers_surveyed"),
        (f"{many} that returned a completed Template", "suppliers_responded"),
        ("Response rate", "response_rate"),
        ("Facilities", "facilities"),
    ]
    rows = []
    for text, id in [*ids, *((None, status) for status in STATUSES)]:
        named = (Run(text, "word", "survey"),) if text else make.label(id)
        rows.append((named, id))
    rows += [((*make.label("conformant"), Run(f", {metal.lower()}", "word", "survey")),
              f"conformant_{metal.lower()}")
             for metal in METALS if make.value(f"facilities_{metal.lower()}")]
    rows = [[named, (Run(dashed(safe(make.before[id]["text"])), "before", id),), make.fig(id)]
            for named, id in rows if (make.before.get(id) or {}).get("text")]
    head = ("Result", make.year_before or "Prior year", str(make.program["year"]))
    return block("changes", head, rows, (5, 2, 2), (1, 2))


def _promises(make: Maker) -> Block:
    year = str(make.program.get("year", ""))
    words = {"open": "Open", "kept": "Completed", "not_kept": "Not completed",
             "partly": "Completed in part"}
    rows = [
        [(Run(safe(p["text"]), "promise", p["id"]),),
         (Run(words.get(p["state"], "Open"), "promise", p["id"]),),
         (Run(safe(p.get("outcome")) or "Nothing recorded", "promise", p["id"]),)]
        for p in make.program.get("promises") or []
        if str(p.get("made_in") or "") < year
    ]
    return block("promises", ("Step announced", "Status", "Outcome"), rows, (5, 1.6, 4))


_MAKERS: dict[str, Callable[[Maker], Block]] = {
    "cover": _cover, "address": _address, "boxes": _boxes, "signature": _signature,
    "products": _products, "survey": _survey, "answers": _answers, "flags": facility_tables.flags,
    "status_by_metal": facility_tables.status_by_metal, "by_country": facility_tables.by_country,
    "origins": facility_tables.origins, "lists": _lists, "changes": _changes, "promises": _promises,
    "changed_facilities": facility_tables.changed_facilities, "scope_record": _scope_record,
    "spend": _spend,
    **{f"annex_i_{metal.lower()}{part}": facility_tables.annex_i(metal, which) for metal in METALS
       for part, which in (("", None), ("_conformant", True), ("_others", False))},
    "audit_report": _audit_report, "contents": lambda make: Block("contents"),
    "page_break": lambda make: Block("page_break"),
}  # fmt: skip
