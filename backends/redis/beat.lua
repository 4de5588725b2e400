-- KEYS the meta of some buckets: they are whole.

for i = 1, #KEYS do
	whole(KEYS[i])
	call('HSET', KEYS[i], 'beat', text(now))
end
return { OK, '' }
