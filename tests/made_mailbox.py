"""A made mailbox of sixty messages, as Outlook (.msg) and others (.eml) keep them, and what is to
become of each thing in it."""

import zipfile
from email.header import Header
from email.message import EmailMessage
from email.utils import encode_rfc2231
from io import BytesIO

import makemsg
from declarations import Form
from makebook import pack

# Two suppliers of one domain, and one who writes from a domain that anybody may use.
SUPPLIERS = {f"s{n:02d}": (f"Number {word} Works Ltd", f"desk@{word.lower()}.example.com")
             for n, word in enumerate((
                 "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gorse", "Hazel"), start=1)}
SUPPLIERS |= {"acme": ("Acme Parts GmbH", "ann@acme.example.com"),
              "acme2": ("Acme Motors GmbH", "bob@acme.example.com"),
              "ivy": ("Ivy Cables Inc", "ivy.cables@gmail.com")}
NAMES = ("CMRT 6.4.xlsx", "回答（最終版）.xlsx", "冲突矿产 答复.xlsx", "설문 응답.xlsx",
         "Erklärung für 2024.xlsx", "a" * 120 + ".xlsx", "Copy of CMRT (1).XLSX", "РМРТ ответ.xlsx")
_PDF, _PNG = b"%PDF-1.7\n%%EOF", b"\x89PNG\r\n\x1a\n" + bytes(40)


def answer(company: str, number: int, **fields) -> bytes:
    """A filled template of its own for each number."""
    form = Form()
    form.fields |= {"company_name": company, "authorizer": f"Person {number}", **fields}
    return form.bytes()


def bomb() -> bytes:
    """A workbook of a few kilobytes whose one sheet holds two hundred million noughts."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(200):
                sheet.write(bytes(1_000_000))
    return out.getvalue()


def eml(sender: str, attachments, *, day="2025-02-03", encoded="", inner=None) -> bytes:
    """A message; ``encoded`` writes the first attachment's name as older programs do."""
    message = EmailMessage()
    message["From"], message["Subject"] = sender, "Re: 冲突矿产 CMRT"
    message["Received"] = f"from a.example by b.example; {_said(day)}"
    message.set_content("Please find attached.")
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream",
                               filename="NAME" if encoded else name)
    if inner is not None:
        message.add_attachment(inner)
    data = message.as_bytes()
    if encoded == "words":  # RFC 2047 where it has no place, as many programs write it
        word = Header(attachments[0][0], "gb18030", maxlinelen=400).encode().encode()
        data = data.replace(b'filename="NAME"', b'filename="' + word + b'"')
    elif encoded == "parts":  # RFC 2231
        name = encode_rfc2231(attachments[0][0], "utf-8").encode()
        data = data.replace(b'filename="NAME"', b"filename*=" + name)
    return data


def _said(day: str) -> str:
    year, month, number = day.split("-")
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun")[int(month) - 1]
    return f"{int(number)} {month} {year} 08:00:00 +0000"


