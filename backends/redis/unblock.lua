-- KEYS user, meta, events
-- ARGV realm, name

local USER, META, EVENTS = unpack(KEYS)

if not blocked(USER) then
	return { NOT_FOUND, '' }
end
call('HDEL', USER, 'blocked', 'reason')
keep_user(USER, 0)
tell(META, EVENTS, 'user.unblocked', '', { realm = ARGV[1], user = ARGV[2] })
return { OK, '', '', 0, told }
