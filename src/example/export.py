"""Writes lists in the form in which RMI's web pages export them: SpreadsheetML 2003."""

from xml.sax.saxutils import escape

_NS = "urn:schemas-microsoft-com:office:"


def spreadsheetml(sheet: str, columns: list[str], rows: list[list[str]]) -> bytes:
    """One worksheet with a header row; dates as ``YYYY-MM-DD``, blanks as empty strings."""
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<?mso-application progid="Excel.Sheet"?>',
        f'<Workbook xmlns="{_NS}spreadsheet" xmlns:o="{_NS}office" xmlns:x="{_NS}excel"'
        f' xmlns:ss="{_NS}spreadsheet">',
        "\t<Styles>",
        '\t\t<Style ss:ID="sHeader"><Font x:Family="Swiss" ss:Bold="1"/></Style>',
        '\t\t<Style ss:ID="sText"><NumberFormat ss:Format="@"/></Style>',
        '\t\t<Style ss:ID="sDate"><NumberFormat ss:Format="MM/dd/yyyy"/></Style>',
        "\t</Styles>",
        f'\t<Worksheet ss:Name="{escape(sheet)}">',
        "\t\t<Table>",
    ]
    lines += _row(columns, "sHeader")
    for row in rows:
        lines += _row(row, "sText")
    lines += ["\t\t</Table>", "\t</Worksheet>", "</Workbook>", ""]
    return b"\xef\xbb\xbf" + "\n".join(lines).encode("utf-8")


def _row(values: list[str], style: str) -> list[str]:
    return ["\t\t\t<Row>", *(f"\t\t\t\t{_cell(value, style)}" for value in values), "\t\t\t</Row>"]


def _cell(value: str, style: str) -> str:
    parts = value.split("-")
    if len(parts) == 3 and all(part.isdigit() for part in parts) and len(value) == 10:
        return (f'<Cell ss:StyleID="sDate"><Data ss:Type="DateTime">{value}T00:00:00</Data>'
                "</Cell>")
    return f'<Cell ss:StyleID="{style}"><Data ss:Type="String">{escape(value)}</Data></Cell>'


CONFORMANT = ["Metal", "Smelter ID", "Standard Smelter Name", "State/ Province/ Region",
              "Country Location", "Company Website with CM Policy", "Last Audit Date",
              "Audit Cycle", "Reaudit In Progress", "LBMA RG", "RJC"]
ACTIVE = ["Metal", "Smelter_ID", "Standard_Smelter_Name", "Company_State_Province_Region",
          "Country_Location"]
