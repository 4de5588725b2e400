-- The device as it is kept under another policy than it was; also of one whose time the save before this one has ended.
-- KEYS session
-- ARGV first address, last address, user agent

local status, cause, over = state_at(KEYS[1])
if not over then
	return { status, cause }
end
call('HSET', KEYS[1], 'first_ip', ARGV[1], 'last_ip', ARGV[2], 'agent', ARGV[3])
return { OK, '', '', 0, {}, record(KEYS[1]) or {} }
