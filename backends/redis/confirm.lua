-- A login is written.
-- KEYS user, users
-- ARGV who, id, login, lifetime, then those that are the user's no more

local USER, USERS = unpack(KEYS)
local WHO, ID, LOGIN, LIFETIME = unpack(ARGV, 1, 4)

prune(USER, 5)
entered(USER, ID)
if blocked(USER) then
	return { BLOCKED, '' }
end
local before = call('HGET', USER, 'm:' .. ID)
local at = before and entry(before) or text(micro())
call('HSET', USER, 'm:' .. ID, at .. ' ' .. LOGIN)
keep_user(USER, number(LIFETIME))
index(USERS, WHO)
return { OK, '' }
