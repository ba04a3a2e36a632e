"""What attackers, liars and broken files try: a module a kind."""
