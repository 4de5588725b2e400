-- KEYS orders of sessions: "seen" or "created"
-- ARGV from which moment on, until which
-- The number: how many there are.

local count = 0
for _, key in ipairs(KEYS) do
	count = count + call('ZCOUNT', key, ARGV[1], ARGV[2])
end
return { OK, '', '', count }
