"""For every rule of ``rules.csv`` a file that breaks it and a near one that does not.

An example is a ``Form`` (or the bytes of a file, or several by name) made by a small function.
``FIRES`` and ``SILENT`` are filled by the decorators; the tests read both side by side.
"""

import io

from msoffcrypto.format.ooxml import OOXMLFile

import makebook
from declarations import GOLD, LOOKUP, TUNGSTEN, Form, row
from makebook import Error

FIRES, SILENT = {}, {}
# Names of roster entries other than the one of every form, decisions, products, by example.
ROSTER = {"company-name-contradicts-folder-fires": "Quite Another Company",
          "company-question-unanswered-silent": "EXAMPLE PARTS G.m.b.H."}
STRAYS = {"unknown-supplier-folder-fires", "nobody-with-the-same-list"}
DECISIONS = [
    ("1", "file", "decision-without-effect-fires/a.pdf", "counts", ""),
    ("2", "file", "decision-without-effect-silent/a.xlsx", "counts", ""),
    ("3", "file", "no-3tg-though-declared-fires/b.pdf", "no_3tg", ""),
    ("4", "file", "no-3tg-though-declared-silent/b.pdf", "no_3tg", ""),
]
PRODUCTS = [("Scanner", "no", "yes", "no", "no", "necessary-metal-declared-absent-fires"),
            ("Cable", "no", "no", "yes", "no", "necessary-metal-declared-absent-silent")]


def fires(rule):
    return lambda function: FIRES.setdefault(rule, function)


def silent(rule):
    return lambda function: SILENT.setdefault(rule, function)


def pair(rule, breaks, keeps, *family):
    """Two changes to a good form: one that breaks the rule and one that does not."""

    def made(change):
        def build():
            form = Form(*family)
            change(form)
            return form

        return build

    FIRES[rule], SILENT[rule] = made(breaks), made(keeps)


def put(**fields):
    return lambda form: form.fields.update(fields)


def say(topic, metal, answer, comment=None):
    def change(form):
        form.say(topic, metal, answer)
        if comment is not None:
            form.comments[form.question(topic), metal] = comment

    return change


def all_of(*changes):
    return lambda form: [change(form) for change in changes]


def line(metal="Gold", **columns):
    """One more line of the smelter list."""
    known = metal if metal in {entry[0] for entry in LOOKUP} else "Gold"
    return lambda form: form.smelters.append({**row(known), **columns, "metal": metal})


def first(**columns):
    """The first line of the smelter list (tantalum) changed."""
    return lambda form: form.smelters[0].update(columns)


def without(metal):
    return lambda form: form.smelters.__setitem__(
        slice(None), [s for s in form.smelters if s["metal"] != metal])


def cell(sheet, **values):
    """Cells of a finished sheet changed; ``None`` takes one out."""

    def edit(sheets):
        for at, value in values.items():
            if value is None:
                sheets[sheet].pop(at, None)
            else:
                sheets[sheet][at] = value

    return lambda form: form.edit(edit)


def same(form):
    """Nothing is changed."""


def absent(metal, topic="used_intentionally"):
    """The metal declared absent, its later answers and lines taken out."""

    def change(form):
        form.say(topic, metal, "No")
        for question in form.plan.questions:
            if question.topic not in ("used_intentionally", "remains_in_product"):
                form.answers.pop((question.name, metal), None)
        if topic == "used_intentionally":
            form.answers.pop((form.question("remains_in_product"), metal), None)
        without(metal)(form)

    return change


def unlisted(**columns):
    return line(**{"lookup": "Smelter not listed", "name": "New Works", "country": "GERMANY",
                   "id": None, "source": None, **columns})


OPEN = {"lookup": "Smelter not yet identified", "name": None, "country": None, "id": None,
        "source": None}

