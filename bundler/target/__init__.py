"""The half that runs on the target, from inside the bundle, under the boot Python: Python 2.7 and 3.6 to 3.14, standard library only.

It reads ``manifest.json`` and nothing else of the product. ``bootstrap.py`` composes the parts; what touches the system
comes in as a ``Host``.
"""
