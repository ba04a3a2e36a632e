"""What the operator can ask for: install, verify, repair, rollback, uninstall, and what all of them share."""