# ---- what each finding weighs, and what it is about
# The declaration cannot be relied on as it is.
ERRORS = set("""
    company-name-missing scope-missing scope-description-missing contact-name-missing
    contact-email-missing contact-phone-missing authorizer-missing authorizer-email-missing
    authorizer-phone-missing effective-date-missing minerals-not-selected
    other-minerals-not-named question-unanswered company-question-unanswered
    policy-address-missing smelter-list-empty metal-without-smelters
    product-scope-without-products unlisted-smelter-incomplete effective-date-future
    effective-date-impossible nothing-answered email-missing-at company-name-placeholder
    scope-description-says-nothing covered-country-without-cahra metal-declared-but-not-listed
    smelter-metal-missing smelter-name-missing all-identified-but-unidentified-row
    covered-country-mine-though-denied id-of-other-metal effective-date-tie
    effective-date-cannot-be-ordered file-unreadable no-3tg-though-declared
    answer-not-understood date-ambiguous date-unreadable sheet-missing metal-names-several
""".split())
# Worth knowing, and nobody is asked to mend it for its weight; every other rule is a warning.
REMARKS = set("""
    template-not-newest template-faulty-revision file-name-names-other-revision
    language-not-english file-name-names-a-person file-name-not-printable
    same-list-as-other-supplier smelters-gone-since-last-year email-placeholder
    person-is-email phone-without-digits company-scope-though-products-asked
    not-all-smelters-identified answers-for-absent-metal necessary-metal-declared-absent
    company-practice-missing smelter-country-unknown cell-too-long id-untidy
    smelter-may-have-new-id id-beside-not-listed known-smelter-without-id
    smelter-under-two-names product-listed-twice products-without-product-scope
    requested-product-not-listed file-sent-twice answer-not-english date-as-text
    question-moved field-moved cell-outside header-moved row-without-smelter row-derived
    extension-differs external-links rows-hidden cells-merged default-password
""".split())
# About the file as a whole, though a cell shows it.
OF_THE_FILE = set("""
    company-name-contradicts-folder effective-date-before-period
    effective-date-before-template effective-date-cannot-be-ordered effective-date-future
    effective-date-impossible effective-date-stale effective-date-tie
    file-name-names-other-revision language-not-english revision-missing revision-unknown
    same-declaration-as-last-year scope-changed-since-last-year sheet-of-same-form
    smelter-list-empty template-faulty-revision template-not-newest template-outdated
""".split())

# ---- what the template's own Checker asks
pair("company-name-missing", put(company_name=None), same)
pair("scope-missing", put(scope=None), same)
pair("scope-description-missing", put(scope="C. User defined"),
     put(scope="C. User defined", scope_description="The works in Ulm"))
pair("contact-name-missing", put(contact_name=None), same)
pair("contact-email-missing", put(contact_email=None), same)
pair("contact-phone-missing", put(contact_phone=None), same)
pair("authorizer-missing", put(authorizer=None), same)
pair("authorizer-email-missing", put(authorizer_email=None), same)
pair("authorizer-phone-missing", put(authorizer_phone=None), same, "CMRT", "3.01")
SILENT["authorizer-phone-missing"] = lambda: _with(Form(), put(authorizer_phone=None))
pair("effective-date-missing", put(effective_date=None), same)
pair("question-unanswered", lambda f: f.answers.pop(("3", "Gold")), absent("Gold"))
pair("company-question-unanswered", lambda f: f.answers.pop(("F", "")),
     all_of(*(absent(m) for m in ("Gold", "Tin", "Tantalum", "Tungsten")),
            lambda f: [f.answers.pop((q, "")) for q in "ABCDEFGH"]))
pair("policy-address-missing", say("policy_public", "", "Yes", ""),
     say("policy_public", "", "No", ""))
pair("smelter-list-empty", lambda f: f.smelters.clear(), without("Gold"), "CMRT", "3.01")
pair("metal-without-smelters", without("Gold"), absent("Gold"))
pair("product-scope-without-products", put(scope="B. Product (or List of Products)"),
     all_of(put(scope="B. Product (or List of Products)"),
            lambda f: f.products.append({"number": "P-1", "name": "Cable"})))
pair("unlisted-smelter-incomplete", unlisted(country=None), unlisted())


def _with(form, *changes):
    for change in changes:
        change(form)
    return form


@fires("minerals-not-selected")
def no_minerals():
    form = Form("EMRT", "2.0")
    form.answers.clear()
    form.edit(lambda sheets: {**sheets, "Declaration": {
        at: value for at, value in sheets["Declaration"].items()
        if at not in ("D12", "E12", "G12")
        and not str(getattr(value, "saved", "")).endswith("  (*)")
    }})
    return form


