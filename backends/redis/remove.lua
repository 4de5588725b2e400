-- KEYS session, meta, events, due, seen, created
-- ARGV id, cause, whether it must be somebody's, his realm, his name

local S, META, EVENTS, DUE, SEEN, CREATED = unpack(KEYS)
local ID, CAUSE, OWNED, REALM, USER = unpack(ARGV)

local status, cause, over = state_at(S)
local of = fields(S, 'realm', 'user', 'listed')
if OWNED == '1' and (status == NOT_FOUND or of[1] ~= REALM or (of[2] or '') ~= USER) then
	return { NOT_FOUND, '', whole(META) }
end
if spoiled then
	of = {}
end
if over then
	if status ~= OK then -- nobody had come by to bury it
		cause = 'expired'
	end
	tell_end(S, ID, META, EVENTS, status == OK and CAUSE or 'expired')
elseif status == NOT_FOUND then
	call('DEL', S) -- of a tombstone that was to be forgotten nothing is remembered
end
bury(S, status == ENDED and cause or CAUSE, now + TOMBSTONE)
call('ZREM', DUE, ID)
call('ZREM', SEEN, ID)
call('ZREM', CREATED, ID)
return { status, cause, status == NOT_FOUND and whole(META) or '', 0, told, { 'realm', of[1] or '', 'user', of[2] or '', 'listed', of[3] or '' } }
