"""`hotlines` and `registrations`: the numbers in the page frame, with their time."""

import json

from commands import Run


def test_hotlines_and_registrations_show_the_numbers_with_their_time(run: Run) -> None:
    lines = json.loads(run("hotlines", "--format", "json").stdout)
    numbers = json.loads(run("registrations", "--format", "json").stdout)

    assert [line["dial"] for line in lines] == ["+861011185", "+861095580", "+861011183", "+864008909999"]
    assert {(item["kind"], item["number"]) for item in numbers} >= {
        ("ICP", "京ICP备15035540号"),
        ("PSB", "京公网安备110401400185号"),
    }
    assert all(line["first_seen"] <= line["last_seen"] for line in lines + numbers)
