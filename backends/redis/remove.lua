-- KEYS session, meta, events, due, seen, created
-- ARGV id, cause, whether it must be somebody's, his realm, his name, who ends it, why he says

local S, META, EVENTS, DUE, SEEN, CREATED = unpack(KEYS)
local ID, CAUSE, OWNED, REALM, USER, ACTOR, REASON = unpack(ARGV)

local status, cause, over = state_at(S)
local of = fields(S, 'realm', 'user', 'listed', 'app', 'created')
if OWNED == '1' and (status == NOT_FOUND or of[1] ~= REALM or (of[2] or '') ~= USER) then
	return { NOT_FOUND, '', whole(META) }
end
if spoiled then
	of = {}
end
if over then
	if status ~= OK then -- nobody had come by to bury it
		cause = 'expired'
	else
		said.actor, said.reason = ACTOR, REASON
	end
	tell_end(S, ID, META, EVENTS, status == OK and CAUSE or 'expired')
elseif status == NOT_FOUND then
	call('DEL', S) -- of a tombstone that was to be forgotten nothing is remembered
end
bury(S, status == ENDED and cause or CAUSE, now + TOMBSTONE)
call('ZREM', DUE, ID)
call('ZREM', SEEN, ID)
uncount(META, CREATED, ID, over and head(of[4], of[2]), of[5])
return { status, cause, status == NOT_FOUND and whole(META) or '', 0, told, { 'realm', of[1] or '', 'user', of[2] or '', 'listed', of[3] or '' } }
