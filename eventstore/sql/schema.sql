-- The log. Positions and sequences have no gaps; rows of events are never deleted.
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream   TEXT    NOT NULL,
    sequence INTEGER NOT NULL,
    type     TEXT    NOT NULL,
    shape    INTEGER NOT NULL,
    at       INTEGER NOT NULL, -- UTC microseconds
    actor    TEXT    NOT NULL,
    request  TEXT,
    cause    INTEGER,
    trace    TEXT,
    epoch    INTEGER NOT NULL,
    decider  INTEGER NOT NULL,
    payload  TEXT    NOT NULL, -- JSON: structure
    "values" TEXT,             -- JSON: user data
    refs     TEXT,             -- JSON: field to digest of user data that lies in documents
    digest   BLOB,             -- of "values" and refs, salted
    erased   INTEGER,          -- position of the ValuesErased that took the user data
    hash     BLOB    NOT NULL,
    UNIQUE (stream, sequence)
);

CREATE TABLE head (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    position INTEGER NOT NULL,
    hash     BLOB    NOT NULL,
    epoch    INTEGER NOT NULL
);

CREATE TABLE streams (
    stream        TEXT    PRIMARY KEY,
    sequence      INTEGER NOT NULL,
    last_position INTEGER NOT NULL,
    open          INTEGER NOT NULL, -- something is still to happen
    due_at        INTEGER           -- not after the first timer it waits for
) WITHOUT ROWID;
CREATE INDEX open_streams ON streams (stream) WHERE open;

CREATE TABLE requests (
    actor      TEXT    NOT NULL,
    request_id TEXT    NOT NULL,
    method     TEXT    NOT NULL,
    digest     BLOB    NOT NULL,
    first      INTEGER NOT NULL,
    last       INTEGER NOT NULL,
    PRIMARY KEY (actor, request_id)
) WITHOUT ROWID;

CREATE TABLE salts (
    stream TEXT PRIMARY KEY,
    salt   BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE documents (
    digest  TEXT PRIMARY KEY,
    content BLOB    NOT NULL,
    kept    INTEGER NOT NULL -- 1: given with a batch, stays; 0: user data, goes with its last reference
);
CREATE TABLE value_refs (
    position INTEGER NOT NULL,
    digest   TEXT    NOT NULL,
    PRIMARY KEY (position, digest)
) WITHOUT ROWID;
CREATE INDEX value_refs_by_digest ON value_refs (digest);

-- Which event classes and shapes the log has: a release that lacks one refuses to start.
CREATE TABLE forms (
    type  TEXT    NOT NULL,
    shape INTEGER NOT NULL,
    PRIMARY KEY (type, shape)
) WITHOUT ROWID;

CREATE TABLE meta (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    log_id  TEXT    NOT NULL,
    created INTEGER NOT NULL
);
