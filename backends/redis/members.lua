-- KEYS user
-- Ids and entries of all sessions that are listed.

return { OK, '', '', 0, {}, members(KEYS[1]) }
