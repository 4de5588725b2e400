-- The next of a list, in each of some buckets.
-- KEYS orders of sessions: "seen" or "created"
-- ARGV a moment, an id, 1: from there downwards, at most how many of each
-- For each key how many, then these: id and moment in turn, from the first behind that place on.

local MOMENT, ID, DOWN, MOST = ARGV[1], ARGV[2], ARGV[3] == '1', number(ARGV[4])

-- Bytewise: Lua compares by the server's locale.
local function comes_before(a, b)
	for i = 1, #a do
		local x, y = string.byte(a, i), string.byte(b, i) or 0
		if x ~= y then
			return x < y
		end
	end
	return false
end

-- How many come before the place, and whether somebody is there.
local function rank(key)
	local low = call('ZCOUNT', key, '-inf', '(' .. MOMENT)
	local over = low + call('ZCOUNT', key, MOMENT, MOMENT)
	local high = over
	while low < high do
		local middle = math.floor((low + high) / 2)
		if comes_before(call('ZRANGE', key, middle, middle)[1], ID) then
			low = middle + 1
		else
			high = middle
		end
	end
	return low, low < over and call('ZRANGE', key, low, low)[1] == ID
end

local found = {}
for _, key in ipairs(KEYS) do
	local before, there = rank(key)
	local some = {}
	if not DOWN then
		local first = before + (there and 1 or 0)
		some = call('ZRANGE', key, first, first + MOST - 1, 'WITHSCORES')
	elseif before > 0 then
		local last = call('ZCARD', key) - before
		some = call('ZREVRANGE', key, last, last + MOST - 1, 'WITHSCORES')
	end
	found[#found + 1] = #some / 2
	for i = 1, #some do
		found[#found + 1] = some[i]
	end
end
return { OK, '', '', 0, {}, found }
