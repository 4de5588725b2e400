-- A login is refused, if nothing else is to be said of it; that is told.
-- KEYS session, meta, events, due, seen, created
-- ARGV id, save id, epoch (empty: of a new session), status, cause, realm, application, user

local S, META, EVENTS = unpack(KEYS)
local ID, SAVE, EPOCH, DENIED, CAUSE, REALM, APP, USER = unpack(ARGV)

local status, cause = state_at(S)
local f = fields(S, 'saves', 'epoch', 'app')
if status == OK and has_save(f[1], SAVE) then
	return { OK, '', '', 0, {}, call('HGETALL', S) }
elseif status == OK and f[2] ~= EPOCH then
	return { MOVED, '' }
elseif status == ENDED then
	return { ENDED, cause }
elseif status == NOT_FOUND and EPOCH ~= '' then
	return { NOT_FOUND, '', whole(META) }
end
tell(META, EVENTS, 'session.denied', CAUSE, { session = ID, realm = REALM, app = status == OK and f[3] or APP, user = USER })
return { number(DENIED), '', '', 0, told }
