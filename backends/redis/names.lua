-- KEYS "users" of some buckets
-- ARGV at most how many of each, then from where on for each
-- For each key how many, then these.

local found = {}
for i, key in ipairs(KEYS) do
	local some = call('ZRANGEBYLEX', key, ARGV[i + 1], '+', 'LIMIT', 0, ARGV[1])
	found[#found + 1] = #some
	for j = 1, #some do
		found[#found + 1] = some[j]
	end
end
return { OK, '', '', 0, {}, found }
