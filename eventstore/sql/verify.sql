-- name: head
-- The head row, and where the events really end.
SELECT position, hash, epoch, (SELECT coalesce(max(position), 0) FROM events) FROM head;

-- name: hash
SELECT hash FROM events WHERE position = ?;

-- name: page
SELECT events.*, salts.salt FROM events LEFT JOIN salts USING (stream)
WHERE position > ? AND position <= ? ORDER BY position LIMIT ?;

-- name: references
SELECT position, digest FROM value_refs WHERE position > ? AND position <= ?;

-- name: erasure
SELECT type, shape, payload FROM events WHERE position = ?;

-- name: streams_without_row
-- Streams whose row is missing or says something else than the events.
SELECT last_position, 'stream ' || found.stream || ': its row is not what its events say'
FROM (
    SELECT stream, max(sequence) AS sequence, max(position) AS last_position, count(*) AS events
    FROM events GROUP BY stream
) AS found
LEFT JOIN streams AS kept USING (stream, sequence, last_position)
WHERE kept.stream IS NULL OR found.sequence <> found.events
ORDER BY 1 LIMIT 1;

-- name: rows_without_stream
SELECT last_position, 'stream ' || stream || ': a row without events' FROM streams
WHERE NOT EXISTS (SELECT 1 FROM events WHERE events.stream = streams.stream)
ORDER BY 1 LIMIT 1;

-- name: requests
SELECT first, 'request ' || request_id || ' of ' || requests.actor || ' is not in its event'
FROM requests LEFT JOIN events ON events.position = requests.first
WHERE events.position IS NULL OR events.actor <> requests.actor
    OR events.request IS NOT requests.request_id
    OR requests.last NOT BETWEEN requests.first AND (SELECT position FROM head)
ORDER BY 1 LIMIT 1;

-- name: missing_contents
SELECT position, 'user data that lies apart is missing' FROM value_refs
WHERE NOT EXISTS (SELECT 1 FROM documents WHERE documents.digest = value_refs.digest)
ORDER BY 1 LIMIT 1;

-- name: documents
SELECT digest, content FROM documents WHERE digest > ? ORDER BY digest LIMIT ?;

-- name: referrer
SELECT coalesce(min(position), 0) FROM value_refs WHERE digest = ?;
