"""What to suggest when people type a command or value that does not exist: the nearest one, in plain words."""

import re
from collections.abc import Iterable

# What people may type for one of our commands.
ALIASES = {
    **dict.fromkeys(("search", "find", "list", "ls", "grep", "select", "sql"), "query"),
    **dict.fromkeys(("get", "crawl", "download", "update", "add", "archive"), "fetch"),
    **dict.fromkeys(("cat", "view", "print", "open", "read"), "show"),
    **dict.fromkeys(("log", "versions", "changes"), "history"),
    **dict.fromkeys(("validate", "fsck", "audit"), "verify"),
    **dict.fromkeys(("status", "health", "monitor"), "check"),
    **dict.fromkeys(("statistics", "summary", "count", "info"), "stats"),
    **dict.fromkeys(("web", "server", "browse"), "serve"),
    **dict.fromkeys(("rss", "atom"), "feed"),
    **dict.fromkeys(("cron", "systemd"), "schedule"),
    **dict.fromkeys(("phones", "telephones"), "hotlines"),
    **dict.fromkeys(("reindex", "repair"), "rebuild"),
}
# 'jsn' is not one of 'table', 'json', 'jsonl'.
CHOICE = re.compile(r"'(?P<given>[^']*)' is not one of (?P<choices>'.*')")
# How typer puts it, and how a person would.
PLAIN = (
    (re.compile(r"is not a valid (?:int|integer)(?: range)?\b"), "is not a whole number"),
    (re.compile(r"is not a valid float(?: range)?\b"), "is not a number"),
    (re.compile(r"is not in the range (\S+)<=x<=(\S+?)(?=\.?$)"), r"is out of range; give \1 to \2"),
    (re.compile(r"is not in the range x>=(\S+?)(?=\.?$)"), r"is too small; give \1 or more"),
    (re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)"), r"Unexpected argument: \1"),
)
ALIKE = 0.7


def nearest_command(word: str, commands: Iterable[str]) -> str | None:
    """Return the command that someone probably meant by this; None when nothing comes close."""
    known = {name: name for name in commands} | ALIASES
    near = known.get(word.lower()) or next(iter(_near(word, known, ALIKE)), None)
    return known.get(near, near) if near else None


def in_plain_words(message: str) -> str:
    """Return typer's usage error in plain words, with the choice spelt most like what was typed."""
    for pattern, plain in PLAIN:
        message = pattern.sub(plain, message)
    return message if message.endswith("?") else f"{message.rstrip('.')}.{_nearest(message)}"


def _nearest(message: str) -> str:
    found = CHOICE.search(message)
    if found is None:
        return ""
    near = _near(found["given"], re.findall(r"'([^']*)'", found["choices"]))
    return f" Did you mean {near[0]!r}?" if near else ""


def _near(word: str, known: Iterable[str], alike: float = 0.6) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(word.lower(), known, n=1, cutoff=alike)
