"""YAML front matter that can hold any text: every value is JSON, which is valid YAML."""

import json
import re
from collections.abc import Mapping

from postarchive.jsonvalue import Json

# JSON leaves these as they are; to YAML they are line ends, or not allowed in a file, and in an editor some of them
# reverse the text that follows.
_NOT_IN_YAML = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")


def front_matter(fields: Mapping[str, Json]) -> str:
    """Return the block between its two rules, one field per line; the names are ours, and plain."""
    lines = "".join(f"{name}: {_scalar(value)}\n" for name, value in fields.items())
    return f"---\n{lines}---\n"


def _scalar(value: Json) -> str:
    return _NOT_IN_YAML.sub(_escaped, json.dumps(value, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
