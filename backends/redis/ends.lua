-- How a session ends.

local ENDS = {
	logout = { 'session.logged_out', '' },
	evicted = { 'session.evicted', '' },
	revoked = { 'session.revoked', '' },
	blocked = { 'session.revoked', 'user-blocked' },
}

-- Of what another store has, too: how long it lives there we cannot know, since a login there begins its time anew.
local PUT_TOMBSTONE = 30 * 86400000
local function until_when(key, cause, forgotten)
	if cause == 'expired' or not call('HGET', key, 'put') then
		return forgotten
	end
	return forgotten + PUT_TOMBSTONE
end

-- A tombstone from now on, also where there was one, or nothing. All but the attributes and the lock stays for a while,
-- so that a token that comes later can be told whose it was.
local function bury(key, cause, forgotten)
	forgotten = until_when(key, cause, forgotten)
	strip(key)
	call('HDEL', key, 'lock', 'holder', 'listed')
	call('HSET', key, 'ended', cause, 'forgotten', text(forgotten))
	keep(key, forgotten)
end

-- Of a session that is there, as far as anybody has said.
local function tell_end(key, id, meta, stream, cause)
	if cause == 'expired' then
		local f = call('HMGET', key, 'seen', 'idle', 'touch', 'expires')
		local idle = end_of(number(f[1]), number(f[2]), number(f[3]), number(f[4])) < number(f[4])
		tell_of(key, id, meta, stream, 'session.expired', idle and 'idle' or 'absolute')
	else
		tell_of(key, id, meta, stream, ENDS[cause][1], ENDS[cause][2])
	end
end
