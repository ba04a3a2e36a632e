"""Django's settings. SHELF_DATA names the folder of what outlives releases; without it a check of the release needs none."""

import os
import secrets
from pathlib import Path

DATA = Path(os.environ["SHELF_DATA"]) if os.environ.get("SHELF_DATA") else None


def _key(data):
    """The site's secret key, made once; one for this run where nothing is kept."""
    if data is None:
        return secrets.token_urlsafe(50)
    path = data / "secret.key"
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        path.write_text(secrets.token_urlsafe(50), encoding="ascii")
        return path.read_text(encoding="ascii")


SECRET_KEY = _key(DATA)
DEBUG = False
ALLOWED_HOSTS = os.environ.get("SHELF_HOSTS", "localhost 127.0.0.1").split()
INSTALLED_APPS = ["django.contrib.staticfiles", "django_shelf"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
ROOT_URLCONF = "django_shelf.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA / "shelf.sqlite3" if DATA else ":memory:",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
STATIC_ROOT = DATA / "static" if DATA else None
TIME_ZONE = "Europe/Zurich"
USE_TZ = True
