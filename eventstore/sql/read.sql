-- name: stream
SELECT * FROM events
WHERE stream = ? AND sequence > ? AND position <= ? ORDER BY sequence LIMIT ?;

-- name: all
SELECT * FROM events
WHERE position > ? AND position <= ? ORDER BY position LIMIT ?;

-- name: count_streams
-- A prefix is a span: from it up to its successor.
SELECT count(*) FROM (SELECT 1 FROM streams WHERE stream >= ? AND stream < ? LIMIT ?);

-- name: few_streams
SELECT events.* FROM streams CROSS JOIN events USING (stream)
WHERE +position > ?1 AND +position <= ?2 AND streams.stream >= ?3 AND streams.stream < ?4
ORDER BY position LIMIT ?5;

-- name: many_streams
SELECT * FROM events
WHERE position > ?1 AND position <= ?2 AND +stream >= ?3 AND +stream < ?4
ORDER BY position LIMIT ?5;

-- name: head
SELECT position, hash, epoch FROM head;

-- name: meta
SELECT log_id FROM meta;

-- name: last_at
SELECT coalesce(max(at), 0) FROM events WHERE position = (SELECT max(position) FROM events);

-- name: forms
SELECT type, shape FROM forms;

-- name: stream_row
SELECT stream, sequence, last_position, open, due_at FROM streams WHERE stream = ?;

-- name: open_streams
SELECT stream, sequence, last_position, open, due_at FROM streams
WHERE open AND stream >= ? AND stream < ? ORDER BY last_position;

-- name: request
SELECT method, digest, first, last FROM requests WHERE actor = ? AND request_id = ?;

-- name: sequence
SELECT sequence FROM streams WHERE stream = ?;

-- name: document
SELECT content FROM documents WHERE digest = ? AND kept;

-- name: content
SELECT content FROM documents WHERE digest = ?;

-- name: salt
SELECT salt FROM salts WHERE stream = ?;
