-- KEYS session, meta

local status, cause = state_at(KEYS[1])
if status == NOT_FOUND then
	return { status, cause, whole(KEYS[2]) }
end
return { status, cause, '', 0, {}, call('HGETALL', KEYS[1]) }
