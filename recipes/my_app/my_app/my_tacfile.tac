# twistd --rundir SITE-PACKAGES/my_app --python my_tacfile.tac
import os

from twisted.application import internet, service
from twisted.web import server

from my_app import settings, web

interface, port = settings.load(os.environ)
application = service.Application("my_app")
internet.TCPServer(port, server.Site(web.root()), interface=interface).setServiceParent(application)
