-- How many sessions of each application there are, with a user and without, in their bucket's meta: one for each that
-- "created" lists, ended or not, until it is taken off that. "authenticated:APP", "anonymous:APP", and "unknown" for what
-- is listed and no session that can be read; "counted" is when they were found to be right: 0, they are not any more; none,
-- they never were. While they are counted anew (recount.lua), "recount" is up to which moment of creation that has come and
-- who does so, and "new:…" is what there is up to then.

local UNKNOWN = 'unknown'

local function head(app, user)
	return (user and user ~= '' and 'authenticated:' or 'anonymous:') .. (app or '')
end

-- Of the bucket's meta: { head: how many }, how many in all, when they were counted.
local function heads(meta, prefix)
	local m, all, sum, counted = call('HGETALL', meta), {}, 0, nil
	for i = 1, #m, 2 do
		local name = string.sub(m[i], 1, #prefix) == prefix and string.sub(m[i], #prefix + 1) or ''
		local kind = string.match(name, '^%l+')
		if name == UNKNOWN or name ~= kind and (kind == 'authenticated' or kind == 'anonymous') then
			all[name] = number(m[i + 1])
			sum = sum + all[name]
		elseif m[i] == 'counted' then
			counted = m[i + 1]
		end
	end
	return all, sum, counted
end

-- What is there is not what was counted.
local function doubt(meta)
	if call('HGET', meta, 'counted') then
		call('HSET', meta, 'counted', '0')
	end
end

-- False: they cannot be as many, or what is there is no number.
local function add(meta, name, by)
	local sum = redis.pcall('HINCRBY', meta, name, by)
	return type(sum) == 'number' and sum >= 0
end

-- One that was created then is listed now, or (by: -1) is not any more.
local function headcount(meta, name, created, by)
	if not add(meta, name, by) then
		doubt(meta)
	end
	local recount = call('HGET', meta, 'recount')
	if recount and number(created) <= number(string.match(recount, '^%d+')) and not add(meta, 'new:' .. name, by) then
		call('HDEL', meta, 'recount')
	end
end

-- Off the list; name: nil if nobody can say any more what it was.
local function uncount(meta, list, id, name, created)
	created = name and created or call('ZSCORE', list, id)
	if call('ZREM', list, id) == 1 then
		headcount(meta, name or UNKNOWN, created, -1)
	end
end

local function drop(meta, prefix)
	for name in pairs(heads(meta, prefix)) do
		call('HDEL', meta, prefix .. name)
	end
end

-- They are what "new:…" has: nothing, where nothing was looked at.
local function settle(meta)
	local all = heads(meta, 'new:')
	drop(meta, '')
	for name, sessions in pairs(all) do
		call('HSET', meta, name, text(sessions))
		call('HDEL', meta, 'new:' .. name)
	end
	call('HDEL', meta, 'recount')
	call('HSET', meta, 'counted', text(now))
end
