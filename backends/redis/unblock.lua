-- KEYS user, users, meta, events
-- ARGV who, realm, name, who lifts it

local USER, USERS, META, EVENTS = unpack(KEYS)
local WHO, REALM, NAME, ACTOR = unpack(ARGV)

if not blocked(USER) then
	return { NOT_FOUND, '' }
end
call('HDEL', USER, 'blocked', 'reason')
keep_user(USER, 0)
unindex(USER, USERS, WHO)
tell(META, EVENTS, 'user.unblocked', '', { realm = REALM, user = NAME, actor = ACTOR })
return { OK, '', '', 0, told }
