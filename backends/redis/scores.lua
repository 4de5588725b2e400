-- KEYS for each session its bucket's order of sessions: "seen" or "created"
-- ARGV their ids
-- The moment of each; nothing where it is not there.

local scores = {}
for i, id in ipairs(ARGV) do
	scores[i] = call('ZSCORE', KEYS[i], id) or ''
end
return { OK, '', '', 0, {}, scores }
