-- KEYS session, line, patience
-- ARGV fence that is handed back (0: none), ticket that leaves the line, or hands back what it was given (empty: none)

local S, LINE, PATIENCE = unpack(KEYS)
local f = call('HMGET', S, 'fence', 'holder')
if (ARGV[1] ~= '0' and f[1] == ARGV[1]) or (ARGV[2] ~= '' and f[2] == ARGV[2]) then
	call('HDEL', S, 'lock', 'holder')
end
if ARGV[2] ~= '' then
	step_out(LINE, PATIENCE, ARGV[2])
end
return { OK, '' }
