-- KEYS the meta of some buckets: they are whole, unless another process of Redis had them last, which may have known more.
-- ARGV which one this is (0: nobody knows)

local INSTANCE = ARGV[1]

for i = 1, #KEYS do
	whole(KEYS[i])
	if INSTANCE ~= '0' and call('HGET', KEYS[i], 'instance') ~= INSTANCE then
		call('HSET', KEYS[i], 'since', text(now), 'instance', INSTANCE)
	end
	call('HSET', KEYS[i], 'beat', text(now))
end
return { OK, '' }
