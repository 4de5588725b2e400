-- The sessions of a bucket are counted anew, some of them at a time, by when they were created; who comes and goes meanwhile
-- counts himself (heads.lua).
-- KEYS created, meta, then the sessions that the answer before this one has named
-- ARGV who counts them, up to which moment of creation these are all ("": it begins), how many next, then their ids
-- The number: 1 when all are counted, else these are next: up to which moment, ids. BUSY: somebody else has begun.

local CREATED, META = KEYS[1], KEYS[2]
local WHO, UNTIL, MOST = ARGV[1], ARGV[2], number(ARGV[3])

local function of_span(from, last, most)
	return call('ZRANGEBYSCORE', CREATED, from, last, 'WITHSCORES', 'LIMIT', 0, most)
end

-- What a person has added is none of ours.
local function is_id(member)
	return string.find(member, '^[%w_][%w_-]+$') and #member == 20
end

-- As which it counts.
local function head_of(key)
	spoiled = false
	local f = fields(key, 'layout', 'ended', 'forgotten', 'seen', 'idle', 'touch', 'expires', 'app', 'user')
	local _, _, over = state(key, unpack(f, 1, 7))
	return over and head(f[8], f[9]) or UNKNOWN
end

-- False: there are others by now than were named.
local function look(from)
	local known, found = {}, {}
	for i = 3, #KEYS do
		known[ARGV[i + 1]] = KEYS[i]
	end
	local some = of_span(from, UNTIL, MOST + 1)
	if #some > 2 * MOST then
		return false
	end
	for i = 1, #some, 2 do
		local key = known[some[i]]
		if not key and is_id(some[i]) then
			return false
		end
		local name = key and head_of(key) or UNKNOWN
		found[name] = (found[name] or 0) + 1
	end
	for name, sessions in pairs(found) do
		call('HINCRBY', META, 'new:' .. name, sessions)
	end
	return true
end

-- Of their last millisecond all, or none. False: it has so many.
local function next_of(from)
	local some = of_span(from, '+inf', MOST + 1)
	local last = some[#some]
	if #some <= 2 * MOST then
		return some
	end
	while some[#some] == last do
		some[#some] = nil
		some[#some] = nil
	end
	return #some > 0 and some
end

local reached, who = string.match(call('HGET', META, 'recount') or '', '^(%d+) (%S+)$')
if UNTIL == '' then
	drop(META, 'new:')
	reached = '0'
elseif who ~= WHO then
	return { BUSY, '' }
elseif look('(' .. reached) then
	reached = UNTIL
end
call('HSET', META, 'recount', reached .. ' ' .. WHO)
local some = next_of('(' .. reached)
if not some then
	return { BUSY, '' }
elseif #some == 0 then
	settle(META)
	return { OK, '', '', 1 }
end
local named = { some[#some] }
for i = 1, #some, 2 do
	if is_id(some[i]) then
		named[#named + 1] = some[i]
	end
end
return { OK, '', '', 0, {}, named }
