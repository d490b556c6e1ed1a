"""What every room stands on: text, names, ids, countries, dates, conditions, zips, tables, pages."""
