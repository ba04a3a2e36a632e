"""What stays on the machine between two runs: pointer, receipt, journal, leftovers, what each release says of itself."""
