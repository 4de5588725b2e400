-- A user's record: "m:ID" for each session that is, or is about to be, his: when it was listed (microseconds, for the
-- order) and the login that did so; behind them, until the login is confirmed, until when that may take (Redis's clock),
-- and a w if the session was listed before it.
-- "blocked" until when he is, 0 being for good, and "reason". "entering": of the logins that count his sessions those that
-- are not confirmed, so that nobody has to look at all entries for them: sessions' ids and until when each is waited for.

local function blocked(user)
	local over = call('HGET', user, 'blocked')
	if over and over ~= '0' and tonumber(over) <= now then
		call('HDEL', user, 'blocked', 'reason') -- it has lapsed
		return false
	end
	return over
end

-- Of an entry: when it was listed, by which login, until when it waits for its confirmation, and whether it was there
-- before.
local function entry(value)
	local at, login, pending, was = string.match(value, '^(%d+) (%S+) ?(%d*) ?(w?)$')
	return at, login, tonumber(pending), was == 'w'
end

-- How many sessions are.
local function listed(user)
	local others = call('HMGET', user, 'blocked', 'reason', 'entering')
	return call('HLEN', user) - (others[1] and 1 or 0) - (others[2] and 1 or 0) - (others[3] and 1 or 0)
end

-- The logins that are waited for, but for the session's own: all that "entering" has of them, in turn.
local function entering(user, id)
	local others, moment = {}, micro()
	for other, over in string.gmatch(call('HGET', user, 'entering') or '', '(%S+) (%d+)') do
		if other ~= id and tonumber(over) > moment then
			others[#others + 1] = other
			others[#others + 1] = over
		end
	end
	return others
end

-- The session's login is not waited for any more.
local function entered(user, id)
	if not call('HGET', user, 'entering') then
		return
	end
	local others = entering(user, id)
	if #others > 0 then
		call('HSET', user, 'entering', table.concat(others, ' '))
	else
		call('HDEL', user, 'entering')
	end
end

-- ARGV from first on: ids and the entries that they had when somebody saw that they are not the user's any more.
local function prune(user, first)
	for i = first, #ARGV, 2 do
		if call('HGET', user, 'm:' .. ARGV[i]) == ARGV[i + 1] then
			call('HDEL', user, 'm:' .. ARGV[i])
		end
	end
end

-- The bucket's index of users has this one, by realm and name with a zero byte between them.
local function index(users, who)
	call('ZADD', users, 0, who)
end

-- A record of which nothing is left is gone by itself, and from the index.
local function unindex(user, users, who)
	if call('EXISTS', user) == 0 then
		call('ZREM', users, who)
	end
end

-- Redis forgets the record when all that it may speak of is over.
local function keep_user(user, ms)
	local left = call('PTTL', user)
	local over = call('HGET', user, 'blocked')
	if over == '0' then
		call('PERSIST', user)
		return
	end
	if over then
		ms = math.max(ms, tonumber(over) - now)
	end
	if left == -1 or left < ms + TOMBSTONE then
		call('PEXPIRE', user, text(math.min(ms + TOMBSTONE, 1e15)))
	end
end
