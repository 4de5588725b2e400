-- A login is written.
-- KEYS user
-- ARGV id, login, lifetime, then those that are the user's no more

local USER = KEYS[1]
local ID, LOGIN = ARGV[1], ARGV[2]

prune(USER, 4)
if blocked(USER) then
	return { BLOCKED, '' }
end
local before = call('HGET', USER, 'm:' .. ID)
local at = before and entry(before) or text(micro())
call('HSET', USER, 'm:' .. ID, at .. ' ' .. LOGIN)
keep_user(USER, number(ARGV[3]))
return { OK, '' }
