-- KEYS session, meta, events, due, seen, created
-- ARGV id, save id, lifetime, cause of its event, then the record's fields and their values. Its times are counted from
--      now on, by our clock.
-- The number: when that was; all else of the record the caller knows. 0: it was made before, and this is what it is now.

local S, META, EVENTS, DUE, SEEN, CREATED = unpack(KEYS)
local ID, SAVE, LIFETIME, CAUSE = unpack(ARGV, 1, 4)

local size = 0
for i = 5, #ARGV do
	size = size + #ARGV[i]
end
if size > BYTES / 2 then
	return { LIMIT, '' }
end
-- All that lists it.
local function enlist(over)
	local at = call('HMGET', S, 'seen', 'created', 'app', 'user')
	call('ZADD', DUE, text(over), ID)
	call('ZADD', SEEN, at[1], ID)
	if call('ZADD', CREATED, at[2], ID) == 1 then
		headcount(META, head(at[3], at[4]), at[2], 1)
	end
end

local status, cause, over = state_at(S)
if status == ENDED then
	return { ENDED, cause }
elseif status == OK then
	if has_save(call('HGET', S, 'saves'), SAVE) then
		enlist(over) -- what stood in the place of an index may have kept it from that
		return { OK, '', '', 0, {}, call('HGETALL', S) }
	end
	return { MOVED, '' }
elseif spoiled then
	return { MOVED, '' }
end
if over then -- nobody had come by to bury it
	tell_end(S, ID, META, EVENTS, 'expired')
	local of = call('HMGET', S, 'app', 'user', 'created')
	uncount(META, CREATED, ID, head(of[1], of[2]), of[3])
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
enlist(over)
tell_of(S, ID, META, EVENTS, 'session.created', CAUSE)
if of[1] then
	tell_of(S, ID, META, EVENTS, 'session.login', '')
end
return { OK, '', '', now, told }
