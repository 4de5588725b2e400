-- A sample of what the indexes of some buckets have: can they be trusted? Nothing is changed.
-- KEYS the meta of some buckets; what else a bucket has is called like it but for the last part
-- ARGV at most how many of each index, a number by dice
-- How many sessions were looked at; how many buckets have a meta that is none of ours, and the first of them; how many
-- indexes are none, and the first; then for each KIND how many, and the first.

local MOST, DICE = number(ARGV[1]), number(ARGV[2])
local KINDS = { 'stray', 'unlisted', 'lasting', 'brief', 'spoiled' }

local looked, strange, broken = 0, { 0, '' }, { 0, '' }
local found = {}
for _, kind in ipairs(KINDS) do
	found[kind] = { 0, '' }
end

local function note(what, name)
	what[1] = what[1] + 1
	what[2] = what[2] == '' and name or what[2]
end

-- Some that stand next to each other; none of what is no index.
local function some(key)
	local count = redis.pcall('ZCARD', key)
	if type(count) ~= 'number' then
		note(broken, key)
		return {}
	end
	local first = count > MOST and DICE % (count - MOST + 1) or 0
	return call('ZRANGE', key, first, first + MOST - 1)
end

local function score(key, id)
	local at = redis.pcall('ZSCORE', key, id)
	return type(at) == 'string' and tonumber(at) or nil
end

-- What is wrong with it; nil: nothing.
local function judge(bucket, id)
	local key = bucket .. 's:' .. id
	spoiled = false
	local status, _, over = state_at(key)
	if spoiled then
		return 'spoiled'
	end
	local left, due = call('PTTL', key), score(bucket .. 'due', id)
	if left == -1 then
		return 'lasting'
	elseif status == OK then
		if not (due and due <= over and score(bucket .. 'seen', id) and score(bucket .. 'created', id)) then
			return 'unlisted'
		end
		return left < over - now and 'brief' or nil
	end
	return left == -2 and not (due and due <= now) and 'stray' or nil -- what is due goes with the next sweep
end

local function look_at(bucket)
	local seen = {}
	for _, index in ipairs({ 'due', 'seen', 'created' }) do
		for _, id in ipairs(some(bucket .. index)) do
			if #id == 20 and not seen[id] then
				seen[id] = true
				looked = looked + 1
				local kind = judge(bucket, id)
				if kind then
					note(found[kind], id)
				end
			end
		end
	end
end

for _, meta in ipairs(KEYS) do
	local layout = redis.pcall('HGET', meta, 'layout')
	if type(layout) == 'table' or (layout and layout ~= '1') then
		note(strange, meta)
	else
		look_at(string.sub(meta, 1, -5))
	end
end

local all = { looked, strange[1], strange[2], broken[1], broken[2] }
for _, kind in ipairs(KINDS) do
	all[#all + 1] = found[kind][1]
	all[#all + 1] = found[kind][2]
end
return { OK, '', '', 0, {}, all }
