-- A session says that it is the user's, for the case that his record was lost.
-- KEYS user, users
-- ARGV who, id, login, lifetime
-- BLOCKED: it should have ended with the block.

local USER, USERS = unpack(KEYS)
local WHO, ID, LOGIN, LIFETIME = unpack(ARGV)

if call('HGET', USER, 'm:' .. ID) then
	return { OK, '' }
end
if blocked(USER) then
	return { BLOCKED, '' }
end
call('HSET', USER, 'm:' .. ID, text(micro()) .. ' ' .. LOGIN)
keep_user(USER, number(LIFETIME))
index(USERS, WHO)
return { OK, '' }
