from django.urls import path

from django_shelf.views import shelf

urlpatterns = [path("", shelf)]
