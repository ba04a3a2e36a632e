"""What attackers, liars and broken files try, a module a kind; `python -m tests.attack` goes on looking."""
