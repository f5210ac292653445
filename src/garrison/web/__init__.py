"""The pages of a service: models and their scorecards, a live view, drift, and forms to try a detector with.

Everything is made on the server, works without scripts and without internet, and stands behind the same keys and limits
as the service's addresses.
"""

from garrison.web.site import WebSite, make_site

__all__ = ["WebSite", "make_site"]
