"""Letters: what they ask, whom they name, and that they open as mail."""

import csv
import email
import email.policy
import hashlib
import io
import re
import zipfile
from datetime import date, timedelta
from email.header import decode_header, make_header

import pandas as pd
import pytest

from conflict_minerals.ground import library
from conflict_minerals.survey import (
    came,
    checks,
    eml,
    letter_texts,
    letters,
    survey,
    verdicts,
)
from declarations import AS_OF, YEAR, Form, inputs, known, read, row

HOSTILE = 'x\r\nBcc: spy@evil.example.net\r\n\r\n<script>alert(1)</script> "& {{ 7*7 }}'


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """One cache for all that is tried here: a letter taken over wrongly fails somewhere."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def drafted(tmp_path, kept):
    """Drafts for files by name; the inputs may be changed before."""

    def draft(files, suppliers, *, change=None, as_of=AS_OF, indeterminable=None, wording=None,
              actions=None, **options):
        files = {n: f.bytes() if isinstance(f, Form) else f for n, f in files.items()}
        taken = read(files, tmp_path)
        year = inputs(suppliers, **options)
        if change:
            change(year)
        found = checks.find(taken, year, reference=known(taken), as_of=as_of)
        responses, more = verdicts.judge(taken, found, year, year=YEAR, as_of=as_of)
        findings = verdicts.all_findings(found, more, responses)
        table = survey.at_a_glance(year, responses, taken.answers, findings, as_of=as_of)
        extra = {}
        if indeterminable is not None:
            rows, facilities = indeterminable
            table = survey.add_notices(table, rows, facilities, year, as_of=as_of,
                                       actions=actions)
            extra = {"smelter_rows": rows, "facilities": facilities, "actions": actions}
        return letters.draft(table, findings, year, year=YEAR, as_of=as_of, responses=responses,
                             wording=wording, cache=kept, **extra)

    return draft


def parsed(drafts, supplier):
    data = drafts.set_index("supplier_id").at[supplier, "eml"]
    return email.message_from_bytes(data, policy=email.policy.default)


def text(message, kind="plain"):
    return message.get_body((kind,)).get_content()


def spoilt(**fields):
    form = Form()
    form.say("all_reported", "Gold", "No")
    form.fields |= fields
    return form


def test_each_kind_is_drafted_where_it_is_due_and_nothing_else(drafted):
    rows = pd.DataFrame({"supplier_id": ["fine", "told"], "metal": "Tin", "smelter_id": "CID1",
                         "counted": True})
    facilities = pd.DataFrame({
        "metal": ["Tin"], "smelter_id": ["CID1"], "smelter_name": ["Ünal & <Söhne>"],
        "country_name": ["Türkiye"], "status": ["indeterminable"]})

    def change(year):
        year.suppliers.loc[year.suppliers["supplier_id"] == "new", "requested_on"] = ""

    drafts = drafted(
        {"wrong/a.xlsx": spoilt(), "fine/a.xlsx": Form(), "told/a.xlsx": Form(),
         "asked/a.xlsx": spoilt(authorizer="Cy Quilt"), "clear/a.xlsx": Form(),
         "other/a.pdf": b"%PDF-1.7"},
        ["new", "late", "waiting", "far", "wrong", "asked", "fine", "told", "clear", "other"],
        change=change, as_of=date(2024, 11, 15), indeterminable=(rows, facilities),
        correspondence=[("waiting", "2024-11-10", "reminder", ""),
                        ("asked", "2024-11-10", "corrections", "by mail"),
                        ("told", "2024-11-10", "notice", "")])
    assert dict(zip(drafts["supplier_id"], drafts["kind"], strict=True)) == {
        "new": "request", "late": "reminder", "far": "reminder", "wrong": "corrections",
        "fine": "notice", "clear": "thanks", "other": "unusable"}
    assert "have no questions" in text(parsed(drafts, "clear"))
    request = text(parsed(drafts, "new"))
    assert "We buy with care." in request and "https://corp.example.com/policy" in request
    assert "2024-09-02" in text(parsed(drafts, "late"))
    notice = parsed(drafts, "fine")
    assert "- Tin: Ünal & <Söhne> (CID1), Türkiye" in text(notice)
    assert "<li>Tin: Ünal &amp; &lt;Söhne&gt; (CID1), Türkiye</li>" in text(notice, "html")


def test_corrections_name_sheet_cell_and_what_to_do_in_order_of_weight(drafted):
    form = spoilt(authorizer="same")
    form.answers.pop(("3", "Gold"))
    form.smelters += [row("Gold", row=8 + n, id=f"XX{n}") for n in range(20)]
    drafts = drafted({"s/sub/My answer.xlsx": form}, ["s"])
    said = text(parsed(drafts, "s"))
    lines = letter_texts.Texts(None).said("rules", "en")
    rules = {line.meaning: rule for rule, line in lines.items()}
    points = [next(rule for meaning, rule in rules.items() if f". {meaning} " in line)
              for line in said.splitlines() if re.match(r"\d+\. ", line)]
    order = [int(checks.rules().at[rule, "letter"]) for rule in points]
    assert order == sorted(order) and len(order) >= 3
    assert "person-placeholder" not in points, "a trifle is not asked"
    assert "- Declaration, cell D40 (Gold)" in said
    assert "cell D46 (Gold): you wrote 'No'" in said or "(Gold): you wrote 'No'" in said
    assert "File: My answer.xlsx, revision 6.4, dated 2024-06-01" in said
    malformed = said[said.index("This is not a smelter ID"):]
    assert malformed.count("you wrote 'XX") == 12
    assert "- and 8 more: Smelter List: F20, F21" in malformed
    quoted = re.findall(r"cell F(\d+)", malformed)[:12]
    assert quoted == sorted(quoted, key=int)


def test_a_reminder_names_what_came_and_is_no_answer(drafted):
    told = [("s", "2024-10-02", "unusable", "by telephone")]
    drafts = drafted({"s/Our answer.pdf": b"%PDF-1.7", "s/.DS_Store": b"\0\0\0\1Bud1",
                      "t/.DS_Store": b"\0\0\0\1Bud1"}, ["s", "t"], as_of=date(2024, 11, 15),
                     correspondence=told)
    assert set(drafts["kind"]) == {"reminder"}
    assert "What we have from you is 'Our answer.pdf'." in text(parsed(drafts, "s"))
    assert "last wrote to you on 2024-10-02" in text(parsed(drafts, "s"))
    assert "We have not received it.\r\n" in text(parsed(drafts, "t"))


def zipped(**files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("_", "."), data)
    return out.getvalue()


def blank():
    form = Form(version="5.12")
    form.fields = dict.fromkeys(form.fields)
    form.answers, form.comments, form.smelters = {}, {}, []
    return form


@pytest.mark.parametrize(("name", "data", "what", "needed"), [
    ("CMRT.xlsx", Form().bytes()[:700], "is damaged", "save it in Excel as .xlsx"),
    ("CMRT.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(300), "is damaged", ".xlsx"),
    ("CMRT (1).xlsx", b"", "has 0 bytes", "send it again"),
    ("scan.xls", b"\xff\xd8\xff\xe0" + bytes(300), "a picture", "the Excel workbook itself"),
    ("a.pdf", b"%PDF-1.7", "a PDF", "the Excel workbook itself"),
    ("EMRT.xlsx", Form("EMRT", "1.3"), "an EMRT", "fill in the Conflict Minerals Reporting"),
    ("a.eml", b"From: a@b.example\r\nSubject: x\r\n\r\nx", "a saved e-mail", "attach the"),
    ("a.zip", zipped(b_zip=zipped(c_txt=b"x")), "inside another zip", "one zip|attach the"),
    ("blank.xlsx", blank(), "is empty", "fill it in"),
    ("old.zip", zipped(b_pdf=b"%PDF-1.7"), "a PDF", "the Excel workbook itself"),
])
def test_who_sent_the_wrong_thing_is_told_what_came_and_what_is_needed(
    drafted, name, data, what, needed
):
    drafts = drafted({f"bad/{name}": data}, ["bad"])
    assert drafts["kind"].tolist() == ["unusable"]
    lines = [line for line in text(parsed(drafts, "bad")).splitlines() if line.startswith("- ")]
    assert len(lines) == 1 and what in lines[0]
    assert re.search(needed, lines[0]), lines[0]


def test_a_protected_file_and_last_years_are_named_for_what_they_are(drafted):
    locked = pd.DataFrame([{
        "supplier_id": "s", "file": "s/a.xlsx", "sha256": "0", "file_form": "encrypted",
        "template": "", "verdict": "rejected", "reason": "Protected by a password"}])
    findings = pd.DataFrame({"file": ["s/a.xlsx"], "rule": ["file-unreadable"]})
    assert came.cases(locked, findings)["case"].tolist() == ["protected"]
    old = Form()
    old.fields["effective_date"] = 44927  # 2023-01-01
    assert "made before the year that we ask about" in text(
        parsed(drafted({"s/a.xlsx": old}, ["s"]), "s"))


def test_nobody_is_told_of_a_newer_template_unless_the_year_asks_for_one(drafted):
    old = spoilt()
    old.version = "5.12"
    asked = drafted({"s/a.xlsx": Form(version="5.12")}, ["s"], oldest_version="6.0")
    assert "use revision 6.0 or a later one" in text(parsed(asked, "s"))
    free = drafted({"s/a.xlsx": Form(version="5.12")}, ["s"], oldest_version="")
    assert free["kind"].tolist() == ["thanks"]
    request = drafted({}, ["t"], oldest_version="", change=unasked)
    assert "revision" not in text(parsed(request, "t"))


def unasked(year):
    year.suppliers["requested_on"] = ""


def test_a_late_answer_is_thanked_for_and_kept_for_next_year(drafted):
    mark = verdicts.file_mark(hashlib.sha256(Form().bytes()).hexdigest())
    received = [("s", "2024-11-02", "received", mark)]
    late = drafted({"s/a.xlsx": Form()}, ["s"], correspondence=received,
                   cut_off_on=date(2024, 11, 1))
    assert "reached us after 2024-11-01" in text(parsed(late, "s"))
    on_time = drafted({"s/a.xlsx": Form()}, ["s"], correspondence=received,
                      cut_off_on=date(2024, 11, 2))
    assert "have no questions" in text(parsed(on_time, "s"))


def test_headers_are_those_of_a_draft(drafted):
    message = parsed(drafted({"s/a.xlsx": spoilt()}, ["s"]), "s")
    assert message["X-Unsent"] == "1" and message["MIME-Version"] == "1.0"
    assert message["To"].addresses[0].addr_spec == "ann@s.example.com"
    assert message["From"].addresses[0].domain.endswith(".invalid")
    assert message["Date"].datetime.isoformat() == "2024-12-31T12:00:00+00:00"
    assert re.fullmatch(r"<[0-9a-f]{32}@draft\.invalid>", message["Message-ID"])
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain", "text/html"]
    assert all(part.get_content_charset() == "utf-8" for part in message.iter_parts())
    assert not message.defects


def test_a_letter_comes_from_whoever_program_yml_names(drafted):
    def letter(email):
        who = {"sender_name": "Jo Roe\r\nBcc: x@y.example", "sender_email": email}
        return parsed(drafted({"s/a.xlsx": spoilt()}, ["s"], **who), "s")

    named = letter("jo@acme.example.com")
    assert named["From"].addresses[0].addr_spec == "jo@acme.example.com" and not named["Bcc"]
    assert "Jo Roe" in text(named) and "[your name]" not in text(named)
    mistaken = letter("jo at acme")
    assert mistaken["From"].addresses[0].domain == "draft.invalid"
    assert "survey.sender_email of program.yml" in mistaken["X-Draft-Note"]


def test_same_bytes_every_time_and_another_reference_for_another_file(drafted):
    first, again = (drafted({"s/a.xlsx": spoilt()}, ["s"]) for _ in range(2))
    assert first["eml"].tolist() == again["eml"].tolist()
    other = drafted({"s/a.xlsx": spoilt(company_name="Example Parts Gmbh")}, ["s"])
    assert other["reference"].tolist() != first["reference"].tolist()
    sent = [(row.supplier_id, AS_OF.isoformat(), row.kind, row.reference)
            for row in first.itertuples()]
    asked = drafted({"s/a.xlsx": spoilt()}, ["s"], correspondence=sent)
    assert asked.empty, "once sent and recorded, the same is not asked again"


def test_no_header_can_be_added_and_nothing_becomes_markup(drafted):
    def change(year):
        year.suppliers["contact_name"] = HOSTILE
        year.suppliers["supplier_name"] = HOSTILE
        year.program["registrant"] = {"name": HOSTILE, "short_name": HOSTILE}
        year.program["survey"]["template_name"] = HOSTILE
        year.program["facts"][0]["text"] = HOSTILE

    form = spoilt(company_name=HOSTILE)
    form.smelters += [row("Gold", id=HOSTILE, lookup=HOSTILE, name=HOSTILE, country=HOSTILE)]
    drafts = drafted({"s/a.xlsx": form, "s/- {{ x }}<b>.xlsx": form}, ["s", "t"], change=change,
                     as_of=date(2024, 11, 15))
    assert len(drafts) == 2, drafts["kind"]
    for data in drafts["eml"]:
        message = email.message_from_bytes(data, policy=email.policy.default)
        assert set(message.keys()) <= {
            "From", "To", "Subject", "Date", "Message-ID", "X-Unsent", "Content-Language",
            "X-Reference", "X-Draft-Note", "MIME-Version", "Content-Type"}
        assert not message.defects and "Bcc" not in message
        page = text(message, "html")
        assert set(re.findall(r"<(\w+)", page)) <= {
            "html", "head", "meta", "title", "body", "p", "ul", "li"}
        assert "{{ 7*7 }}" in text(message), "what people typed is no template"


@pytest.mark.parametrize("address", [
    "", "nobody", "a@b", "a@b.example\r\nBcc: x@y.example", "a b@c.example", "a@b..example",
    "<a@b.example>, c@d.example", "josé@b.example"])
def test_no_addressee_rather_than_a_wrong_one(drafted, address):
    def change(year):
        year.suppliers["contact_email"] = address

    drafts = drafted({"s/a.xlsx": spoilt()}, ["s"], change=change)
    message = parsed(drafts, "s")
    assert "To" not in message and "Cc" not in message and "Bcc" not in message
    assert "No usable e-mail address" in message["X-Draft-Note"]


@pytest.mark.parametrize("illustration", [True, False])
def test_a_letter_of_an_illustration_opens_with_saying_so(drafted, illustration):
    message = parsed(
        drafted({"a/a.xlsx": spoilt()}, ["a"],
                change=lambda year: year.program.update(illustration=illustration)), "a")
    assert text(message).startswith("[ILLUSTRATION") is illustration
    assert ("ILLUSTRATION" in text(message, "html")) is illustration


def test_names_in_any_script_reach_the_header(drafted):
    def change(year):
        year.suppliers["contact_name"] = '王伟, "Wei" Müller'

    message = parsed(drafted({"s/a.xlsx": spoilt()}, ["s"], change=change), "s")
    assert message["To"].addresses[0].display_name == '王伟, "Wei" Müller'
    assert text(message).startswith('Dear 王伟, "Wei" Müller,')


def test_nothing_of_other_suppliers_and_nothing_of_counsels(drafted):
    # Two suppliers with the same list, and one's list dated on the other's day.
    files = {}
    for name in ("alpha", "bravo"):
        form = spoilt(company_name=f"{name.title()} Unlimited")
        form.smelters += [row("Tungsten", id=f"CID90010{n}", lookup=None, name=f"W {n}")
                          for n in range(1, 7)]
        files[f"{name}/{name}.xlsx"] = form
    drafts = drafted(files, [("alpha", "Alpha Unlimited"), ("bravo", "Bravo Unlimited")])
    assert len(drafts) == 2
    for own, other in (("alpha", "bravo"), ("bravo", "alpha")):
        message = parsed(drafts, own)
        whole = (text(message) + text(message, "html") + str(message.items())).lower()
        assert own in whole and other not in whole
        assert not re.search(r"\btiers?\b|sanction|red flag|high[- ]risk|critical", whole)


def test_policy_is_given_or_marked_and_private_words_stay_out(drafted):
    def no_policy(year):
        year.suppliers["requested_on"] = ""
        year.program["facts"] = []

    def private(year):
        year.suppliers["requested_on"] = ""
        year.program["facts"][0]["text"] = "First-tier suppliers are screened for sanctions."

    for change in (no_policy, private):
        drafts = drafted({}, ["s"], change=change)
        assert "[BLANK: policy]" in text(parsed(drafts, "s"))
        assert "policy" in drafts["note"].iloc[0]


LANGUAGES = ("en", "de", "zh", "ja", "ko")
MARK = re.compile(r"\{\{ (.*?) \}\}|\{% (?:if|elif|for) (.*?) %\}")


def names(source):
    """The names that a template fills in or asks about."""
    found = " ".join(" ".join(pair) for pair in MARK.findall(source))
    return set(re.findall(r"[a-z_][a-z_.]*", re.sub(r"'[^']*'", "", found)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_complete_with_marks_and_figures_intact(language):
    for kind in letters.KINDS:
        own, english = (library.text(f"letters/{one}/{kind}.txt") for one in (language, "en"))
        spare = {"if", "else", "or", "count", "in"}
        assert names(own) - spare == names(english) - spare, kind
        assert own.startswith("Subject: ") and own.count("\n- ") == english.count("\n- "), kind
        assert own.count("{% if") == own.count("{% endif"), kind
    for table, first in (("rules", "id"), ("came", "case")):
        own, english = (library.table(f"letters/{one}/{table}") for one in (language, "en"))
        assert own[first].tolist() == english[first].tolist()
        for line, other in zip(own.to_dict("records"), english.to_dict("records"), strict=True):
            assert all(line[name] for name in own.columns if name != "checked_by"), line
            # Quoted answers, ids, years and places to fill in are the same in every language.
            kept = r"'[^']+'|\{\w+\}|\b(?:CID|CMRT|EMRT|PDF|[12]\d{3})\b|31-Dec-2018|\.xlsx"
            for name in set(own.columns) - {first, "checked_by"}:
                assert set(re.findall(kept, line[name], re.A)) == set(
                    re.findall(kept, other[name], re.A)), line
    assert set(library.table("letters/en/rules")["id"]) == set(library.table("asked")["rule"])
    assert set(library.table("letters/en/came")["case"]) == set(library.table("came")["case"])


def test_nobody_is_said_to_have_checked_a_text_who_is_not_named():
    for language in LANGUAGES:
        for table in ("rules", "came"):
            checked = library.table(f"letters/{language}/{table}")["checked_by"]
            assert all(re.fullmatch(r"|.+, \d{4}-\d\d-\d\d", text) for text in checked)


def to_do(*lines):
    """Corrective actions not asked for yet, as the table ``actions`` has them."""
    return pd.DataFrame([(*line, "D-1", "not_asked", "open") for line in lines], columns=[
        "supplier_id", "metal", "smelter_id", "smelter_name", "action", "due_on", "decision",
        "effect", "state"])


def test_an_action_is_asked_of_its_own_supplier_alone_and_never_judged(drafted):
    rows = pd.DataFrame(columns=["supplier_id", "metal", "smelter_id", "counted"])
    facilities = pd.DataFrame(columns=["metal", "smelter_id", "smelter_name", "country_name",
                                       "status"])
    wanted = to_do(("one", "Tin", "CID1", "First & <Works>", "drop", "2025-01-31"),
                   ("two", "Gold", "CID2", "Second Works", "prove", ""))
    drafts = drafted({"one/a.xlsx": spoilt(), "two/a.xlsx": Form()}, ["one", "two"],
                     indeterminable=(rows, facilities), actions=wanted)
    assert drafts["kind"].tolist() == ["action", "action"]
    assert drafts["reference"].tolist() == ["action:Tin|CID1", "action:Gold|CID2"]
    one, two = (text(parsed(drafts, name)) for name in ("one", "two"))
    assert "Tin: First & <Works> (CID1). Please stop using it" in one and "2025-01-31" in one
    assert "First &amp; &lt;Works&gt;" in text(parsed(drafts, "one"), "html")
    assert "Second Works" not in one and "First" not in two
    assert "Please show us, by 2025-01-30, that it takes part in the Responsible" in two
    assert not re.search(r"\btiers?\b|sanction|risk|weak|decision|D-1", one + two)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_each_kind_in_each_language_opens_as_mail_with_english_below(drafted, language):
    rows = pd.DataFrame({"supplier_id": ["told"], "metal": "Tin", "smelter_id": "CID1",
                         "counted": True})
    facilities = pd.DataFrame({
        "metal": ["Tin"], "smelter_id": ["CID1"], "smelter_name": ["Smelter One"],
        "country_name": ["Peru"], "status": ["indeterminable"]})

    def change(year):
        year.suppliers["language"] = language
        year.suppliers.loc[year.suppliers["supplier_id"] == "new", "requested_on"] = ""

    drafts = drafted(
        {"wrong/a.xlsx": spoilt(), "told/a.xlsx": Form(), "clear/a.xlsx": Form(),
         "act/a.xlsx": Form(), "other/a.pdf": b"%PDF-1.7"},
        ["new", "late", "wrong", "told", "clear", "other", "act"], change=change,
        as_of=date(2024, 11, 15), indeterminable=(rows, facilities),
        actions=to_do(("act", "Tin", "CID1", "Smelter One", "drop", "2025-01-31"),
                      ("act", "Gold", "CID2", "Works Two", "prove", "2025-02-28")))
    assert set(drafts["kind"]) == set(letters.KINDS) and set(drafts["language"]) == {language}
    for draft in drafts.itertuples():
        message = parsed(drafts, draft.supplier_id)
        assert message["Content-Language"] == language and not message.defects
        head, english, below = text(message).partition("- - - - -  English  - - - - -")
        assert english and "Kind regards" in below and "Kind regards" not in head
        # The same days stand in both parts.
        assert set(re.findall(r"20\d\d-\d\d-\d\d", head)) == set(
            re.findall(r"20\d\d-\d\d-\d\d", below)), draft.kind
        assert str(make_header(decode_header(str(message["Subject"])))) == draft.subject
        headers = draft.eml.partition(b"\r\n\r\n")[0]
        coded = [line for line in headers.split(b"\r\n") if b"=?" in line]
        assert coded and all(len(line) <= 76 for line in coded), "RFC 2047"
        assert all(len(word) <= 75 for word in re.findall(rb"=\?[^?]+\?[bq]\?[^?]*\?=", headers))
        assert f'<html lang="{language}">' in text(message, "html")
        assert "<li>- - " not in text(message, "html") and "- - - - -  English" in text(message)
        assert "{" not in text(message) and "supplier" not in head, "every word is translated"


def test_another_language_is_a_folder_of_templates(drafted, tmp_path_factory):
    def french(year):
        year.suppliers["language"] = "Français"

    drafts = drafted({"s/a.xlsx": spoilt()}, ["s"], change=french)
    assert drafts["language"].tolist() == ["en"] and "'Français'" in drafts["note"].iloc[0]
    assert "'Français'" in parsed(drafts, "s")["X-Draft-Note"]
    wording = tmp_path_factory.mktemp("wording")
    (wording / "fr").mkdir()
    for kind in letters.KINDS:
        (wording / "fr" / f"{kind}.txt").write_text(
            "Subject: À corriger\n\nBonjour {{ contact }},\n\n"
            "{% for f in corrections %}{% for p in f.points %}{{ p.action }}{% endfor %}"
            "{% endfor %}\n", encoding="utf-8")
    (wording / "fr" / "rules.csv").write_text(
        "id,meaning,action\nnot-all-smelters-reported,Il manque des fonderies.,À compléter.\n",
        encoding="utf-8")
    drafts = drafted({"s/a.xlsx": spoilt()}, ["s"], change=french, wording=wording)
    message = parsed(drafts, "s")
    assert drafts["note"].tolist() == [""] and message["Content-Language"] == "fr"
    assert message["Subject"] == "À corriger" and "À compléter." in text(message)
    assert '<html lang="fr">' in text(message, "html")


def test_all_drafts_are_one_table_for_a_mail_merge(drafted):
    drafts = drafted({"a/a.xlsx": spoilt(), "b/a.pdf": b"%PDF-1.7"}, ["a", "b"])
    made = letters.files(drafts)
    assert sorted(made) == ["letters/a.eml", "letters/b.eml", "letters/merge.csv"]
    lines = list(csv.DictReader(io.StringIO(made["letters/merge.csv"].decode("utf-8-sig"))))
    assert [(line["kind"], line["to"], line["attachments"], line["message"]) for line in lines] == [
        ("corrections", "ann@a.example.com", "cmrt/a/a.xlsx", "a.eml"),
        ("unusable", "ann@b.example.com", "", "b.eml")]
    assert all(line["subject"] and line["text"].startswith("Dear Ann") for line in lines)
    assert letters.files(drafts.iloc[:0]) == {}


def test_a_template_that_cannot_be_filled_in_is_named(drafted, tmp_path_factory):
    wording = tmp_path_factory.mktemp("wording")
    (wording / "en").mkdir()
    (wording / "en" / "corrections.txt").write_text("Subject: x\n\n{{ nonsense }}\n")
    with pytest.raises(Exception, match="letters/en/corrections.txt: cannot be filled in"):
        drafted({"s/a.xlsx": spoilt()}, ["s"], wording=wording)


def test_address_keeps_only_what_can_be_written_to():
    assert str(eml.address("A, B", "a.b+c@x-y.example.com")) == '"A, B" <a.b+c@x-y.example.com>'
    assert eml.address("A", "a@localhost") is None


@pytest.mark.parametrize("subject, name", [
    ("请在截止日期之前寄来贵公司的冲突矿产报告模板以便我们完成今年的尽职调查并提交报告谢谢",
     "深圳市示例电子科技有限公司供应链合规部门负责人王小明先生"),
    ("Demande de déclaration : étain, tantale, tungstène et or, année de référence", "Élodie"),
    ("ü" * 300, "Ł" * 60),
    ("Ein langer Betreff " * 9 + "ü", "Jörg Müller-Lüdenscheidt von der Abteilung für Rohstoffe"),
])  # fmt: skip
def test_an_encoded_word_is_no_longer_than_mail_programs_read(subject, name):
    data = eml.message(
        sender=eml.nowhere(name), to=eml.address(name, "a@b.example.com"), subject=subject,
        text="x", html="<p>x</p>", day=date(2019, 1, 2), language="zh", key="k", notes=[subject],
    )  # fmt: skip
    head = data.partition(b"\r\n\r\n")[0].decode("ascii")
    for line in head.split("\r\n"):
        words = re.findall(r"=\?[^?]+\?[bq]\?[^?]*\?=", line)
        assert all(len(word) <= 75 for word in words) and (not words or len(line) <= 76), line
    raw = email.message_from_bytes(data)
    read = {key: str(make_header(decode_header(raw[key]))) for key in ("Subject", "To")}
    assert read["Subject"] == subject.strip() and read["To"] == f"{name} <a@b.example.com>"


def test_letters_are_written_again_when_what_they_say_changed_and_only_then(
    drafted, monkeypatch, tmp_path
):
    written, write = [], letters._written_from
    monkeypatch.setattr(letters, "_written_from",
                        lambda basis: written.append(1) or write(basis))
    rows = pd.DataFrame({"supplier_id": ["once"], "metal": "Tin", "smelter_id": "CID1",
                         "counted": True})
    facilities = pd.DataFrame({"smelter_id": ["CID1"], "metal": "Tin", "smelter_name": "Once",
                               "country_name": "Peru", "status": "indeterminable", "tier": "low"})
    wording = tmp_path / "wording"
    text = wording / "en" / "notice.txt"
    text.parent.mkdir(parents=True)
    text.write_text("Subject: One\n\nFirst {{ supplier }}\n")

    def again(indeterminable=(rows, facilities), **how):
        made = drafted({"once/a.xlsx": Form()}, ["once"], indeterminable=indeterminable,
                       wording=wording, **how)
        return len(written), made

    assert again()[0] == 1
    count, taken_over = again(indeterminable=(rows, facilities.assign(tier="high")))
    assert count == 1 and "First" in taken_over["text"][0]
    pd.testing.assert_frame_equal(taken_over, again()[1])
    text.write_text("Subject: One\n\nSecond {{ supplier }}\n")
    count, new = again()
    assert count == 2 and "Second" in new["text"][0]
    assert again(indeterminable=(rows, facilities.assign(smelter_name="Twice")))[0] == 3
    assert again(as_of=AS_OF + timedelta(days=1))[0] == 4

    def renamed(year):
        year.program["survey"]["sender_name"] = "Another Sender"

    assert again(change=renamed)[0] == 5


def test_each_supplier_has_its_own_rows_however_many_are_held_at_once(monkeypatch):
    monkeypatch.setattr(letters, "_AT_ONCE", 2)
    suppliers = pd.DataFrame({"supplier_id": list("abcde")})
    rows = pd.DataFrame({"supplier_id": list("eabbd"), "number": range(5)})
    found = {supplier.supplier_id: [row.number for row in own]
             for supplier, (own,) in letters._with_rows(suppliers, [rows])}
    assert found == {"a": [1], "b": [2, 3], "c": [], "d": [4], "e": [0]}