@silent("minerals-not-selected")
def minerals():
    return Form("EMRT", "2.0")


def _other_minerals(*names):
    def build():
        form = Form("AMRT", "1.3", minerals=["Aluminum"])
        form.edit(lambda sheets: sheets["Declaration"].update(
            {"E12": "Other [specify below]"} | dict(zip(("D15", "E15"), names, strict=False))))
        return form

    return build


FIRES["other-minerals-not-named"] = _other_minerals()
SILENT["other-minerals-not-named"] = _other_minerals("Indium")


# ---- files
@fires("unknown-supplier-folder")
@silent("unknown-supplier-folder")
def any_folder():
    return Form()


pair("company-name-contradicts-folder", same, put(company_name="Sample Tarps"))
pair("template-outdated", same, same, "CMRT", "5.12")
SILENT["template-outdated"] = lambda: Form("CMRT", "6.01")
pair("template-not-newest", same, same, "CMRT", "6.31")
SILENT["template-not-newest"] = lambda: Form("CMRT", "6.4")
FIRES["template-faulty-revision"] = lambda: Form("CMRT", "6.3")
SILENT["template-faulty-revision"] = lambda: Form("CMRT", "6.31")
FIRES["file-name-names-other-revision"] = lambda: {"RMI_CMRT_6.31.xlsx": Form()}
SILENT["file-name-names-other-revision"] = lambda: {"CMRT_6.40 (12).xlsx": Form()}
pair("effective-date-future", put(effective_date=45658), put(effective_date=45657))
pair("effective-date-stale", put(effective_date=45291), put(effective_date=45292))
pair("effective-date-before-period", put(effective_date=45291), put(effective_date=45292))
pair("effective-date-impossible", put(effective_date=39000), same)
pair("effective-date-before-template", put(effective_date=45400), put(effective_date=45410))
FIRES["language-not-english"] = lambda: Form(language="Deutsch")
SILENT["language-not-english"] = Form
pair("nothing-answered", lambda f: f.answers.clear(),
     lambda f: [f.answers.pop(k) for k in list(f.answers) if k[0] != "1"])
FIRES["file-name-names-a-person"] = lambda: {"CMRT_Ann_Tester_2024.xlsx": Form()}
SILENT["file-name-names-a-person"] = lambda: {"CMRT_Annual_Tester_2024.xlsx": Form()}


def _lines(last):
    """A list of six lines, the last one's own."""
    form = Form()
    form.smelters += [row("Tungsten", id=own, lookup=f"Wolfram Works {own[-2:]}", name=None)
                      for own in (TUNGSTEN[3], last)]
    return form


def _five_lines(last):
    form = _lines(last)
    without("Tin")(form)
    return form


# The list under "silent" stands in this folder, so the one in the other folder repeats it or not.
FIRES["same-list-as-other-supplier"] = lambda: _five_lines(TUNGSTEN[4])
SILENT["same-list-as-other-supplier"] = lambda: _five_lines(TUNGSTEN[5])
# The year before knows a list of six lines for each, as ``test_rules`` writes it.
FIRES["same-declaration-as-last-year"] = lambda: _lines(TUNGSTEN[6])
SILENT["same-declaration-as-last-year"] = lambda: _lines(TUNGSTEN[7])
FIRES["smelters-gone-since-last-year"] = lambda: _with(
    _lines(TUNGSTEN[8]), without("Tin"), line("Tin", id="CID900099", name="Former Tin Works"))
SILENT["smelters-gone-since-last-year"] = lambda: _lines(TUNGSTEN[9])


def _since(**changes):
    """Five lines of tungsten and a good form otherwise: the year before says the same, or not."""
    form = Form()
    form.smelters += [row("Tungsten", id=own, lookup=f"Wolfram Works {own[-2:]}", name=None)
                      for own in TUNGSTEN[10:14]]
    form.fields |= changes
    return form


for _rule in ("list-replaced", "answer-flipped", "scope-changed"):
    FIRES[f"{_rule}-since-last-year"] = SILENT[f"{_rule}-since-last-year"] = _since
TWINS = {"same-list-as-other-supplier-twin": lambda: _five_lines(TUNGSTEN[4]),
         "nobody-with-the-same-list": lambda: _five_lines(TUNGSTEN[5])}

