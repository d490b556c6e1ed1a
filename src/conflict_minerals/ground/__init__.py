"""What every room stands on: text, names, ids, countries, dates, zips, tables, pages."""
