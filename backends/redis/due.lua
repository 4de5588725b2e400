-- KEYS the due indexes of some buckets
-- ARGV at most how many
-- Whose time may have come. What cannot be a session's id is nobody's of ours, and goes.

local left, ids = number(ARGV[1]), {}
for i = 1, #KEYS do
	if left > 0 then
		for _, id in ipairs(call('ZRANGEBYSCORE', KEYS[i], '-inf', text(now), 'LIMIT', 0, left)) do
			if #id == 20 then
				ids[#ids + 1] = id
			else
				call('ZREM', KEYS[i], id)
			end
			left = left - 1
		end
	end
end
return { OK, '', '', 0, {}, ids }
