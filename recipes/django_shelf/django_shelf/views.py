from django.shortcuts import render

from django_shelf.models import Book


def shelf(request):
    """The page at ``/``."""
    return render(request, "shelf.html", {"count": Book.objects.count(), "books": Book.objects.order_by("-added")[:20]})
