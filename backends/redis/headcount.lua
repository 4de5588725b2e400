-- KEYS for some buckets "created", then "meta" of each, then "due" of each
-- The number: 1 if nothing is to be said against it: nobody may have ended whom no one has ended yet, and as many are
-- counted as are listed. Then "authenticated:APP" or "anonymous:APP" and how many, in turn. NOT_FOUND: they were never
-- counted.

local BUCKETS = #KEYS / 3
local all, exact = {}, true

for i = 1, BUCKETS do
	local created, meta, due = KEYS[i], KEYS[BUCKETS + i], KEYS[2 * BUCKETS + i]
	local some, sum, counted = heads(meta, '')
	if not counted then
		return { NOT_FOUND, '' }
	end
	for name, sessions in pairs(some) do
		all[name] = (all[name] or 0) + math.max(sessions, 0)
	end
	exact = exact and counted ~= '0' and sum == call('ZCARD', created)
		and #call('ZRANGEBYSCORE', due, '-inf', text(now), 'LIMIT', 0, 1) == 0
end
all[UNKNOWN] = nil
local found = {}
for name, sessions in pairs(all) do
	found[#found + 1] = name
	found[#found + 1] = text(sessions)
end
return { OK, '', '', exact and 1 or 0, {}, found }
