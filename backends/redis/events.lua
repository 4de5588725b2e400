-- What happened, into the bucket's stream. An id is the microsecond and the event's number in its bucket: a reader sees
-- by that whether some before it were dropped.

local KEPT = 1024
local told = {}
local NODE = table.remove(ARGV) -- which gateway it is that asks
local said = {} -- who ends a session from outside, and why

local function tell(meta, stream, type, cause, fields)
	local time, last = call('TIME'), call('HMGET', meta, 'event', 'moment')
	local moment, event = time[1] * 1000000 + time[2], number(last[1]) + 1
	if moment < number(last[2]) then -- the clock was set back; ids never are
		moment = number(last[2])
	end
	local entry = { 'type', type, 'at', fields.at or text(now) }
	fields.at, fields.cause, fields.node = nil, cause, NODE
	for name, value in pairs(fields) do
		if value and value ~= '' then
			entry[#entry + 1] = name
			entry[#entry + 1] = value
		end
	end
	call('HSET', meta, 'event', event, 'moment', text(moment))
	call('XADD', stream, 'MAXLEN', '~', KEPT, text(moment) .. '-' .. event, unpack(entry))
	told[#told + 1] = type
	told[#told + 1] = cause
end

-- Of the session at this key, whose id it is.
local function tell_of(key, id, meta, stream, type, cause)
	local of = call('HMGET', key, 'realm', 'app', 'user')
	tell(meta, stream, type, cause, { session = id, realm = of[1], app = of[2], user = of[3], actor = said.actor, reason = said.reason })
end
