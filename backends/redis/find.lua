-- KEYS session, meta

local status, cause = state_at(KEYS[1])
local all = status ~= NOT_FOUND and record(KEYS[1])
if not all then
	return { NOT_FOUND, '', whole(KEYS[2]) }
end
return { status, cause, '', 0, {}, all }
