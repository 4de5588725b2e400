-- A session says that it is the user's, for the case that his record was lost.
-- KEYS user, users
-- ARGV who, id, login, lifetime, when it was listed (0: now)
-- BLOCKED: it should have ended with the block.

local USER, USERS = unpack(KEYS)
local WHO, ID, LOGIN, LIFETIME, SINCE = unpack(ARGV)

-- An entry of another login may go with what that has left: one that brings its own time, as a put does, has its own.
local before = call('HGET', USER, 'm:' .. ID)
if before and (SINCE == '0' or select(2, entry(before)) == LOGIN) then
	return { OK, '' }
end
if blocked(USER) then
	return { BLOCKED, '' }
end
call('HSET', USER, 'm:' .. ID, (SINCE ~= '0' and SINCE .. '000' or text(micro())) .. ' ' .. LOGIN)
keep_user(USER, number(LIFETIME))
index(USERS, WHO)
return { OK, '' }
