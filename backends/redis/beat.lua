-- KEYS the meta of some buckets, then "created" of each: they are whole, unless another process of Redis had them last,
--      which may have known more. With "tells" the events of the first of them, too.
-- ARGV which one this is (0: nobody knows), what becomes of a loss that nobody has told of yet ("tells": of the first
--      bucket it is told, for all that this process serves; "quiet": it is not; "": it stays), since when the first was
--      whole when the caller looked last (0: never), who would like to count sessions anew ("": nobody)
-- Since when the first is whole; the number: Redis's time. Then 1 if he may, being the only one, and which of these buckets are
-- to be counted anew, the first being 0.

local INSTANCE, ROLE, KNOWN, WHO = unpack(ARGV)
local METAS = math.floor(#KEYS / 2)
local OFTEN, SELDOM = 300000, 3600000 -- a gateway of before, who counts nobody, may stay for long
local CLAIM = 20000000 -- two beats

-- Since when it is whole, and what was lost before that, as far as nobody was told.
local function look(meta)
	whole(meta)
	local m = call('HMGET', meta, 'since', 'instance', 'lost')
	local since, lost = m[1], m[3]
	if INSTANCE ~= '0' and m[2] ~= INSTANCE then
		since, lost = text(now), m[2] and 'other-instance' or lost or 'empty'
		call('HSET', meta, 'since', since, 'instance', INSTANCE, 'lost', lost)
	end
	call('HSET', meta, 'beat', text(now))
	return since, lost
end

-- Nothing is doubtful where nothing is.
local function doubtful(meta, created)
	local _, sum, counted = heads(meta, '')
	local listed = call('ZCARD', created)
	if not counted and listed == 0 then
		drop(meta, 'new:')
		settle(meta)
		return false
	end
	local age = now - number(counted)
	return age >= SELDOM or (sum ~= listed and age >= OFTEN)
end

-- He says so with each beat.
local function may_recount(meta)
	local who, over = string.match(call('HGET', meta, 'recounter') or '', '^(%S+) (%d+)$')
	local moment = micro()
	if WHO == '' or (who and who ~= WHO and number(over) > moment) then
		return false
	end
	call('HSET', meta, 'recounter', WHO .. ' ' .. text(moment + CLAIM))
	return true
end

local since, lost = look(KEYS[1])
for i = 2, METAS do
	local _, of_another = look(KEYS[i])
	if of_another and ROLE ~= '' then
		call('HDEL', KEYS[i], 'lost')
	end
end
-- One that is empty may also be new, for all that a caller knows who never looked before.
local news = lost and (lost ~= 'empty' or (KNOWN ~= '0' and number(since) > number(KNOWN)))
if ROLE == 'tells' and news then
	tell(KEYS[1], KEYS[#KEYS], 'store.data_lost', lost, { instance = lost == 'other-instance' and INSTANCE })
end
if lost and (ROLE == 'quiet' or (ROLE == 'tells' and news)) then
	call('HDEL', KEYS[1], 'lost')
end
local doubts = { may_recount(KEYS[1]) and '1' or '' }
for i = 1, METAS do
	if doubtful(KEYS[i], KEYS[METAS + i]) then
		doubts[#doubts + 1] = i - 1
	end
end
local time = call('TIME')
return { OK, '', since, time[1] * 1000 + math.floor(time[2] / 1000), told, doubts }
