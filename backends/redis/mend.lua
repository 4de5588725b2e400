-- What a script could not use, since it is of another type than ours is there: it is set aside, as KEY:aside, so that all
-- goes on without it. Never a bucket's meta: by that its layout is known, and all else depends on it.
-- KEYS of that script
-- Which they were.

local TYPES = {
	events = 'stream', due = 'zset', seen = 'zset', created = 'zset', users = 'zset', line = 'zset', patience = 'zset',
	u = 'hash', k = 'hash',
}
local INDEXES = { due = true, seen = true, created = true }

local aside = {}
for _, key in ipairs(KEYS) do
	local bucket, part = string.match(key, '^(.-{%x%x}:)(%a+)')
	local is = call('TYPE', key).ok
	if TYPES[part] and is ~= 'none' and is ~= TYPES[part] then
		call('RENAME', key, key .. ':aside')
		aside[#aside + 1], aside[key] = key, true
		if INDEXES[part] then
			aside[bucket] = true
		end
	end
end

-- What the other indexes have is due now, by which it comes into all of them again (expire.lua), and is counted.
for _, key in ipairs(KEYS) do
	local bucket = string.match(key, '^(.-{%x%x}:)')
	if aside[bucket] then
		aside[bucket] = nil
		if aside[bucket .. 'created'] and call('TYPE', bucket .. 'meta').ok == 'hash' then
			drop(bucket .. 'meta', 'new:')
			settle(bucket .. 'meta')
		end
		local fine = {}
		for part in pairs(INDEXES) do
			if call('TYPE', bucket .. part).ok == 'zset' then
				fine[#fine + 1] = bucket .. part
			end
		end
		if #fine > 0 then
			call('ZUNIONSTORE', bucket .. 'due', #fine, unpack(fine, 1, #fine))
			call('ZUNIONSTORE', bucket .. 'due', 1, bucket .. 'due', 'WEIGHTS', 0)
		end
	end
end
return { OK, '', '', 0, {}, { unpack(aside) } }
