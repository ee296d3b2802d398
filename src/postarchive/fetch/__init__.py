"""Make requests as a good guest: named, paced, obedient to robots.txt, patient with a server in trouble.

guest        when a URL may be requested, and how often to retry
robots       what an origin's robots.txt allows
wire         one request and its whole response, or why none came
connections  to the network, through a proxy or to an address that was checked
tap          a response as it comes off the socket
limits       how patient all of them are
pace         the pause between requests to a host
responses    what a response says to do next: redirects, Retry-After
"""

from postarchive.http1 import is_html
from postarchive.startup import without

with without("chardet"):  # requests loads it, if it is installed, to guess charsets; that is for `pages`
    from postarchive.fetch.connections import resolve
    from postarchive.fetch.guest import Guest
    from postarchive.fetch.limits import Limits, Resolve
    from postarchive.fetch.responses import cool_down, redirect_target
    from postarchive.fetch.wire import user_agent

__all__ = ["Guest", "Limits", "Resolve", "cool_down", "is_html", "redirect_target", "resolve", "user_agent"]
