"""Letters: what they ask, whom they name, and that they open as mail."""

import email
import email.policy
import re
from datetime import date
from email.header import decode_header, make_header

import pandas as pd
import pytest

from conflict_minerals.survey import checks, eml, letters, survey, verdicts
from declarations import AS_OF, YEAR, Form, inputs, known, read, row

HOSTILE = 'x\r\nBcc: spy@evil.example.net\r\n\r\n<script>alert(1)</script> "& {{ 7*7 }}'


@pytest.fixture
def drafted(tmp_path):
    """Drafts for files by name; the inputs may be changed before."""

    def draft(files, suppliers, *, change=None, as_of=AS_OF, indeterminable=None, wording=None,
              **options):
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
            table = survey.add_notices(table, rows, facilities, year, as_of=as_of)
            extra = {"smelter_rows": rows, "facilities": facilities}
        return letters.draft(table, findings, year, year=YEAR, as_of=as_of, responses=responses,
                             wording=wording, **extra)

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
         "asked/a.xlsx": spoilt(authorizer="Cy Quilt")},
        ["new", "late", "waiting", "far", "wrong", "asked", "fine", "told"],
        change=change, as_of=date(2024, 11, 15), indeterminable=(rows, facilities),
        correspondence=[("waiting", "2024-11-10", "reminder", ""),
                        ("asked", "2024-11-10", "corrections", "by mail"),
                        ("told", "2024-11-10", "notice", "")])
    assert dict(zip(drafts["supplier_id"], drafts["kind"], strict=True)) == {
        "new": "request", "late": "reminder", "far": "reminder", "wrong": "corrections",
        "fine": "notice"}
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
    weights = checks.rules()["letter"]
    points = re.findall(r"^(\d+)\. (.+?)\. What to do: (.+)$", said, re.M)
    meaning = {m.rstrip("."): int(w) for m, w in
               zip(checks.rules()["meaning"], weights.replace("", "0"), strict=True)}
    order = [meaning[m] for _, m, _ in points]
    assert order == sorted(order) and len(order) >= 4 and all(order)
    assert "Declaration, cell D40 (Gold): blank; expected: an answer" in said
    assert "Declaration, cell D18: there stands 'same'; expected: a person's name" in said
    assert "File: My answer.xlsx, revision 6.4, dated 2024-06-01" in said
    malformed = said[said.index("A smelter id is CID"):]
    assert malformed.count("there stands 'XX") == 12
    assert "- and 8 more, in Smelter List: F20, F21" in malformed
    quoted = re.findall(r"cell F(\d+)", malformed)[:12]
    assert quoted == sorted(quoted, key=int)


def test_a_reminder_names_what_came_and_is_no_answer(drafted):
    drafts = drafted({"s/Our answer.pdf": b"%PDF-1.7", "s/.DS_Store": b"\0\0\0\1Bud1",
                      "t/.DS_Store": b"\0\0\0\1Bud1"}, ["s", "t"], as_of=date(2024, 11, 15))
    assert set(drafts["kind"]) == {"reminder"}
    assert "What has come from you is 'Our answer.pdf'." in text(parsed(drafts, "s"))
    assert "and we have not received it.\r\n" in text(parsed(drafts, "t"))


@pytest.mark.parametrize(("name", "data", "said"), [
    ("CMRT.xlsx", Form().bytes()[:700], "Damaged"),
    ("CMRT.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(300), "Damaged"),
    ("CMRT (1).xlsx", b"", "The file is empty"),
    ("scan.xls", b"\xff\xd8\xff\xe0" + bytes(300), "- the file: A picture; expected"),
])
def test_a_file_that_cannot_be_read_is_asked_for_again(drafted, name, data, said):
    message = parsed(drafted({f"bad/{name}": data}, ["bad"]), "bad")
    assert message["subject"].endswith("please send it again")
    body = text(message)
    assert f"File: {name}" in body and said in body and "Please send the workbook" in body
    assert "gone through it" not in body and "effective date" not in body


def test_a_template_that_came_back_blank_is_asked_to_be_filled_in_and_no_more(drafted):
    form = Form(version="5.12")
    form.fields = dict.fromkeys(form.fields)
    form.answers, form.comments, form.smelters = {}, {}, []
    body = text(parsed(drafted({"blank/a.xlsx": form}, ["blank"]), "blank"))
    assert re.findall(r"^\d\. .*?(?=\r?$)", body, re.M) == [
        "1. The template came back blank. What to do: Fill in the template and send it again.",
        "2. The revision is older than the oldest that the survey accepts. What to do: "
        "Send the declaration on the current revision of the template."]


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
    assert len(drafts) == 2
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


def test_another_language_is_a_folder_of_templates(drafted, tmp_path_factory):
    def german(year):
        year.suppliers["language"] = "Deutsch"

    drafts = drafted({"s/a.xlsx": spoilt()}, ["s"], change=german)
    assert drafts["language"].tolist() == ["en"] and "'Deutsch'" in drafts["note"].iloc[0]
    assert "'Deutsch'" in parsed(drafts, "s")["X-Draft-Note"]
    wording = tmp_path_factory.mktemp("wording")
    (wording / "de").mkdir()
    for kind in letters.KINDS:
        (wording / "de" / f"{kind}.txt").write_text(
            "Subject: Bitte berichtigen\n\nGuten Tag {{ contact }},\n\n"
            "{% for f in corrections %}{% for p in f.points %}{{ p.action }}{% endfor %}"
            "{% endfor %}\n", encoding="utf-8")
    (wording / "de" / "rules.csv").write_text(
        "id,meaning,action\nnot-all-smelters-reported,Es fehlen Hütten.,Bitte ergänzen.\n",
        encoding="utf-8")
    drafts = drafted({"s/a.xlsx": spoilt()}, ["s"], change=german, wording=wording)
    message = parsed(drafts, "s")
    assert drafts["note"].tolist() == [""] and message["Content-Language"] == "de"
    assert message["Subject"] == "Bitte berichtigen" and "Bitte ergänzen." in text(message)
    assert '<html lang="de">' in text(message, "html")


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
