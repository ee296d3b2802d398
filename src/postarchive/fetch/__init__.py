"""Ask the site as a good guest: named, paced, obedient to robots.txt, patient with a server in trouble.

guest    when a URL may be asked, and how often again
robots   what a host's robots.txt allows
wire     one request and its whole answer, or the reason why none came
answers  what an answer says about going on: redirects, media type, Retry-After
"""

from postarchive.fetch.answers import cool_down, is_html, redirect_target
from postarchive.fetch.guest import Guest
from postarchive.fetch.limits import Limits
from postarchive.fetch.wire import user_agent

__all__ = ["Guest", "Limits", "cool_down", "is_html", "redirect_target", "user_agent"]