def made() -> tuple[dict[str, bytes], dict[str, tuple[str, str]]]:
    """The sixty by name, and for each thing in them its state and its supplier or reason."""
    mail, fate = {}, {}

    def known(number: int, ids) -> None:
        one = ids[number % len(ids)]
        company, sender = SUPPLIERS[one]
        name, data = NAMES[number % len(NAMES)], answer(company, number)
        day = f"2025-02-{1 + number % 28:02d}"
        top = f"{number:02d}.{'msg' if number % 2 else 'eml'}"
        if number % 2:
            mail[top] = makemsg.message(sender=sender, subject="Unser CMRT", day=day,
                                        locale=1041 if "回答" in name else 0,
                                        attachments=[(name, data), ("logo.png", _PNG)])
            fate[f"{top}!logo.png"] = "stays", "A picture"
        else:
            mail[top] = eml(sender, [(name, data)], day=day,
                            encoded=("", "words", "parts")[number % 3])
        fate[top], fate[f"{top}!{name}"] = ("stays", "A message with"), ("answer", one)

    ids = sorted(SUPPLIERS)
    for number in range(1, 21):  # who is known, under any name
        known(number, ids)
    for number in range(21, 25):  # passed on by a buyer of ours, as a message within the message
        company, sender = SUPPLIERS[ids[number % 8]]
        data, top = answer(company, number), f"{number}.{'msg' if number % 2 else 'eml'}"
        within = [("inner.xlsx", data)]
        if number % 2:
            mail[top] = makemsg.message(sender="buyer@corp.example.net", inner=makemsg.tree(
                sender, "CMRT", "2025-02-01", within, head=24))
        else:
            held = EmailMessage()
            held["From"], held["Subject"] = sender, "CMRT"
            held.set_content("As promised.")
            held.add_attachment(data, maintype="application", subtype="vnd.ms-excel",
                                filename="inner.xlsx")
            mail[top] = eml("buyer@corp.example.net", [], inner=held)
        fate[top], fate[f"{top}!inner.xlsx"] = ("stays", "A message with"), (
            "answer", ids[number % 8])
    for number in range(25, 29):  # in a zip
        company, sender = SUPPLIERS[ids[number % 8]]
        data, top = answer(company, number), f"{number}.eml"
        mail[top] = eml(sender, [("all.zip", pack({"in/CMRT.xlsx": data, "a.pdf": _PDF}))])
        fate |= {top: ("stays", "A message with"), f"{top}!all.zip": ("stays", "A zip of 2 files"),
                 f"{top}!all.zip!in/CMRT.xlsx": ("answer", ids[number % 8]),
                 f"{top}!all.zip!a.pdf": ("stays", "")}
    for number, company, whose in (
        (29, "Acme Motors GmbH", "acme2"), (30, "Acme Parts GmbH", "acme"),
        (31, "Acme Nobody GmbH", ""), (32, "Unknown Ltd", "")):  # a new person at that domain
        top = f"{number}.msg"
        mail[top] = makemsg.message(sender=f"new{number}@acme.example.com",
                                    attachments=[("c.xlsx", answer(company, number))])
        fate |= {top: ("stays", "A message with"), f"{top}!c.xlsx": ("answer", whose)}
    for number in range(33, 36):  # a stranger
        top = f"{number}.eml"
        mail[top] = eml("someone@gmail.com", [("z.xlsx", answer("Nobody Known Corp", number))])
        fate |= {top: ("stays", "A message with"), f"{top}!z.xlsx": ("answer", "")}
    for number in (36, 37):  # a supplier sends another's
        top = f"{number}.eml"
        mail[top] = eml(SUPPLIERS["s02"][1], [("y.xlsx", answer("Acme Parts GmbH", number))])
        fate |= {top: ("stays", "A message with"), f"{top}!y.xlsx": ("answer", "")}
    for number in range(38, 41):  # last year's file once more: an answer, judged once it is filed
        company, sender = SUPPLIERS[ids[number % 8]]
        top = f"{number}.msg"
        mail[top] = makemsg.message(sender=sender, subject="RE: Reminder", attachments=[
            ("CMRT 2023.xlsx", answer(company, number, effective_date=45000))])
        fate |= {top: ("stays", "A message with"), f"{top}!CMRT 2023.xlsx": (
            "answer", ids[number % 8])}
    for number in range(41, 49):  # no workbook at all
        top, name, data = f"{number}.{'msg' if number % 2 else 'eml'}", *(
            ("letter.pdf", _PDF), ("scan.png", _PNG))[number % 2]
        sender = SUPPLIERS[ids[number % 8]][1]
        mail[top] = (makemsg.message(sender=sender, attachments=[(name, data)]) if number % 2
                     else eml(sender, [(name, data)]))
        fate |= {top: ("stays", "A message with"), f"{top}!{name}": ("stays", "")}
    for number in range(49, 53):  # words alone
        top = f"{number}.{'msg' if number % 2 else 'eml'}"
        mail[top] = (makemsg.message(sender="desk@alder.example.com", subject="Out of office")
                     if number % 2 else eml("desk@alder.example.com", []))
        fate[top] = "stays", "A message with 0 attachments"
    company, sender = SUPPLIERS["s03"]
    mail |= {
        "53.eml": eml(sender, [("CMRT.xlsx", bomb())]),
        "54.msg": makemsg.message(sender=sender, attachments=[("b.zip", pack({"b.xlsx": bomb()}))]),
        "55.eml": eml(sender, [("z.zip", pack({"z.zip": pack({"a.txt": b"a"}), "t.txt": b"t"}))]),
        "56.msg": makemsg.message(sender=sender, attachments=[
            ("cut.xlsx", answer(company, 56)[:900])]),
        "57.msg": makemsg.message(sender=sender)[:700],
        "58.eml": b"From: desk@cedar.example.com\nContent-Type: multipart/mixed; boundary=x\n\n"
                  b"--x\nContent-Type: application/octet-stream\n"
                  b"Content-Disposition: attachment; filename=c.xlsx\n"
                  b"Content-Transfer-Encoding: base64\n\nUEsDBA!!",
        "59.eml": eml(SUPPLIERS["acme"][1], [("again.xlsx", answer("Acme Parts GmbH", 30))]),
        "60.xlsx": answer("Ivy Cables Inc", 60),
    }
    fate |= {f"{n}.{kind}": ("stays", "A message with") for n, kind in (
        (53, "eml"), (54, "msg"), (55, "eml"), (56, "msg"), (58, "eml"), (59, "eml"))}
    fate |= {
        "53.eml!CMRT.xlsx": ("stays", ""), "54.msg!b.zip": ("stays", ""),
        "54.msg!b.zip!b.xlsx": ("stays", ""),
        "55.eml!z.zip": ("stays", "A zip of 2 files"),
        "55.eml!z.zip!z.zip": ("stays", "A zip inside a zip"), "55.eml!z.zip!t.txt": ("stays", ""),
        "56.msg!cut.xlsx": ("stays", "amaged"), "57.msg": ("stays", ""),
        "58.eml!c.xlsx": ("stays", ""), "59.eml!again.xlsx": ("answer", "acme"),
        "60.xlsx": ("answer", "ivy")}
    return mail, fate
