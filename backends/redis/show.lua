-- What a list shows of sessions: all but the values of their attributes, which may be long.
-- KEYS sessions
-- For each its fields and their values; nothing where there is none, or where it is spoiled.

local SHOWN = {
	'seen', 'idle', 'touch', 'expires', 'hash', 'epoch', 'csrf', 'version', 'realm', 'app', 'user', 'chosen',
	'remembered', 'bytes', 'count', 'host', 'transport', 'first_ip', 'last_ip', 'agent', 'created', 'rotated', 'login',
}

local function show(key)
	local values, shown = fields(key, 'layout', 'ended', 'forgotten', unpack(SHOWN)), {}
	if state(key, unpack(values, 1, 7)) ~= OK or call('HLEN', key) > FIELDS then
		return shown
	end
	for i, field in ipairs(SHOWN) do
		if values[i + 3] then
			shown[#shown + 1] = field
			shown[#shown + 1] = values[i + 3]
		end
	end
	for _, field in ipairs(call('HKEYS', key)) do
		if string.sub(field, 1, 2) == 'a:' then
			shown[#shown + 1] = field
			shown[#shown + 1] = ''
		end
	end
	return shown
end

local all = {}
for i, key in ipairs(KEYS) do
	spoiled = false
	all[i] = show(key)
end
return { OK, '', '', 0, {}, all }
