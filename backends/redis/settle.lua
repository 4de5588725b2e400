-- Whether the session of a mark was made.
-- KEYS mark
-- ARGV the making, 1: it was

local m = call('HMGET', KEYS[1], 'making', 'until', 'unsettled')
if m[1] ~= ARGV[1] then
	return { NOT_FOUND, '' }
end
if ARGV[2] == '1' then
	call('HDEL', KEYS[1], 'unsettled')
	keep(KEYS[1], number(m[2]) + TOMBSTONE)
elseif m[3] then
	call('DEL', KEYS[1])
end
return { OK, '' }
