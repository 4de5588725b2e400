-- session_apply() behind its guard.
-- The number: 1 when it is time to say in the user's record that the session is his.
-- KEYS session, meta, events, due, seen, created
-- ARGV id, save id, epoch, flags (t touch, u unseen, k keeps the lock, o answers without values, r asks for a rotation), fence, chosen idle timeout (0: as it is);
--      limits: bytes, of one value, attributes; how much of each value does not count;
--      device (f keep, o forget), address; presented hash, grace;
--      new secret (renew, rotate, lost), its hash, the hash that it replaces, epoch, CSRF value;
--      login (1), user, idle timeout, lifetime, touch interval, remembered, login as it is listed;
--      version (0: whichever it is), absolute end (0: as it is);
--      how many attributes are set, then those names and values, then the names of those that are removed

local S, META, EVENTS, DUE, SEEN, CREATED = unpack(KEYS)
local ID, SAVE, EPOCH, FLAGS, FENCE, IDLE = unpack(ARGV, 1, 6)
local MAX_BYTES, MAX_VALUE = math.min(number(ARGV[7]), BYTES / 2), number(ARGV[8])
local MAX_COUNT, OVERHEAD = number(ARGV[9]), number(ARGV[10])
local DEVICE, ADDRESS, PRESENTED, GRACE = unpack(ARGV, 11, 14)
local SECRET, HASH, EXPECTED, NEW_EPOCH, CSRF = unpack(ARGV, 15, 19)
local LOGIN, USER, LOGIN_IDLE, LIFETIME, LOGIN_TOUCH, REMEMBERED, LISTED = unpack(ARGV, 20, 26)
local VERSION, EXPIRES = number(ARGV[27]), ARGV[28]
local SETS, FIRST = number(ARGV[29]), 30
local function flag(letter)
	return string.find(FLAGS, letter, 1, true) ~= nil
end

local touch_only = flag('t')

local f = fields(S, 'ended', 'forgotten', 'seen', 'idle', 'touch', 'expires', 'epoch', 'saves', 'hash', 'fence',
	'version', 'bytes', 'count', 'user', 'old1', 'good1', 'stale1', 'old2', 'good2', 'stale2', 'chosen', 'listed',
	'rotated', 'layout', 'login', 'asserted')
