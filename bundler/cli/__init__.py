"""The command line: arguments in, results out; the only place that catches our errors and the only one that exits."""
