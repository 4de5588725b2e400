-- A login was not written, or a session is the user's no more: if its entry is the one of this login, it goes. One that
-- was listed before a login that was not written stays; what it is, is seen when somebody looks.
-- KEYS user, users
-- ARGV who, id, login, then those that are the user's no more

local USER, USERS = unpack(KEYS)
local WHO, ID, LOGIN = unpack(ARGV, 1, 3)
local value = call('HGET', USER, 'm:' .. ID)

prune(USER, 4)
entered(USER, ID)
if value then
	local at, login, pending, was = entry(value)
	if login == LOGIN and pending and was then
		call('HSET', USER, 'm:' .. ID, at .. ' ' .. login)
	elseif login == LOGIN then
		call('HDEL', USER, 'm:' .. ID)
	end
end
unindex(USER, USERS, WHO)
return { OK, '' }
