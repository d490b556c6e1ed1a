"""What a cell of a workbook may hold."""


class ErrorValue(str):
    """An error literal such as ``#N/A``: not blank, but no value either."""


Value = str | float | bool | ErrorValue
