-- What a list shows of sessions: neither secrets nor the values of their attributes, which may be long.
-- KEYS sessions
-- ARGV fields: the first seven are those of state_at(), the eighth is "count"
-- For each of them the values of these, and behind them its attributes' fields; nothing where there is none, or where it is
-- spoiled. Where some have very many attributes only for the first of them, but for one at least.

local left = 4000

local function show(key)
	local shown = fields(key, unpack(ARGV))
	if state(key, unpack(shown, 1, 7)) ~= OK then
		return {}
	elseif shown[8] == '0' then
		return shown
	end
	local count = call('HLEN', key)
	if count > FIELDS then
		return {}
	end
	left = left - count
	for _, field in ipairs(call('HKEYS', key)) do
		if string.sub(field, 1, 2) == 'a:' then
			shown[#shown + 1] = field
		end
	end
	return shown
end

local all = {}
for i, key in ipairs(KEYS) do
	if left <= 0 then
		break
	end
	spoiled = false
	all[i] = show(key)
end
return { OK, '', '', 0, {}, all }
