"""A record's JSON is the same text whichever way it is written: the database and each fingerprint rest on it."""

import json

import pytest

from postarchive.jsonvalue import Json, JsonObject
from postarchive.record.text import record_text


@pytest.mark.parametrize("is_sorted", [False, True], ids=["as it is", "sorted"])
@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"title": "none"}, id="no paragraphs"),
        pytest.param({"paragraphs": []}, id="an empty list"),
        pytest.param({"paragraphs": [""]}, id="an empty text"),
        pytest.param(
            {"title": "z", "paragraphs": ["one", "two"], "images": [{"url": "u", "caption": None}]}, id="plain"
        ),
        pytest.param({"paragraphs": ['a "quoted" \\ word\nand a line', "\\n", '\\"']}, id="quotes, backslashes, lines"),
        pytest.param({"paragraphs": ["plain", "中国邮政", "\u2028", "\ud800"]}, id="beyond ASCII"),
        pytest.param(
            {"title": '"paragraphs":0', "paragraphs": ["a"], "z": '"paragraphs":0'}, id="its own sign in texts"
        ),
        pytest.param({"paragraphs": ["a", None]}, id="no text"),
        pytest.param({"paragraphs": None}, id="no list"),
    ],
)
def test_text_is_the_encoders(document: JsonObject, *, is_sorted: bool) -> None:
    expected = json.dumps(document, ensure_ascii=False, sort_keys=is_sorted, separators=(",", ":"))

    assert record_text(document, is_sorted=is_sorted) == expected


def test_every_character_is_written_as_the_encoder_writes_it() -> None:
    for code in range(0x100):
        texts: list[Json] = [f"a{chr(code)}b", chr(code)]

        assert json.loads(record_text({"paragraphs": texts})) == {"paragraphs": texts}
        assert record_text({"paragraphs": texts})[14:-1] == json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
