"""The tables of the catalogue, and how those of an older sigma become them."""

from typing import Final

VERSION: Final = 3
_NOTES: Final = """
CREATE TABLE notes (
    series INTEGER NOT NULL REFERENCES series,
    source TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    kind TEXT NOT NULL,
    ts_ns INTEGER NOT NULL, -- 0: about the source as a whole
    text TEXT NOT NULL
) STRICT;
CREATE INDEX notes_of_series ON notes (series, sha256);
"""
_TRADES: Final = """
ALTER TABLE series ADD COLUMN identity TEXT NOT NULL DEFAULT 'time';
ALTER TABLE parts ADD COLUMN id_min INTEGER;
ALTER TABLE parts ADD COLUMN id_max INTEGER;
"""
UPGRADES: Final = {1: _NOTES, 2: _TRADES}
SCHEMA: Final = f"""
CREATE TABLE instruments (
    venue TEXT NOT NULL,
    market TEXT NOT NULL,
    price_exp INTEGER NOT NULL,
    size_exp INTEGER NOT NULL,
    always_open INTEGER NOT NULL,
    PRIMARY KEY (venue, market)
) STRICT;
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    venue TEXT NOT NULL,
    market TEXT NOT NULL,
    kind TEXT NOT NULL,
    synthetic INTEGER NOT NULL,
    UNIQUE (venue, market, kind),
    FOREIGN KEY (venue, market) REFERENCES instruments
) STRICT;
CREATE TABLE parts (
    generation INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice: what a swap compares
    series INTEGER NOT NULL REFERENCES series,
    period TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    rows INTEGER NOT NULL,
    first_ts_ns INTEGER NOT NULL,
    last_ts_ns INTEGER NOT NULL,
    gaps INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    superseded_ts_ns INTEGER
) STRICT;
CREATE UNIQUE INDEX current_parts ON parts (series, period) WHERE superseded_ts_ns IS NULL;
CREATE INDEX part_files ON parts (file);
CREATE TABLE sources (
    series INTEGER NOT NULL REFERENCES series,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    layout TEXT NOT NULL,
    first_ts_ns INTEGER NOT NULL,
    last_ts_ns INTEGER NOT NULL,
    added_ts_ns INTEGER NOT NULL,
    PRIMARY KEY (series, name, sha256)
) STRICT;
{_NOTES}{_TRADES}"""
