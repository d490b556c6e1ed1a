"""Pages and a workbook in which a figure leads to its rows, and the front door."""
