-- Some of the sessions of some users; all of them in as many calls as it takes.
-- KEYS users
-- ARGV about how many of each, then for each user where an earlier call has stopped (0: the beginning)
-- For each user until when he is blocked (0: for good; empty: he is not) and why, how many are listed, where it stopped (0: at the end), and those: fields and
-- values, of which one may come twice. Where the first of them have very many not for the others, but for one at least.

local left, all = 1000, {}
for i, key in ipairs(KEYS) do
	if left <= 0 then
		break
	end
	local over = blocked(key)
	local scanned = call('HSCAN', key, ARGV[i + 1], 'MATCH', 'm:*', 'COUNT', ARGV[1])
	left = left - #scanned[2] / 2
	all[i] = { over or '', over and call('HGET', key, 'reason') or '', listed(key), scanned[1], scanned[2] }
end
return { OK, '', '', 0, {}, all }
