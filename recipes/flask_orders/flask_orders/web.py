"""The pages: ``/`` lists orders, ``/health`` answers ``ok`` whether or not the database does."""

from flask import Flask, render_template_string

from flask_orders.database import DatabaseError, orders

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Orders</title>
<h1>Orders</h1>
{% if fault %}<p>No orders can be shown: {{ fault }}</p>{% endif %}
<table>{% for number, customer in rows %}<tr><td>{{ number }}<td>{{ customer }}</tr>{% endfor %}</table>
</html>
"""


def create_app():
    """What waitress serves."""
    app = Flask(__name__)

    @app.get("/")
    def page():
        try:
            rows, fault = orders(), None
        except DatabaseError as error:
            rows, fault = [], str(error)
        return render_template_string(PAGE, rows=rows, fault=fault)

    @app.get("/health")
    def health():
        return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}

    return app
