-- What all scripts share. Before it come the statuses' numbers (redis_script.c) and the clock (redis_clock.c), after it
-- the script, in one text. Each answers
--   { status, cause, whole since, number, { event, cause, ... }, { field, value, ... } }
-- of which it may leave out the end. Times are milliseconds; numbers that may be beyond 2^53, such as epochs, stay text.

local TOMBSTONE, STALE, BEATS = 300000, 60000, 60000
local FIELDS, BYTES = 65536 + 64, 33554432 -- no session has more, and none is given more than half of that
local call = redis.call
local now = clock()

-- What stands in a session's place is none that we can read: of another type, of another layout, half of one, too large.
local spoiled = false

local function text(n)
	return string.format('%.0f', n)
end

local function number(t)
	return tonumber(t) or 0
end

-- Microseconds of Redis's own clock, also where time is the suite's.
local function micro()
	local time = call('TIME')
	return time[1] * 1000000 + time[2]
end

-- session_end_ms()
local function end_of(seen, idle, touch, expires)
	return math.min(seen + idle + math.min(touch, math.floor(idle / 10)), expires)
end

-- Since when the bucket has lost nothing. Nobody has said so for a while: since now, of which beat.lua tells. "never" if
-- what was asked for is there and spoiled: then nobody's token may be taken for it.
local function whole(meta)
	if spoiled then
		return 'never'
	end
	local m = call('HMGET', meta, 'since', 'beat')
	if m[1] and m[2] and now - tonumber(m[2]) <= BEATS then
		return m[1]
	end
	local lost = m[1] and m[2] and 'unattended' or 'empty'
	call('HSET', meta, 'layout', '1', 'since', text(now), 'beat', text(now), 'lost', lost)
	return text(now)
end

local function fields(key, ...)
	local f = redis.pcall('HMGET', key, ...)
	if not f.err then
		return f
	elseif string.sub(f.err, 1, 9) ~= 'WRONGTYPE' then
		return call('HMGET', key, ...) -- fails once more
	end
	spoiled = true
	return {}
end

local function spoil()
	spoiled = true
	return NOT_FOUND, ''
end

-- All fields and values; nil: it is spoiled.
local function record(key)
	local bytes = 0
	if call('HLEN', key) > FIELDS then
		spoiled = true
		return nil
	end
	local all = call('HGETALL', key)
	for i = 1, #all do
		bytes = bytes + #all[i]
	end
	if bytes > BYTES then
		spoiled = true
		return nil
	end
	return all
end

-- What a session is, of whom these fields are known: its status and why it ended; and when it does.
local function state(key, layout, ended, forgotten, seen, idle, touch, expires)
	if spoiled or (layout and layout ~= '1') then
		return spoil()
	end
	if ended then
		forgotten = tonumber(forgotten)
		if not forgotten then
			return spoil()
		elseif forgotten <= now then
			return NOT_FOUND, ''
		end
		return ENDED, ended
	end
	if not expires then
		if call('EXISTS', key) == 1 then
			return spoil()
		end
		return NOT_FOUND, ''
	end
	seen, idle, touch, expires = tonumber(seen), tonumber(idle), tonumber(touch), tonumber(expires)
	if not (seen and idle and touch and expires and seen + idle + touch + expires < 2 ^ 66) then -- "nan" is a number to Lua
		return spoil()
	end
	local over = end_of(seen, idle, touch, expires)
	if over + TOMBSTONE <= now then
		return NOT_FOUND, '', over
	end
	if over <= now then
		return ENDED, 'expired', over
	end
	return OK, '', over
end

local function state_at(key)
	return state(key, unpack(fields(key, 'layout', 'ended', 'forgotten', 'seen', 'idle', 'touch', 'expires'), 1, 7))
end

local function has_save(saves, id)
	return saves and string.find(' ' .. saves .. ' ', ' ' .. id .. ' ', 1, true) ~= nil
end

-- Redis forgets it then; no sooner than a moment, no later than it can count.
local function keep(key, ms)
	call('PEXPIRE', key, text(math.min(math.max(ms - now, 1), 1e15)))
end

-- Its attributes go.
local function strip(key)
	local gone = {}
	for _, field in ipairs(call('HKEYS', key)) do
		if string.sub(field, 1, 2) == 'a:' then
			gone[#gone + 1] = field
		end
	end
	for i = 1, #gone, 1000 do
		call('HDEL', key, unpack(gone, i, math.min(i + 999, #gone)))
	end
end
