"""Filled templates for tests of the checks: one that nothing is wrong with, to be spoilt."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd

import makebook
from conflict_minerals.cmrt.layouts import layout
from conflict_minerals.intake import intake
from conflict_minerals.smelters import reference

AS_OF, YEAR = date(2024, 12, 31), 2024
NAME = "Example Parts GmbH"
GOLD, TANTALUM, TIN = "CID900001", "CID900002", "CID900003"
TUNGSTEN = [f"CID9001{n:02d}" for n in range(20)]
LOOKUP = [
    ("Gold", "Aurum Works", "Aurum Works Ltd.", "SWITZERLAND", GOLD),
    ("Gold", "Aurum Works Ltd.", "Aurum Works Ltd.", "SWITZERLAND", GOLD),
    ("Gold", "Goldhaus Refining AG", "Goldhaus Refining AG", "GERMANY", "CID900011"),
    ("Tantalum", "Tantal Huette GmbH", "Tantal Huette GmbH", "GERMANY", TANTALUM),
    ("Tantalum", "Tantal Neuwerk GmbH", "Tantal Neuwerk GmbH", "GERMANY", "CID900024"),
    ("Tin", "Estanho do Sul S.A.", "Estanho do Sul S.A.", "BRAZIL", TIN),
    *(("Tungsten", f"Wolfram Works {n:02d}", f"Wolfram Works {n:02d}", "CHINA", own)
      for n, own in enumerate(TUNGSTEN)),
    ("Cobalt", "Kobalt One Oy", "Kobalt One Oy", "FINLAND", "CID900005"),
    ("Copper", "Cupro Two Oy", "Cupro Two Oy", "FINLAND", "CID900006"),
    ("Mica", "Mica Three Pvt", "Mica Three Pvt", "INDIA", "CID900007"),
]
FIELDS = {
    "company_name": NAME, "scope": "A. Company", "contact_name": "Ann Tester",
    "contact_email": "ann@parts.example.com", "contact_phone": "+49 30 5550100",
    "authorizer": "Ben Prober", "authorizer_email": "ben@parts.example.com",
    "authorizer_phone": "+49 30 5550101", "effective_date": 45444,
}
_WORDS = {"percent_responded": "100%", "covered_countries": "No", "cahra": "No",
          "recycled_scrap": "No", "disclosure_required": "No",
          "survey": "Yes, in conformance with IPC1755 (e.g., CMRT)"}
# Drop-down lists of older revisions hold other words for the same.
_OLD = {"percent_responded": "Yes, 100%", "survey": "Yes"}


def row(metal, **columns):
    """A line of the smelter list for the metal's first facility of ``LOOKUP``."""
    _, _, name, country, own = next(
        e for e in LOOKUP if e[0] == metal and e[1] == e[2])
    line = {"metal": metal, "lookup": name, "name": name, "country": country, "id": own,
            "source": "EX", "recycled": "No"}
    return {**line, **columns}


class Form:
    """A template that is complete and agrees with itself, until somebody changes it.

    ``fields``, ``answers`` by (question or topic, metal), ``comments`` likewise, ``smelters``,
    ``products``, and ``sheets`` as ``makebook`` makes them, through ``edit``.
    """

    def __init__(self, family="CMRT", version="6.4", **options):
        self.family, self.version, self.options = family, version, options
        self.plan = layout(family, version)
        self.fields, self.comments, self.answers = dict(FIELDS), {}, {}
        self.products, self.edits = [], []
        minerals = options.get("minerals") or ["Cobalt", "Copper", "Mica"]
        old = family == "CMRT" and float(version[:4].rstrip("a")) < 6
        self.metals = []
        for question in self.plan.questions:
            for _, metal in question.answers:
                for name in (sorted(minerals) if metal == "?" else [metal]):
                    word = ({**_WORDS, **_OLD} if old else _WORDS).get(question.topic, "Yes")
                    self.answers[question.name, name] = word
                    if name and name not in self.metals:
                        self.metals.append(name)
            if question.topic == "policy_public":
                self.comments[question.name, ""] = "https://www.parts.example.com/policy"
        known = {e[0] for e in LOOKUP}
        self.smelters = [row(metal) for metal in self.metals if metal in known]

    def say(self, topic, metal, answer):
        """Answer the question on a topic."""
        self.answers[self.question(topic), metal] = answer

    def question(self, topic):
        return next(q.name for q in self.plan.questions if q.topic == topic)

    def cell(self, topic, metal=""):
        """Where the answer to a topic stands."""
        question = next(q for q in self.plan.questions if q.topic == topic)
        return f"D{next(r for r, m in question.answers if m == metal)}"

    def edit(self, function):
        """Change the finished sheets."""
        self.edits.append(function)

    def sheets(self):
        columns = self.plan.columns["smelters"]
        lines = [{k: v for k, v in line.items() if k in columns or k == "row"}
                 for line in self.smelters]
        sheets = makebook.template(
            self.family, self.version, fields=self.fields, answers=self.answers,
            comments=self.comments, smelters=lines, products=self.products,
            lookup=[e for e in LOOKUP if e[0] in self.metals], **self.options)
        for function in self.edits:
            sheets = function(sheets) or sheets
        return sheets

    def bytes(self):
        return makebook.book(self.sheets())


def read(files: dict[str, bytes], folder: Path):
    """The intake of files by name, laid out below a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return intake.read_folder(folder)


def table(columns: str, *rows) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split(","), dtype="str")


def inputs(suppliers, *, correspondence=(), decisions=(), products=(), **survey):
    """A year's inputs for a roster of ``(supplier_id, name)`` or ids."""
    roster = [(s, NAME) if isinstance(s, str) else s for s in suppliers]
    return SimpleNamespace(
        suppliers=table(
            "supplier_id,supplier_name,contact_name,contact_email,language,requested_on,products,"
            "spend",
            *((s, n, "Ann Tester", f"ann@{s}.example.com", "en", "2024-09-02", "", "")
              for s, n in roster)),
        correspondence=table("supplier_id,sent_on,kind,reference", *correspondence),
        decisions=table("id,kind,key,value,supersedes", *decisions),
        products=table("product,tantalum,tin,gold,tungsten,suppliers", *products),
        program={
            "year": YEAR, "registrant": {"name": "Example Corp", "short_name": "Example"},
            "survey": {
                "oldest_version": "6.0", "product_level_asked": False, "due_on": date(2024, 10, 2),
                "due_after_days": 30, "remind_after_days": 30,
                "template_name": "Conflict Minerals Reporting Template",
                "suppliers_word": "suppliers", **survey,
            },
            "programme": {"initiative": "Responsible Minerals Initiative",
                          "audit_programme": "Responsible Minerals Assurance Process"},
            "facts": [{"id": "policy", "text": "We buy with care.", "web_address":
                       "https://corp.example.com/policy"}],
        },
    )


def known(taken):
    """The reference of the look-up sheets, a list that retires one id, and one with a new id."""
    columns = ("list_id,kind,scheme,as_of,file,sheet,row,metal,smelter_id,name,alias,country,"
               "country_reported,state,old_id,problem,note")
    listed = table(columns, (
        "new", "conformant", "RMAP", "2024-01-01", "lists/new.csv", "", "2", "Tantalum",
        "CID900098", "Tantal Neuwerk GmbH", "", "DEU", "GERMANY", "", "", "", ""), (
        "gone", "retired", "", "2024-01-01", "lists/gone.csv", "", "2", "Tin", "CID900099",
        "Former Tin Works", "", "PER", "PERU", "closed", "", "", ""))
    return reference.build(taken.lookups, listed.astype({"row": "int64"}), as_of=AS_OF)
