"""The example years: made-up registrants and suppliers, so that every step has work to do."""
