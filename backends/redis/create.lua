-- KEYS session, meta, events, due, seen, created
-- ARGV id, save id, lifetime, cause of its event, then the record's fields and their values. Its times are counted from
--      now on, by our clock.

local S, META, EVENTS, DUE, SEEN, CREATED = unpack(KEYS)
local ID, SAVE, LIFETIME, CAUSE = unpack(ARGV, 1, 4)

local size = 0
for i = 5, #ARGV do
	size = size + #ARGV[i]
end
if size > BYTES / 2 then
	return { LIMIT, '' }
end
local status, cause, over = state_at(S)
if status == ENDED then
	return { ENDED, cause }
elseif status == OK then
	if has_save(call('HGET', S, 'saves'), SAVE) then
		return { OK, '', '', 0, {}, call('HGETALL', S) }
	end
	return { MOVED, '' }
elseif spoiled then
	return { MOVED, '' }
end
if over then -- nobody had come by to bury it
	tell_end(S, ID, META, EVENTS, 'expired')
end
call('DEL', S)
for i = 5, #ARGV, 1000 do
	call('HSET', S, unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
local of = call('HMGET', S, 'user', 'idle', 'touch')
local time, expires = text(now), now + number(LIFETIME)
call('HSET', S, 'created', time, 'rotated', time, 'seen', time, 'expires', text(expires), 'login', of[1] and time or '0')
over = end_of(now, number(of[2]), number(of[3]), expires)
keep(S, over + TOMBSTONE)
call('ZADD', DUE, text(over), ID)
call('ZADD', SEEN, time, ID)
call('ZADD', CREATED, time, ID)
tell_of(S, ID, META, EVENTS, 'session.created', CAUSE)
if of[1] then
	tell_of(S, ID, META, EVENTS, 'session.login', '')
end
return { OK, '', '', 0, told, call('HGETALL', S) }
