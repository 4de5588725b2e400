-- A login begins: its session is listed, not yet confirmed.
-- KEYS user, users, line, patience
-- ARGV who, id, login, which is its ticket, how many sessions he may have (0: any number), patience for its confirmation,
--      for how long it has waited, patience in line
-- OK, and where it would be one too many, the record, or the number 1 if that is too long to be read at once; BUSY: others
-- that are about to log in must come to an end first, or have come before it, whose number it is; BLOCKED.

local FEW = 500

local USER, USERS, LINE, PATIENCE = unpack(KEYS)
local WHO, ID, LOGIN, QUOTA, CONFIRMED, WAITED, SILENCE = unpack(ARGV)

if blocked(USER) then
	return { BLOCKED, '' }
end
local moment = micro()
local over = text(moment + number(CONFIRMED) * 1000)
local before = call('HGET', USER, 'm:' .. ID)
local crowd, long = {}, 0
if QUOTA ~= '0' then
	local others, waited = listed(USER) - (before and 1 or 0), entering(USER, ID)
	if others >= number(QUOTA) then
		if not is_next(LINE, PATIENCE, LOGIN) or #waited > 0 then
			return { BUSY, '', '', stand(LINE, PATIENCE, LOGIN, moment - number(WAITED) * 1000, number(SILENCE)) }
		end
		if others <= FEW then
			crowd = call('HGETALL', USER)
		else
			long = 1
		end
	end
	step_out(LINE, PATIENCE, LOGIN)
	waited[#waited + 1] = ID
	waited[#waited + 1] = over
	call('HSET', USER, 'entering', table.concat(waited, ' '))
end
local at = before and entry(before) or text(moment)
call('HSET', USER, 'm:' .. ID, at .. ' ' .. LOGIN .. ' ' .. over .. (before and ' w' or ''))
keep_user(USER, number(CONFIRMED))
index(USERS, WHO)
return { OK, '', '', long, {}, crowd }
