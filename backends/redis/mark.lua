-- A session is about to be made of what this mark stands for.
-- KEYS mark
-- ARGV the making (session and save id), until when it would stand, patience for its settlement
-- OK: it is made, unsettled; BUSY: another is about to be made of it; MARKED.

local MAKING, UNTIL, PATIENCE = unpack(ARGV)
local m = call('HMGET', KEYS[1], 'making', 'made', 'until', 'unsettled')
local time = call('TIME')
local moment = time[1] * 1000 + math.floor(time[2] / 1000)

if m[1] and m[1] ~= MAKING and number(m[3]) > now then
	if not m[4] then
		return { MARKED, '', '', number(m[2]) }
	elseif tonumber(m[4]) > moment then
		return { BUSY, '' }
	end
end
if number(UNTIL) <= now then
	return { MARKED, '', '', 0 }
end
if m[1] ~= MAKING then
	call('DEL', KEYS[1])
	call('HSET', KEYS[1], 'making', MAKING, 'made', text(now), 'until', UNTIL, 'unsettled', text(moment + number(PATIENCE)))
	keep(KEYS[1], now + number(PATIENCE) + TOMBSTONE)
end
return { OK, '' }
