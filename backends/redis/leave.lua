-- A login was not written, or a session is the user's no more: if its entry is the one of this login, it goes. One that
-- was listed before a login that was not written stays; what it is, is seen when somebody looks.
-- KEYS user
-- ARGV id, login, then those that are the user's no more

local USER = KEYS[1]
local value = call('HGET', USER, 'm:' .. ARGV[1])

prune(USER, 3)
if value then
	local at, login, pending, was = entry(value)
	if login == ARGV[2] and pending and was then
		call('HSET', USER, 'm:' .. ARGV[1], at .. ' ' .. login)
	elseif login == ARGV[2] then
		call('HDEL', USER, 'm:' .. ARGV[1])
	end
end
return { OK, '' }
