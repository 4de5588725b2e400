-- A login begins: its session is listed, not yet confirmed.
-- KEYS user, users
-- ARGV who, id, login, how many sessions he may have (0: any number), patience for its confirmation
-- OK, and where it would be one too many, all that are listed; BUSY: others that are about to log in must come to an end
-- first; BLOCKED.

local USER, USERS = unpack(KEYS)
local WHO, ID, LOGIN, QUOTA, PATIENCE = unpack(ARGV)

if blocked(USER) then
	return { BLOCKED, '' }
end
local crowd = {}
if QUOTA ~= '0' then
	local all, others = members(USER), 0
	local busy, moment = false, micro()
	for i = 1, #all, 2 do
		if all[i] ~= ID then
			local _, _, pending = entry(all[i + 1])
			others = others + 1
			busy = busy or (pending and pending > moment)
		end
	end
	if others >= number(QUOTA) then
		if busy then
			return { BUSY, '' }
		end
		crowd = all
	end
end
local moment = micro()
local before = call('HGET', USER, 'm:' .. ID)
local at = before and entry(before) or text(moment)
call('HSET', USER, 'm:' .. ID, at .. ' ' .. LOGIN .. ' ' .. text(moment + number(PATIENCE) * 1000) .. (before and ' w' or ''))
keep_user(USER, number(PATIENCE))
index(USERS, WHO)
return { OK, '', '', 0, {}, crowd }
