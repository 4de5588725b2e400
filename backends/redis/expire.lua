-- What is due: it goes on to its real end, or ends, which whoever comes first tells.
-- KEYS session, meta, events, due, seen, created
-- ARGV id
-- The number: 1 if it has ended.

local S, META, EVENTS, DUE, SEEN, CREATED = unpack(KEYS)
local ID = ARGV[1]

local status, cause, over = state_at(S)
if spoiled then -- nobody knows when it ends
	call('ZREM', DUE, ID)
	return { NOT_FOUND, '', whole(META) }
end
if not over then -- it has ended before, or is gone
	call('ZREM', DUE, ID)
	call('ZREM', SEEN, ID)
	uncount(META, CREATED, ID)
	return { OK, '' }
end
if status == OK then
	local at = call('HMGET', S, 'seen', 'created', 'app', 'user')
	call('ZADD', DUE, text(over), ID)
	if at[1] and at[2] then -- they may have been lost (mend.lua)
		call('ZADD', SEEN, at[1], ID)
		if call('ZADD', CREATED, at[2], ID) == 1 then
			headcount(META, head(at[3], at[4]), at[2], 1)
		end
	end
	return { OK, '' }
end
tell_end(S, ID, META, EVENTS, 'expired')
local of = call('HMGET', S, 'realm', 'user', 'listed', 'app', 'created')
bury(S, 'expired', over + TOMBSTONE)
call('ZREM', DUE, ID)
call('ZREM', SEEN, ID)
uncount(META, CREATED, ID, head(of[4], of[2]), of[5])
return { OK, '', '', 1, told, { 'realm', of[1] or '', 'user', of[2] or '', 'listed', of[3] or '' } }
