-- name: event
-- 0 stands for NULL (eventstore/chain.py says why).
INSERT INTO events VALUES (
    ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), nullif(?, 0), nullif(?, 0), ?, ?, ?,
    nullif(?, 0), NULL, nullif(?, 0), NULL, ?
);

-- name: refs
UPDATE events SET refs = ? WHERE position = ?;

-- name: whole_event
INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: head
UPDATE head SET position = ?, hash = ?, epoch = ?;

-- name: stream
-- (stream, sequence, last position, open or null, due or null, whether due is cleared before)
INSERT INTO streams VALUES (?1, ?2, ?3, coalesce(?4, 0), ?5)
ON CONFLICT (stream) DO UPDATE SET
    sequence = ?2,
    last_position = ?3,
    open = coalesce(?4, open),
    due_at = CASE WHEN ?6 THEN ?5 ELSE min(coalesce(due_at, ?5), coalesce(?5, due_at)) END;

-- name: request
INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?);

-- name: salt
INSERT INTO salts VALUES (?, ?);

-- name: document
INSERT INTO documents VALUES (?, ?, ?)
ON CONFLICT (digest) DO UPDATE SET kept = 1 WHERE excluded.kept > kept;

-- name: reference
INSERT INTO value_refs VALUES (?, ?);

-- name: form
INSERT INTO forms VALUES (?, ?) ON CONFLICT DO NOTHING;

-- name: new_head
INSERT INTO head VALUES (1, ?, ?, ?);

-- name: new_meta
INSERT INTO meta VALUES (1, ?, ?);
