-- What a filter asks for.
-- KEYS sessions
-- ARGV fields
-- For each session their values; nothing where it is spoiled.

local all = {}
for i, key in ipairs(KEYS) do
	all[i] = fields(key, unpack(ARGV))
end
return { OK, '', '', 0, {}, all }
