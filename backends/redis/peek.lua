-- KEYS session
-- What a login needs to know of another session of its user.

local status, cause = state_at(KEYS[1])
local f = fields(KEYS[1], 'realm', 'user', 'created', 'seen')
return { status, cause, spoiled and 'never' or '', 0, {}, { 'realm', f[1] or '', 'user', f[2] or '', 'created', f[3] or '', 'seen', f[4] or '' } }
