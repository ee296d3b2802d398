"""The tables of an archive's database, and the number of their version.

The database is derived: each row follows from the WARC files, so there are no migrations. A change here raises
`VERSION`, and `postarchive rebuild` brings an archive up to it.
"""

VERSION = 9
APPLICATION_ID = 0x706F7374  # "post": how `file` and SQLite name the program that owns a database

# `post` also finds `posts`; the module `search` decides all else about words, and passes plain ones.
TOKENIZE = "porter ascii"

TABLES = f"""
CREATE TABLE files (
  file           TEXT PRIMARY KEY,   -- relative to the archive
  ingested_bytes INTEGER NOT NULL    -- every record before this position has its rows
) WITHOUT ROWID;

CREATE TABLE runs (
  run     TEXT PRIMARY KEY,          -- its start in UTC, as in the name of its WARC file
  file    TEXT NOT NULL,
  started TEXT NOT NULL,             -- ISO 8601, UTC
  ended   TEXT,                      -- NULL: still running, or cut off
  options TEXT NOT NULL,             -- JSON object
  counts  TEXT                       -- JSON object; NULL: still running, or cut off
) WITHOUT ROWID;

CREATE TABLE seals (                 -- time stamps of outside authorities; only `verify` proves what they say
  id        INTEGER PRIMARY KEY,
  run       TEXT NOT NULL REFERENCES runs (run),  -- all runs before it are sealed
  manifest  TEXT NOT NULL,           -- the digest that covers these runs
  authority TEXT NOT NULL,           -- its URL
  time      TEXT NOT NULL,           -- by the reply: when they existed
  record_id TEXT NOT NULL UNIQUE,
  file      TEXT NOT NULL,
  offset    INTEGER NOT NULL
);
CREATE INDEX seals_by_run ON seals (run);

CREATE TABLE captures (
  id             INTEGER PRIMARY KEY,
  run            TEXT NOT NULL REFERENCES runs (run),
  url            TEXT NOT NULL,
  time           TEXT NOT NULL,      -- when the request began, ISO 8601, UTC
  status         INTEGER NOT NULL,
  media_type     TEXT,               -- NULL: not sent
  length_bytes   INTEGER NOT NULL,   -- of the body as sent
  payload_digest TEXT NOT NULL,
  location       TEXT,               -- NULL: no redirect
  etag           TEXT,               -- NULL: not sent
  last_modified  TEXT,               -- NULL: not sent
  retry_after    TEXT,               -- until when to leave the host alone; NULL: not sent
  origin         TEXT NOT NULL,      -- live, import, wayback, commoncrawl
  replay_url     TEXT,               -- its address in another web archive; NULL: not a replay
  record_id      TEXT NOT NULL UNIQUE,
  file           TEXT NOT NULL,
  offset         INTEGER NOT NULL,
  stored_bytes   INTEGER NOT NULL
);
CREATE INDEX captures_by_url ON captures (url, id);
CREATE INDEX captures_by_digest ON captures (payload_digest, url, time);
CREATE INDEX captures_by_replay ON captures (replay_url) WHERE replay_url IS NOT NULL;

CREATE TABLE pages (
  id      INTEGER PRIMARY KEY,
  site    TEXT NOT NULL,             -- english includes its mirror
  key     TEXT NOT NULL,             -- node and sheet, 23048456-1; without a node the path
  node    INTEGER,                   -- NULL: neither script nor URL names one
  sheet   INTEGER NOT NULL,
  url     TEXT NOT NULL,             -- where it was first seen
  article INTEGER,                   -- the first captured sheet of its article; if it is not in parts, the page itself
  kind    TEXT NOT NULL,
  title   TEXT,                      -- this and the next two: as in the latest version
  date    TEXT,                      -- ISO; NULL: not shown
  source  TEXT,                      -- NULL: not shown
  gone    TEXT,                      -- since when; NULL: still there
  UNIQUE (site, key)
);
CREATE INDEX pages_by_node ON pages (node);
CREATE INDEX pages_by_date ON pages (date);
CREATE INDEX pages_by_article ON pages (article, sheet);

CREATE TABLE addresses (
  url        TEXT PRIMARY KEY,
  host       TEXT NOT NULL,
  page       INTEGER REFERENCES pages (id),  -- NULL: no page came from it yet
  first_seen TEXT NOT NULL,
  last_seen  TEXT NOT NULL,          -- latest response of any status
  status     INTEGER NOT NULL,       -- of that response
  refused    TEXT,                   -- why the latest response made no record: drift, refused, bug; NULL: it made one
  missing    TEXT,                   -- the run that got a 404 here; NULL: the latest response was not a 404
  version    INTEGER REFERENCES versions (id),  -- last shown here; NULL: none yet
  parts      TEXT,                   -- JSON: the part of the layout that wrote each field; NULL: the page names none
  capture    INTEGER NOT NULL REFERENCES captures (id)  -- latest response 200: its validators are sent back
) WITHOUT ROWID;
CREATE INDEX addresses_by_page ON addresses (page);
CREATE INDEX addresses_by_version ON addresses (version);  -- to find the addresses of a version that is deleted

CREATE TABLE versions (
  id            INTEGER PRIMARY KEY,
  page          INTEGER NOT NULL REFERENCES pages (id),
  number        INTEGER NOT NULL,    -- 1 is the oldest
  change        TEXT NOT NULL,       -- new, edit, layout
  record        TEXT NOT NULL,       -- JSON as `parse` prints it; a list's rows as last seen
  fingerprint   TEXT NOT NULL,
  skeleton      TEXT NOT NULL,
  parts         INTEGER NOT NULL,    -- how many sheets its article has
  first_seen    TEXT NOT NULL,
  last_seen     TEXT NOT NULL,
  first_capture INTEGER NOT NULL REFERENCES captures (id),
  last_capture  INTEGER NOT NULL REFERENCES captures (id),
  UNIQUE (page, number)
);

CREATE TABLE changes (
  id      INTEGER PRIMARY KEY,
  page    INTEGER NOT NULL REFERENCES pages (id),
  time    TEXT NOT NULL,
  change  TEXT NOT NULL,             -- new, edit, layout, gone, back
  detail  TEXT,                      -- the fields that changed, or why it is gone; NULL: nothing to add
  version INTEGER NOT NULL,          -- number of the version it made, or that was current
  capture INTEGER NOT NULL REFERENCES captures (id)
);
CREATE INDEX changes_by_page ON changes (page, id);

CREATE TABLE link_lists (            -- where pages link to; the view `links` has a row for each URL
  page INTEGER PRIMARY KEY REFERENCES pages (id),
  urls TEXT NOT NULL                 -- JSON array in order: absolute, on an allow-listed host, each once
);

CREATE TABLE numbers (
  id            INTEGER PRIMARY KEY,
  host          TEXT NOT NULL,
  kind          TEXT NOT NULL,       -- hotline, ICP, PSB
  label         TEXT NOT NULL,       -- a hotline's; empty for registrations
  number        TEXT NOT NULL,       -- as printed
  dial          TEXT,                -- E.164; NULL: a registration, or not to be dialled from abroad
  first_seen    TEXT NOT NULL,
  last_seen     TEXT NOT NULL,
  first_capture INTEGER NOT NULL REFERENCES captures (id),
  last_capture  INTEGER NOT NULL REFERENCES captures (id),
  UNIQUE (host, kind, label, number)
);

CREATE TABLE number_pages (
  number INTEGER NOT NULL REFERENCES numbers (id),
  page   INTEGER NOT NULL REFERENCES pages (id),
  PRIMARY KEY (number, page)
) WITHOUT ROWID;

CREATE TABLE problems (
  id      INTEGER PRIMARY KEY,
  run     TEXT NOT NULL REFERENCES runs (run),
  url     TEXT NOT NULL,
  time    TEXT NOT NULL,
  kind    TEXT NOT NULL,             -- no-answer, forbidden, refused, drift, moved, redirect, type, status
  detail  TEXT NOT NULL,
  missing TEXT,                      -- fields that the page lacks, separated by blanks; NULL: another problem
  capture INTEGER REFERENCES captures (id)  -- NULL: no response came
);
CREATE INDEX problems_by_run ON problems (run);

-- Contentless: the words are in `versions`; Chinese is indexed in pairs of characters (see module `search`). The body
-- comes first, because FTS5 spends two bytes per word and page on naming any other column: a quarter of the index.
CREATE VIRTUAL TABLE search USING fts5 (body, title, content = '', tokenize = '{TOKENIZE}');

CREATE TABLE unindexed (             -- fewer than a batch: pages whose words the index lacks, or has as before
  page    INTEGER PRIMARY KEY REFERENCES pages (id),  -- of an article in parts its first sheet
  records TEXT                       -- JSON: those of its sheets that the index has; NULL: none
);

CREATE VIEW links (page, url) AS SELECT page, value FROM link_lists, json_each(urls);
"""  # noqa: S608 - a constant

# The latest records of an article's sheets as a JSON array; NULL when it has none.
LATEST_RECORDS = """
    SELECT '[' || group_concat(record, ',') || ']' FROM (
      SELECT (SELECT record FROM versions WHERE versions.page = sheet.id ORDER BY number DESC LIMIT 1) AS record
      FROM pages AS sheet WHERE sheet.article = {article} ORDER BY sheet.sheet, sheet.id
    ) WHERE record IS NOT NULL"""
