"""What users of other tools reported, tried on this product: ``python -m tests.reports`` tries all and writes the table."""
