-- KEYS an order of sessions: "seen" or "created"
-- ARGV ids
-- The moment of each; nothing where it is not there.

local scores = {}
for i, id in ipairs(ARGV) do
	scores[i] = call('ZSCORE', KEYS[1], id) or ''
end
return { OK, '', '', 0, {}, scores }
