-- name: values
SELECT position, "values", refs FROM events
WHERE stream = ? AND sequence <= ? AND digest IS NOT NULL AND erased IS NULL;

-- name: event
UPDATE events SET "values" = ?, refs = NULL, erased = ? WHERE position = ?;

-- name: references
DELETE FROM value_refs WHERE position = ?;

-- name: content
-- The last reference is gone.
DELETE FROM documents
WHERE digest = ?1 AND NOT kept AND NOT EXISTS (SELECT 1 FROM value_refs WHERE digest = ?1);

-- name: salt
DELETE FROM salts WHERE stream = ?;