FIRES["file-name-not-printable"] = lambda: {"CMRT\u202exslx.txt": Form()}
SILENT["file-name-not-printable"] = lambda: {"CMRT \u00fcber \u4e2d\u6587.xlsx": Form()}

# ---- header block
pair("email-missing-at", put(contact_email="ann at parts"), put(contact_email="n/a"))
pair("email-placeholder", put(contact_email="n/a"), same)
pair("email-malformed", put(contact_email="ann@parts"), same)
pair("person-placeholder", put(authorizer="Same"), put(authorizer="Samantha Same"))
pair("person-is-email", put(authorizer="ben@parts.example.com"), same)
pair("phone-without-digits", put(contact_phone="see web page"), same)
pair("company-name-placeholder", put(company_name="N/A"), same)
pair("scope-description-says-nothing", put(scope="C. User defined", scope_description="n/a"),
     put(scope="A. Company", scope_description="n/a"))
pair("company-scope-though-products-asked", same, put(scope="C. User defined",
                                                      scope_description="The works in Ulm"))

# ---- answers
pair("covered-country-without-cahra", say("covered_countries", "Gold", "Yes"),
     all_of(say("covered_countries", "Gold", "Yes"), say("cahra", "Gold", "Yes")))
pair("origin-excluded-without-knowing-all", say("all_identified", "Gold", "No"),
     all_of(say("all_identified", "Gold", "No"), say("covered_countries", "Gold", "Unknown"),
            say("cahra", "Gold", "Unknown")))
pair("all-identified-without-all-answers", say("percent_responded", "Gold", "Greater than 90%"),
     all_of(say("percent_responded", "Gold", "Greater than 90%"),
            say("all_identified", "Gold", "No")))
pair("few-suppliers-answered", say("percent_responded", "Gold", "50% or less"),
     say("percent_responded", "Gold", "Greater than 50%"))
pair("not-all-smelters-identified", say("all_identified", "Gold", "No"), same)
pair("not-all-smelters-reported", say("all_reported", "Gold", "No"), same)
pair("answers-for-absent-metal", say("used_intentionally", "Gold", "No"), absent("Gold"))
pair("unused-metal-in-product", say("used_intentionally", "Gold", "No"), absent("Gold"))
pair("usage-unknown", say("used_intentionally", "Cobalt", "Unknown"),
     say("used_intentionally", "Cobalt", "No"), "EMRT", "1.3")
pair("necessary-metal-declared-absent", absent("Tin"), absent("Tin"))
pair("all-reported-but-none-listed", without("Gold"), absent("Gold"))
pair("metal-only-unidentified", all_of(without("Gold"), line(**OPEN)), line(**OPEN))
pair("metal-declared-but-not-listed", without("Gold"), absent("Gold", "remains_in_product"),
     "CMRT", "3.01")
pair("recycled-answer-against-rows", say("recycled_scrap", "Gold", "Yes"),
     all_of(say("recycled_scrap", "Gold", "Yes"), without("Gold"), line(recycled="Yes")))
pair("policy-public-without-policy", say("policy", "", "No"),
     all_of(say("policy", "", "No"), say("policy_public", "", "No")))
pair("policy-address-implausible", say("policy_public", "", "Yes", "on our web site"),
     say("policy_public", "", "Yes", "parts.example.com/policy"))
pair("other-format-not-described", say("survey", "", "Yes, using other format (describe)"),
     say("survey", "", "Yes, using other format (describe)", "a spreadsheet of our own"))
pair("company-practice-missing", say("review", "", "No"), say("disclosure_required", "", "No"))

# ---- smelter list
pair("smelter-metal-missing", line(metal=None), line("Gold", **OPEN))
pair("smelter-of-other-template", line(metal="Cobalt", id=None), same)
pair("smelter-name-missing", lambda f: f.smelters.append({"metal": "Gold"}), line(**OPEN))
pair("smelter-name-placeholder", line(lookup="Unknown", name="unknown", id=None), line(**OPEN))
pair("all-identified-but-unidentified-row", line(**OPEN),
     all_of(line(**OPEN), say("all_identified", "Gold", "No")))
