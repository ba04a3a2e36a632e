"""Archives from outside: zip, tar and 7z, read as streams behind one guard."""
