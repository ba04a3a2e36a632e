"""Wheels become files of an environment, as pip would write them; partly in processes of their own."""