pair("smelters-of-absent-metal", all_of(absent("Gold"), line()), absent("Gold"))
pair("smelters-of-unselected-mineral", lambda f: f.smelters.append(
    {"metal": "Lithium", "lookup": "Lithia Works", "name": "Lithia Works", "country": "CHILE"}),
    same, "EMRT", "2.0")
pair("smelter-country-missing", line(lookup="Tiny Works", name="Tiny Works", country=None,
                                     id=None), same)
pair("smelter-country-unknown", first(country="Ruritania"), first(country="Deutschland"))
pair("covered-country-mine-though-denied", first(mine_countries="Peru; DR Congo"),
     all_of(first(mine_countries="Peru; DR Congo"),
            say("covered_countries", "Tantalum", "Yes"), say("cahra", "Tantalum", "Yes")))
pair("recycled-row-names-mine", first(recycled="Yes", mines="Pit 7"),
     first(recycled="Yes", mines="Recycled"))
pair("recycled-word-without-yes", first(mines="scrap", recycled="No"),
     first(mines="scrap", recycled="Yes"))
pair("cell-too-long", first(comments="x" * 256), first(comments="x" * 255))
pair("cell-begins-like-formula", first(comments="=1+1"), first(comments="1 = 1"))
pair("row-below-the-form", line(row=2505), line(row=2504))

# ---- smelters against the reference
pair("id-malformed", first(id="900002"), first(id="CID 900 002"))
pair("id-old-style", first(id="3DEU001"), same)


def _old_id_on_the_old_form():
    form = Form("CMRT", "2.03")
    first(id="3DEU001")(form)
    return form


SILENT["id-old-style"] = _old_id_on_the_old_form
pair("id-untidy", first(id="cid-900002"), same)
pair("id-unknown", line(id="CID999999"), unlisted())
pair("id-typed-differs", first(id_input=GOLD), first(id_input="CID 900002"))
pair("id-of-other-metal", first(id=GOLD), same)
pair("id-of-other-name", line(id=GOLD, lookup="Goldhaus Refining AG",
                              name="Goldhaus Refining AG"),
     line(lookup="Aurum Works", name="AURUM WORKS"))
pair("id-of-other-country", first(country="FRANCE"), first(country="Germany"))
pair("smelter-may-have-new-id",
     line("Tantalum", id="CID900024", lookup="Tantal Neuwerk GmbH", name="Tantal Neuwerk GmbH"),
     line("Tantalum", id="CID900098", lookup="Tantal Neuwerk GmbH", name="Tantal Neuwerk GmbH"))
pair("id-retired", line("Tin", id="CID900099", lookup="Former Tin Works",
                        name="Former Tin Works", country="PERU"), same)
pair("id-beside-not-listed", unlisted(id="CID900011"), unlisted())
pair("not-listed-though-known", unlisted(name="Goldhaus Refining AG"),
     unlisted(name="Goldhaus Smelting AG"))
pair("known-smelter-without-id", line(lookup="Goldhaus Refining AG",
                                      name="Goldhaus Refining AG", id=None), same)
pair("smelter-name-unknown", line(lookup="Nowhere Refining", name="Nowhere Refining", id=None),
     all_of(unlisted(), line(lookup="Aurum Works", name="Aurum", id=None)))
pair("id-not-found-by-template", all_of(line(None, id_input="CID 900 002", lookup=None, name=None,
                                             country=None, id=None),
                                        cell("Smelter List", B9=Error("#N/A"), C9=Error("#N/A"))),
     first(id_input="CID900002"))
pair("smelter-listed-twice", line(), line(id="CID900011", lookup="Goldhaus Refining AG",
                                          name="Goldhaus Refining AG", country="GERMANY"))
pair("smelter-under-two-names", line(lookup="Aurum Works", name="Aurum Works Suisse"), line())


def _wolfram(count):
    form = Form()
    form.smelters += [row("Tungsten", id=own, lookup=f"Wolfram Works {n:02d}", name=None)
                      for n, own in enumerate(TUNGSTEN[:count]) if n]
    return form


FIRES["look-up-list-pasted"] = lambda: _wolfram(16)
SILENT["look-up-list-pasted"] = lambda: _wolfram(15)

# ---- products
PRODUCT = put(scope="B. Product (or List of Products)")


def products(*numbers):
    return lambda f: f.products.extend({"number": n, "name": "Cable"} for n in numbers)


