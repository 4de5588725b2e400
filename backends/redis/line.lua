-- Who waits for something that one has at a time: tickets by the microsecond at which they came (line), and by the one at
-- which they are taken for dead (patience).

local function step_out(line, patience, ticket)
	call('ZREM', line, ticket)
	call('ZREM', patience, ticket)
end

-- Nobody is before it; those who have died meanwhile do not count.
local function is_next(line, patience, ticket)
	local first, moment = call('ZRANGE', line, 0, 0)[1], micro()
	while first and first ~= ticket and number(call('ZSCORE', patience, first)) < moment do
		step_out(line, patience, first)
		first = call('ZRANGE', line, 0, 0)[1]
	end
	return not first or first == ticket
end

-- Behind those who came before that moment; one that has a place keeps it. How many stand before it.
local function stand(line, patience, ticket, came, silence)
	call('ZADD', line, 'NX', text(came), ticket)
	call('ZADD', patience, text(micro() + silence * 1000), ticket)
	call('PEXPIRE', line, 10 * silence)
	call('PEXPIRE', patience, 10 * silence)
	return call('ZRANK', line, ticket)
end
