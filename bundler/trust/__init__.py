"""Who vouches for a bundle: detached signatures."""