pair("product-number-missing", all_of(PRODUCT, products("P-1", None)),
     all_of(PRODUCT, products("P-1")))
pair("product-listed-twice", all_of(PRODUCT, products("P-1", "p 1")),
     all_of(PRODUCT, products("P-1", "P-2")))
pair("requested-product-not-listed", all_of(PRODUCT, products("P-1")),
     all_of(PRODUCT, products("HA-1")))
pair("products-without-product-scope", products("P-1"), all_of(PRODUCT, products("P-1")))

# ---- verdicts: files held against one another
OTHER = put(contact_phone="+49 30 5550199")
FIRES["effective-date-tie"] = lambda: {"a.xlsx": Form(), "b.xlsx": _with(Form(), OTHER)}
SILENT["effective-date-tie"] = lambda: {
    "a.xlsx": Form(), "b.xlsx": _with(Form(), put(effective_date=45450))}
FIRES["effective-date-cannot-be-ordered"] = lambda: {
    "a.xlsx": Form(), "b.xlsx": _with(Form(), put(effective_date=None))}
SILENT["effective-date-cannot-be-ordered"] = lambda: {
    "a.xlsx": Form(), "b.xlsx": _with(Form(), put(effective_date=None, scope="C. User defined",
                                                  scope_description="The works in Ulm"))}
FIRES["file-sent-twice"] = lambda: {"a.xlsx": Form(), "copy.xlsx": Form()}
SILENT["file-sent-twice"] = SILENT["effective-date-tie"]
FIRES["file-unreadable"] = lambda: {"a.xlsx": Form().bytes()[:900]}
SILENT["file-unreadable"] = lambda: {"a.pdf": b"%PDF-1.4 we use no 3TG"}
FIRES["no-3tg-though-declared"] = lambda: {"a.xlsx": Form(), "b.pdf": b"%PDF-1.4 no 3TG"}
SILENT["no-3tg-though-declared"] = lambda: {
    "a.xlsx": _with(Form(), absent("Gold"), absent("Tantalum"), absent("Tin"),
                    absent("Tungsten")), "b.pdf": b"%PDF-1.4 no 3TG"}
FIRES["decision-without-effect"] = lambda: {"a.pdf": b"%PDF-1.4 we use no 3TG"}
SILENT["decision-without-effect"] = Form

# ---- the reader's own
pair("answer-not-english", say("policy", "", "Ja"), same)
pair("answer-not-offered", say("used_intentionally", "Gold", "Unknown"), same)
pair("answer-not-understood", say("used_intentionally", "Gold", "perhaps"), same)
pair("answer-without-mineral", cell("Declaration", D36="Yes"), same, "EMRT", "2.0")
pair("error-value", cell("Smelter List", E5=Error("#N/A")), cell("Declaration", D38=Error("#N/A")))
pair("date-ambiguous", put(effective_date="03/04/2024"), put(effective_date="30/04/2024"))
pair("date-unreadable", put(effective_date="soon"), put(effective_date="1-Jun-2024"))
pair("date-as-text", put(effective_date="1-Jun-2024"), same)
pair("scope-not-offered", put(scope="The group"), same)
pair("cell-outside", cell("Smelter List", XFD1048576="x"), same)
pair("row-without-smelter", lambda f: f.smelters.append({"comments": "see below"}), same)
pair("metal-unknown", line(metal="Kryptonite"), same)
pair("revision-missing", cell("Declaration", J3=None), same)
pair("revision-unknown", cell("Declaration", J3="Revision 6.99"), same)
pair("text-cut", first(comments="x" * 40000), first(comments="x" * 300))
pair("metal-moved", cell("Declaration", B27="Gold  (*)"), same)
pair("field-moved", cell("Declaration", B8=None, D8=None, B11="Company Name (*)",
                        D11="Example Parts GmbH"), same)
pair("question-not-found", cell("Declaration", B85=None), cell("Declaration", B49="4) Another"))
pair("question-unknown", cell("Declaration", B91="I. One more question?"), same)
pair("row-shifted", lambda f: f.smelters.clear() or cell(
    "Smelter List", A5="Gold", B5="Aurum Works", C5="Aurum Works Ltd.", D5="SWITZERLAND")(f),
    same, "CMRT", "2.03")