local seen, idle, touch, expires = number(f[3]), number(f[4]), number(f[5]), number(f[6])
local hash, user, chosen, rotated = f[9], f[14] or '', f[21], f[23]
local old = {}
for i = 15, 18, 3 do
	if f[i] then
		old[#old + 1] = { f[i], tonumber(f[i + 1]) or math.huge, tonumber(f[i + 2]) or math.huge }
	end
end

local ASSERTED = 600000
local asserts = 0

-- record() with attributes whose values are empty, of which there may be much that nobody looks at.
local function unvalued(key)
	local own, shown = {}, {}
	if call('HLEN', key) > FIELDS then
		return {}
	end
	for _, field in ipairs(call('HKEYS', key)) do
		if string.sub(field, 1, 2) == 'a:' then
			shown[#shown + 1] = field
			shown[#shown + 1] = ''
		else
			own[#own + 1] = field
		end
	end
	for first = 1, #own, 1000 do
		local last = math.min(first + 999, #own)
		for i, value in ipairs(call('HMGET', key, unpack(own, first, last))) do
			shown[#shown + 1] = own[first + i - 1]
			shown[#shown + 1] = value
		end
	end
	return shown
end

local function outcome(status)
	if status ~= OK then
		return {}
	end
	return flag('o') and unvalued(S) or record(S) or {}
end

local function answer(status, cause)
	if FENCE ~= '0' and not flag('k') and f[10] == FENCE then
		call('HDEL', S, 'lock', 'holder')
	end
	local late = status == MOVED or status == FENCED or status == ENDED or status == NOT_FOUND
	if late and not touch_only then
		if status == NOT_FOUND then
			tell(META, EVENTS, 'session.late_save_blocked', '', { session = ID })
		else
			tell_of(S, ID, META, EVENTS, 'session.late_save_blocked', '')
		end
	end
	return {
		status, cause, status == NOT_FOUND and whole(META) or '', asserts, told,
		outcome(status),
		{ user, f[22] or '' }
	}
end

-- --- the guard

local status, cause, over = state(S, f[24], f[1], f[2], f[3], f[4], f[5], f[6])
if status ~= OK then
	return answer(status, cause)
end
if has_save(f[8], SAVE) or (SECRET ~= '' and HASH == hash) then
	return answer(OK, '')
end
if FENCE ~= '0' and f[10] ~= FENCE then
	return answer(FENCED, '')
end
if VERSION ~= 0 and number(f[11]) ~= VERSION then
	return answer(OUTDATED, '')
end
if f[7] ~= EPOCH then
	return answer(MOVED, '')
end

-- --- secrets

local set, unset = {}, {}
local lost, fresh = false, nil

local function put(field, value)
	set[#set + 1] = field
	set[#set + 1] = value
end

-- No secret that was replaced is good for longer than until then; 0: none is good.
local function limit_replaced(good)
	for _, r in ipairs(old) do
		if r[2] > good then
			r[2] = good
			r[3] = math.max(good, now) + STALE
		end
	end
end

local function replace()
	table.insert(old, 1, { hash, math.huge, math.huge })
	old[3] = nil
	rotated = text(now)
end

if PRESENTED ~= '' and PRESENTED == hash then
	limit_replaced(now + number(GRACE))
end
if SECRET == 'rotate' or SECRET == 'lost' then
	if EXPECTED ~= hash or (SECRET == 'lost' and not (old[1] and old[1][2] == math.huge)) then
		lost = true
	else
		if SECRET == 'rotate' then
			replace()
		end
		hash, rotated = HASH, text(now)
	end
elseif SECRET == 'renew' then
	if EXPECTED ~= '' and EXPECTED ~= hash then
		lost = true
	else
		replace()
		limit_replaced(0)
		hash = HASH
		put('epoch', NEW_EPOCH)
		put('csrf', CSRF)
	end
end

-- --- time, and who it belongs to

if seen < now and not flag('u') then
	seen = now
	put('seen', text(seen))
end
if IDLE ~= '0' then
	idle, chosen = number(IDLE), '1'
	put('idle', IDLE)
	put('chosen', '1')
end
local hands = false
if LOGIN == '1' then
	local name = USER
	hands = user ~= '' and name ~= '' and user ~= name
	if name ~= '' then
		expires = now + number(LIFETIME)
		put('user', name)
		put('login', text(now))
		put('expires', text(expires))
		put('listed', LISTED)
	else
		unset = { 'user', 'listed' }
		put('login', '0')
	end
	touch = number(LOGIN_TOUCH)
	put('touch', LOGIN_TOUCH)
	put('remembered', REMEMBERED)
	if not chosen then
		idle = number(LOGIN_IDLE)
		put('idle', LOGIN_IDLE)
	end
end

if EXPIRES ~= '0' then
	expires = number(EXPIRES)
	put('expires', EXPIRES)
end

if LOGIN == '' and user ~= '' and f[22] and now - math.max(number(f[25]), number(f[26])) >= ASSERTED then
	put('asserted', text(now))
	asserts = 1
end

-- --- attributes

local bytes, count = number(f[12]), number(f[13])
if hands then
	bytes, count = 0, 0
end
local bytes_before, count_before = bytes, count

local function counts(some, values)
	return math.max(some - values * OVERHEAD, 0)
end

-- 0: there is none; no JSON text is empty
local function length_before(name)
	return hands and 0 or call('HSTRLEN', S, 'a:' .. name)
end

for i = FIRST, FIRST + 2 * SETS - 1, 2 do
	local name, length = ARGV[i], #ARGV[i + 1]
	local before = length_before(name)
	if name == '' or #name > 128 or (length > MAX_VALUE + OVERHEAD and length > before) then
		return answer(LIMIT, '')
	end
	if before == 0 then
		count = count + 1
		bytes = bytes + #name
	end
	bytes = bytes + length - before
	put('a:' .. name, ARGV[i + 1])
end
for i = FIRST + 2 * SETS, #ARGV do
	local before = length_before(ARGV[i])
	if before > 0 then
		count = count - 1
		bytes = bytes - #ARGV[i] - before
		unset[#unset + 1] = 'a:' .. ARGV[i]
	end
end
local counted, counted_before = counts(bytes, count), counts(bytes_before, count_before)
if (count > MAX_COUNT and count > count_before) or (counted > MAX_BYTES and counted > counted_before) then
	return answer(LIMIT, '')
end

-- --- writing

local changed = #ARGV >= FIRST
if changed or hands then
	put('count', count)
	put('bytes', bytes)
end
if not touch_only and not (lost and not changed and IDLE == '0') then
	local ids = { SAVE }
	for id in string.gmatch(f[8] or '', '%S+') do
		if #ids < 8 then
			ids[#ids + 1] = id
		end
	end
	put('saves', table.concat(ids, ' '))
	put('version', number(f[11]) + 1)
end
if flag('r') then
	put('asked', '1')
end
if hash ~= f[9] then
	unset[#unset + 1] = 'asked'
end
if SECRET ~= '' or PRESENTED ~= '' then
	put('hash', hash)
	put('rotated', rotated)
	for i, r in ipairs(old) do
		put('old' .. i, r[1])
		put('good' .. i, r[2] == math.huge and 'unseen' or text(r[2]))
		put('stale' .. i, r[3] == math.huge and 'unseen' or text(r[3]))
	end
end
if DEVICE == 'o' then
	unset[#unset + 1] = 'first_ip'
	unset[#unset + 1] = 'last_ip'
	unset[#unset + 1] = 'agent'
elseif DEVICE == 'f' and ADDRESS ~= '' then
	put('last_ip', ADDRESS)
end
if hands then
	strip(S)
end
for i = 1, #set, 1000 do
	call('HSET', S, unpack(set, i, math.min(i + 999, #set)))
end
for i = 1, #unset, 1000 do
	call('HDEL', S, unpack(unset, i, math.min(i + 999, #unset)))
end
if LOGIN == '1' and (user == '') ~= (USER == '') and call('ZSCORE', CREATED, ID) then
	local of = call('HMGET', S, 'app', 'created')
	headcount(META, head(of[1], user), of[2], -1)
	headcount(META, head(of[1], USER), of[2], 1)
end
local next_over = end_of(seen, idle, touch, expires)
keep(S, next_over + TOMBSTONE)
if seen ~= number(f[3]) then
	call('ZADD', SEEN, text(seen), ID)
end
if next_over < over then
	call('ZADD', DUE, text(next_over), ID)
end
if SECRET ~= '' and LOGIN == '1' and USER ~= '' then
	tell_of(S, ID, META, EVENTS, 'session.login', '')
elseif hash ~= f[9] then
	tell_of(S, ID, META, EVENTS, 'session.rotated', '')
end
return answer(OK, '')
