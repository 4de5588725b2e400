-- KEYS sessions
-- Of each its realm, its user, when it was created and when it was seen; four times nothing where there is none, and of one
-- that is spoiled, so that nobody knows, "spoiled" in the place of the third.

local all = {}
for _, key in ipairs(KEYS) do
	spoiled = false
	local f = fields(key, 'layout', 'ended', 'forgotten', 'seen', 'idle', 'touch', 'expires', 'realm', 'user', 'created')
	local there = state(key, unpack(f, 1, 7)) == OK
	for _, value in ipairs({ f[8] or '', f[9] or '', f[10] or '', f[4] or '' }) do
		all[#all + 1] = there and value or ''
	end
	if spoiled then
		all[#all - 1] = 'spoiled'
	end
end
return { OK, '', '', 0, {}, all }
