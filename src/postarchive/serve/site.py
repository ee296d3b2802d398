"""Datasette over a copy, with our settings and our plugin, for as long as it is open."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datasette.app import Datasette

from postarchive.serve.about import metadata
from postarchive.serve.calendars import CalendarViews
from postarchive.serve.database import Copy, Internal
from postarchive.serve.feeds import FeedViews
from postarchive.serve.follow import Follower
from postarchive.serve.machine import MachineViews
from postarchive.serve.memento import MementoViews
from postarchive.serve.pictures import ROUTE, Pictures
from postarchive.serve.plugin import plugged
from postarchive.serve.policy import App, guarded
from postarchive.serve.reached import Reached
from postarchive.serve.tables import DATABASE
from postarchive.serve.views import Views

ANY_LOCAL = Reached()
HERE = Path(__file__).parent
SETTINGS = {
    "default_page_size": 25,
    "max_returned_rows": 1000,
    "sql_time_limit_ms": 2000,
    "truncate_cells_html": 240,
    "facet_suggest_time_limit_ms": 20,  # for each column
    "default_cache_ttl": 0,  # the next copy has the same address
}


@contextmanager
def open_site(follower: Follower, archive: Path, place: Reached = ANY_LOCAL) -> Iterator[Datasette]:
    """Yield Datasette over the copies of an archive, whose evidence it reads when a page's own HTML is requested.

    `place` is where readers reach it, by default only this machine.
    """
    archive = archive.absolute()  # its path distinguishes errors of the whole archive from those of a page
    datasette = Datasette(
        files=[],
        metadata=metadata(),
        template_dir=str(HERE / "templates"),
        static_mounts=[("-/assets", str(HERE / "static"))],
        settings=SETTINGS,
    )
    datasette.add_database(Copy(datasette, follower.editions), name=DATABASE)
    datasette.add_database(Internal(datasette, memory_name=secrets.token_hex()), name="_internal")
    pictures = Pictures(archive)
    mementos, calendars = MementoViews(archive, pictures, place), CalendarViews(archive)
    views = Views(archive, pictures, mementos, lambda: f"{follower.editions.read_now.made:%Y-%m-%d %H:%M} UTC")
    machine, feeds = MachineViews(archive, place), FeedViews(archive, place)
    for_programs = [*machine.routes(), *feeds.routes()]
    routes = [*for_programs, *calendars.routes(), *mementos.routes(), (ROUTE, pictures.picture), *views.routes()]

    def wrap(app: App) -> App:
        return guarded(follower.wrap(app), place.is_answered)

    with plugged(datasette, wrap, routes):
        datasette.client.app = datasette.app()  # it was made before our hooks existed
        try:
            yield datasette
        finally:
            for database in datasette.databases.values():
                database.close()
