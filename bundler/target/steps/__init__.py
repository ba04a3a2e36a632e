"""Single changes of the machine on the way to a release that is in use, and how each is taken back."""
