-- Some of a user's sessions; all of them in as many calls as it takes.
-- KEYS user
-- ARGV where an earlier call has stopped (0: the beginning), about how many
-- The number: how many are listed. Then where it stopped (0: at the end), whether the user is blocked (1), and ids, of which
-- one may come twice.

local USER = KEYS[1]

local over = blocked(USER)
local scanned = call('HSCAN', USER, ARGV[1], 'MATCH', 'm:*', 'COUNT', ARGV[2])
local found, entries = { scanned[1], over and '1' or '0' }, scanned[2]
for i = 1, #entries, 2 do
	local at, _, pending, was = entry(entries[i + 1])
	if at and (not pending or was) then
		found[#found + 1] = string.sub(entries[i], 3)
	end
end
return { OK, '', '', call('HLEN', USER) - (over and 2 or 0), {}, found }
