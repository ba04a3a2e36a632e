from django.db import models


class Book(models.Model):
    """One book on the shelf."""

    title = models.CharField(max_length=200)
    added = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return self.title
