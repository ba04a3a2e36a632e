"""Who vouches for a bundle, and what is in it: detached signatures, the bill of materials."""
