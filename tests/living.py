"""An article of three sheets, and what befalls it while it is watched."""

from archiving import HOME, Archivist
from fakesite import FIXTURES, FakeSite

NODE = "22033375"
SHEETS = {sheet: f"{HOME}html1/report/2203/3375-{sheet}.htm" for sheet in (1, 2, 3)}
SECOND = (FIXTURES / "english.chinapost.com.cn/html1/report/2203/3375-2.htm").read_bytes()
DAY_SECONDS = 86400.0


def sheet_page(sheet: int, word: str) -> bytes:
    """Return a sheet whose text is one paragraph with a word that nothing else has."""
    start = SECOND.index(b"<span id='ReportIDtext'>") + len(b"<span id='ReportIDtext'>")
    end = SECOND.index(b"<div id='ContentPageDIV'>")
    return SECOND[:start] + f"<p>Part {sheet} tells of the {word} at length.</p>".encode() + SECOND[end:]


def live(site: FakeSite, archivist: Archivist) -> Archivist:
    """Let an archive see an article whose sheets are each edited, gone and back, each at another time; return it."""
    site.edit(SHEETS[1], sheet_page(1, "lighthouse"))
    site.edit(SHEETS[2], sheet_page(2, "skipper"))
    archivist.fetch(SHEETS[1], SHEETS[2])
    steps = [(2, "captain"), (1, "beacon"), (3, "harbour"), (3, None), (3, "harbour"), (2, None), (2, "captain")]
    steps += [(1, None), (1, "beacon"), (3, "pier")]
    for sheet, word in steps:
        archivist.clock.sleep(DAY_SECONDS)
        if word is None:
            site.remove(SHEETS[sheet])
        else:
            site.edit(SHEETS[sheet], sheet_page(sheet, word))
        archivist.fetch(SHEETS[sheet])
    return archivist
