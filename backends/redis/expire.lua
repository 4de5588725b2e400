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
	call('ZREM', CREATED, ID)
	return { OK, '' }
end
if status == OK then
	call('ZADD', DUE, text(over), ID)
	return { OK, '' }
end
tell_end(S, ID, META, EVENTS, 'expired')
local of = call('HMGET', S, 'realm', 'user', 'listed')
bury(S, 'expired', over + TOMBSTONE)
call('ZREM', DUE, ID)
call('ZREM', SEEN, ID)
call('ZREM', CREATED, ID)
return { OK, '', '', 1, told, { 'realm', of[1] or '', 'user', of[2] or '', 'listed', of[3] or '' } }
