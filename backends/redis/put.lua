-- A record as another store has it, in the place of what is here, if it is newer (session_is_newer()).
-- KEYS session, meta, events, due, seen, created
-- ARGV id, as what its user's record lists it if that is new, then the record's fields and their values
-- The number: 1 if it is written; 0: it is here already. Then whose record lists what was here and is another's now: realm,
-- user, listed; and "now", as what the session is listed.

local S, META, _, DUE, SEEN, CREATED = unpack(KEYS)
local ID, LISTED = ARGV[1], ARGV[2]

local size, new = 0, {}
for i = 3, #ARGV, 2 do
	size = size + #ARGV[i] + #ARGV[i + 1]
	new[ARGV[i]] = ARGV[i + 1]
end
if size > BYTES / 2 then
	return { LIMIT, '' }
end

local status, cause, over = state_at(S)
local f = fields(S, 'version', 'seen', 'app', 'user', 'realm', 'created', 'listed', 'fence', 'lock', 'holder')
if spoiled then
	return { MOVED, '' }
elseif status == ENDED and cause ~= 'expired' then
	if not call('HGET', S, 'put') then -- the other store has it, too: for longer than what nobody else has
		call('HSET', S, 'put', '1')
		bury(S, cause, now + TOMBSTONE)
	end
	return { ENDED, cause }
end
local ends = end_of(number(new.seen), number(new.idle), number(new.touch), number(new.expires))
if ends <= now then
	return { ENDED, 'expired' }
end
local same_user = f[4] == new.user and f[5] == new.realm
local listed = new.user and (same_user and f[7] or LISTED) or ''
if status == OK then
	call('HSET', S, 'put', '1') -- the other store has it, too, whoever wrote it here
end
if over or status == ENDED then
	local ahead = number(new.version) - number(f[1])
	if ahead == 0 then
		ahead = number(new.seen) - number(f[2])
	end
	if ahead < 0 then
		return { status == ENDED and ENDED or OUTDATED, cause }
	elseif ahead == 0 and status == OK then
		return { OK, '', '', 0, {}, { 'now', listed } }
	end
end

uncount(META, CREATED, ID, over and head(f[3], f[4]), f[6])
call('DEL', S)
for i = 3, #ARGV, 1000 do
	call('HSET', S, unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
call('HSET', S, 'put', '1')
if new.user then
	call('HSET', S, 'listed', listed)
end
for i, name in ipairs({ 'fence', 'lock', 'holder' }) do -- who works on it here goes on
	if f[7 + i] then
		call('HSET', S, name, f[7 + i])
	end
end
keep(S, ends + TOMBSTONE)
call('ZADD', DUE, text(ends), ID)
call('ZADD', SEEN, new.seen, ID)
call('ZADD', CREATED, new.created, ID)
headcount(META, head(new.app, new.user), new.created, 1)
local left = over and not same_user and f[7]
return { OK, '', '', 1, {}, { 'realm', left and f[5] or '', 'user', left and f[4] or '', 'listed', left or '', 'now', listed } }
