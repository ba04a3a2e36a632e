"""Windows programs (Microsoft's PE format): ``pe_header`` reads a few facts by hand, ``binary`` all of one, ``programs`` those of a zip."""
