"""The connection to the SQL Server: where it is comes from environment variables."""

import os
import sys

import pyodbc

pyodbc.pooling = (
    False  # a page asks once; and Wine 10, in which a bundle is rehearsed, ends programs that pool connections
)

DRIVER = "ODBC Driver 18 for SQL Server"
SECONDS = 5


class DatabaseError(Exception):
    """The database can't be reached; the message says why."""


def must_have_driver():
    """Raise DatabaseError unless Windows has the driver: pyodbc's own words for that name neither it nor its installer."""
    if DRIVER not in pyodbc.drivers():
        found = ", ".join(pyodbc.drivers()) or "none"
        raise DatabaseError(f"{DRIVER} is not installed on this machine (ODBC drivers here: {found})")


def orders():
    """The newest orders, as pairs of number and customer; raises DatabaseError."""
    must_have_driver()
    settings = {
        "Driver": f"{{{DRIVER}}}",
        "Server": os.environ.get("ORDERS_SERVER", "localhost"),
        "Database": os.environ.get("ORDERS_DATABASE", "orders"),
        "UID": os.environ.get("ORDERS_USER", "orders"),
        "PWD": "{" + os.environ.get("ORDERS_PASSWORD", "").replace("}", "}}") + "}",
        "Encrypt": "yes",
    }
    words = ";".join(f"{name}={value}" for name, value in settings.items())
    try:
        connection = pyodbc.connect(words, timeout=SECONDS)
        try:
            rows = connection.execute("SELECT TOP 20 number, customer FROM orders ORDER BY number DESC").fetchall()
        finally:
            connection.close()
    except pyodbc.Error as error:
        raise DatabaseError(f"the SQL Server {settings['Server']} can't be asked: {error.args[-1]}")
    return [(row[0], row[1]) for row in rows]


def check():
    """The program orders-check: whether the driver is there. Ends with 3 if it isn't."""
    try:
        must_have_driver()
    except DatabaseError as error:
        sys.exit(_say(str(error)))
    print(f"{DRIVER} is installed")


def _say(words):
    print(f"error: {words}", file=sys.stderr)
    return 3
