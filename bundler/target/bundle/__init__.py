"""What came with the archive: its manifest, and whether every byte is there."""
