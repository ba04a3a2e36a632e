"""The pages: ``/`` shows what the application runs on, ``/health`` answers ``ok``."""

import platform
import sys

import twisted
from twisted.web import resource

from my_app import __version__

try:
    from html import escape
except ImportError:  # Python 2.7
    from cgi import escape

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>my_app {version}</title>
<style>
body {{ margin: 0; background: #f4f5f7; color: #1d2430; font: 16px/1.5 "Segoe UI", system-ui, sans-serif }}
main {{ max-width: 34em; margin: 12vh auto; padding: 2em 2.5em; background: #fff; border-radius: 10px;
        box-shadow: 0 1px 3px rgba(0, 0, 0, .15) }}
h1 {{ margin: 0 0 .2em; font-size: 1.6em }}
p {{ margin: 0 0 1.4em; color: #5a6473 }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ padding: .45em 0; border-top: 1px solid #e5e8ec; text-align: left; vertical-align: top }}
th {{ width: 40%; font-weight: 600 }}
</style>
</head>
<body>
<main>
<h1>my_app {version}</h1>
<p>It works: installed from one archive, with no network.</p>
<table>
{rows}
</table>
</main>
</body>
</html>
"""


def facts():
    """What it runs on, as pairs of texts."""
    return [
        ("Python", "{0}, {1} bit".format(platform.python_version(), 64 if sys.maxsize > 2**32 else 32)),
        ("Twisted", twisted.__version__),
        ("pywin32", _version_of("win32api", "pywin32")),
        ("pyodbc", _version_of("pyodbc", "pyodbc")),
        ("System", "{0} {1}".format(platform.system(), platform.release())),
    ]


def page():
    """The page at ``/``, in UTF-8."""
    row = "<tr><th>{0}</th><td>{1}</td></tr>"
    rows = "\n".join(row.format(name, escape(_text(value))) for name, value in facts())
    return PAGE.format(version=__version__, rows=rows).encode("utf-8")


def _text(value):
    """On Python 2.7 an error of Windows may come as bytes in any code page."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _version_of(module, project):
    """The version of an optional package, if it can really be imported: a missing DLL shows here."""
    try:
        __import__(module)
    except ImportError as error:
        return "not here ({0})".format(error)
    try:
        from importlib.metadata import PackageNotFoundError, version
    except ImportError:  # before Python 3.8
        return "imported"
    try:
        return version(project)
    except PackageNotFoundError:
        return "imported"


class Page(resource.Resource):
    """One path's answer, worked out at each request."""

    isLeaf = True  # noqa: N815, the name is Twisted's

    def __init__(self, content_type, body):
        resource.Resource.__init__(self)
        self.content_type = content_type
        self.body = body

    def render_GET(self, request):  # noqa: N802, the name is Twisted's
        request.setHeader(b"content-type", self.content_type)
        request.setHeader(b"cache-control", b"no-store")
        return self.body()


def root():
    """The site's root resource."""
    top = resource.Resource()
    top.putChild(b"", Page(b"text/html; charset=utf-8", page))
    top.putChild(b"health", Page(b"text/plain; charset=utf-8", lambda: b"ok\n"))
    return top
