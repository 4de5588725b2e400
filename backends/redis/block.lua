-- KEYS user, users, meta, events
-- ARGV who, until when (0: for good), reason, realm, name, who blocks him
-- Those that are listed are to be ended after that. A login that is about to be confirmed finds the block.

local USER, USERS, META, EVENTS = unpack(KEYS)
local WHO, UNTIL, REASON, REALM, NAME, ACTOR = unpack(ARGV)

local over = UNTIL ~= '0' and number(UNTIL) <= now
local before = blocked(USER) and call('HMGET', USER, 'blocked', 'reason')
local news = not over and not (before and before[1] == UNTIL and (before[2] or '') == REASON)
if over then
	call('HDEL', USER, 'blocked', 'reason')
	unindex(USER, USERS, WHO)
else
	call('HSET', USER, 'blocked', UNTIL, 'reason', REASON)
	keep_user(USER, 0)
	index(USERS, WHO)
end
if news then
	tell(META, EVENTS, 'user.blocked', '', { realm = REALM, user = NAME, actor = ACTOR, reason = REASON })
end
return { OK, '', '', 0, told }
