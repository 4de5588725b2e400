-- KEYS session, meta, line (tickets by the moment at which they came), patience (tickets by when they are taken for dead)
-- ARGV realm, hash of the secret, lease, ticket, 1: waits in line, patience
-- Leases are of Redis's own clock, and so is patience. OK with the fence as number, or without: the secret is not good.
-- BUSY: the number is how many are before it, and behind it how long the lease is that is waited for.

local S, META, LINE, PATIENCE = unpack(KEYS)
local REALM, HASH, LEASE, TICKET, WAITS, SILENCE = unpack(ARGV)

local status, cause = state_at(S)

-- NOT_FOUND, if it turns out that the record cannot be read: nobody has locked it then.
local function answer(fence)
	local all = record(S)
	if not all then
		if fence > 0 then
			call('HDEL', S, 'lock', 'holder')
		end
		return { NOT_FOUND, '', whole(META) }
	end
	return { status, cause, '', fence, {}, all }
end

if status ~= OK then
	step_out(LINE, PATIENCE, TICKET)
	if status == NOT_FOUND then
		return { status, cause, whole(META) }
	end
	return answer(0)
end

local f = call('HMGET', S, 'realm', 'hash', 'old1', 'good1', 'old2', 'good2', 'lock', 'holder', 'fence')
local function good(hash, over)
	return hash == HASH and over and (over == 'unseen' or now < number(over))
end
if f[1] ~= REALM or not (f[2] == HASH or good(f[3], f[4]) or good(f[5], f[6])) then
	step_out(LINE, PATIENCE, TICKET)
	return answer(0)
end

local time = call('TIME')
local moment = time[1] * 1000 + math.floor(time[2] / 1000)
local left = f[7] and number(f[7]) - moment or 0
if left > 0 and f[8] == TICKET then -- the answer was lost
	return answer(number(f[9]))
end

if is_next(LINE, PATIENCE, TICKET) and left <= 0 then
	-- no lower than the time, so that a server that has lost the last one gives none a second time
	local fence = math.max(number(f[9]) + 1, time[1] * 1000000 + time[2])
	call('HSET', S, 'fence', text(fence), 'lock', text(moment + number(LEASE)), 'holder', TICKET)
	step_out(LINE, PATIENCE, TICKET)
	return answer(fence)
end
if WAITS ~= '1' then
	step_out(LINE, PATIENCE, TICKET)
	return { BUSY, '' }
end
local last = call('ZRANGE', LINE, -1, -1, 'WITHSCORES')[2]
local before = stand(LINE, PATIENCE, TICKET, math.max(micro(), number(last) + 1), number(SILENCE))
return { BUSY, '', '', before, {}, { 'left', text(math.max(left, 0)) } }