FIRES["extension-differs"] = lambda: {"a.xls": Form()}
SILENT["extension-differs"] = lambda: {"a.xlsm": Form()}


def _saved_without_values():
    form = Form(saved=False)
    form.smelters = [{"id_input": GOLD}]
    return form


FIRES["values-not-saved"] = FIRES["row-derived"] = _saved_without_values
SILENT["values-not-saved"] = SILENT["row-derived"] = Form


@fires("question-moved")
def moved():
    form = Form()

    def down(sheets):
        old = sheets["Declaration"]
        new = {}
        for at, value in old.items():
            number = int("".join(c for c in at if c.isdigit()))
            letters = at.rstrip("0123456789")
            new[f"{letters}{number + (2 if number >= 37 else 0)}"] = value
        return {**sheets, "Declaration": new}

    form.edit(down)
    return form


SILENT["question-moved"] = Form


@fires("header-moved")
def header():
    form = Form()

    def down(sheets):
        old, new = sheets["Smelter List"], {}
        for at, value in old.items():
            number = int("".join(c for c in at if c.isdigit()))
            new[f"{at.rstrip('0123456789')}{number + 3}"] = value
        return {**sheets, "Smelter List": new}

    form.edit(down)
    return form


SILENT["header-moved"] = Form


@fires("columns-unknown")
def columns():
    form = Form()

    def swap(sheets):
        cells = sheets["Smelter List"]
        cells["B4"], cells["E4"] = cells["E4"], cells["B4"]

    form.edit(swap)
    return form


SILENT["columns-unknown"] = Form
FIRES["sheet-missing"] = lambda: _with(
    Form("AMRT", "1.3"), lambda f: f.edit(
        lambda sheets: {k: v for k, v in sheets.items() if k != "Smelter List"}))
SILENT["sheet-missing"] = lambda: Form("AMRT", "1.3")


def _part(name):
    def build():
        parts = makebook.parts(Form().sheets())
        parts[name] = b"<x/>"
        return {"a.xlsx": makebook.pack(parts)}

    return build


def changed(old, new, part="xl/worksheets/sheet3.xml", form=Form):
    return lambda: {"a.xlsx": makebook.edited(form().bytes(), part, old, new)}


def copied(sheets):
    return {**sheets, "Smelter List (2)": dict(sheets["Smelter List"])}


pair("metal-names-several", line(metal="Tin, Tungsten"), line(metal="Gold (Au)"))
pair("sheet-of-same-form", lambda f: f.edit(copied), lambda f: f.edit(
    lambda sheets: {**sheets, "Notes": {"B4": "Metal", "B5": "Tin", "D5": "see above"}}))
FIRES["rows-hidden"] = changed('<row r="6">', '<row r="6" hidden="1">')
SILENT["rows-hidden"] = changed('<row r="4">', '<row r="4" hidden="1">')
_MERGE = '</sheetData><mergeCells count="1"><mergeCell ref="{}"/></mergeCells>'
FIRES["cells-merged"] = changed("</sheetData>", _MERGE.format("M5:M6"), form=lambda: _with(
    Form(), cell("Smelter List", M5="a plan")))
SILENT["cells-merged"] = changed("</sheetData>", _MERGE.format("A1:A3"))
FIRES["sheet-named-twice"] = changed('name="Product List"', 'name="SMELTER LIST"',
                                     "xl/workbook.xml")
FIRES["sheet-data-twice"] = changed(
    "</sheetData>", '</sheetData><sheetData><row r="9"><c r="B9" t="str"><v>Tin</v></c></row>'
    "</sheetData>")
SILENT["sheet-data-twice"] = changed("</sheetData>", "</sheetData><sheetData/>")
SILENT["sheet-named-twice"] = Form
FIRES["macros-present"] = _part("xl/vbaProject.bin")
FIRES["external-links"] = _part("xl/externalLinks/externalLink1.xml")
SILENT["macros-present"] = SILENT["external-links"] = Form


@fires("default-password")
def encrypted():
    out = io.BytesIO()
    OOXMLFile(io.BytesIO(Form().bytes())).encrypt("VelvetSweatshop", out)
    return {"a.xlsx": out.getvalue()}


SILENT["default-password"] = Form
