-- KEYS the due indexes of some buckets
-- ARGV at most how many
-- Whose time may have come.

local left, ids = number(ARGV[1]), {}
for i = 1, #KEYS do
	if left > 0 then
		for _, id in ipairs(call('ZRANGEBYSCORE', KEYS[i], '-inf', text(now), 'LIMIT', 0, left)) do
			ids[#ids + 1] = id
			left = left - 1
		end
	end
end
return { OK, '', '', 0, {}, ids }
