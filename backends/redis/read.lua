-- KEYS streams
-- ARGV at most how many of each, then behind which id of each

local command = { 'XREAD', 'COUNT', ARGV[1], 'STREAMS', unpack(KEYS) }
for i = 1, #KEYS do
	command[#command + 1] = ARGV[i + 1]
end
return { OK, '', '', 0, {}, call(unpack(command)) or {} }
