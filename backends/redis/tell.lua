-- What a gateway says of itself, for the others.
-- KEYS meta, events
-- ARGV type, cause, when, which process, who did it, why

local META, EVENTS = unpack(KEYS)
local TYPE, CAUSE, AT, TELLER, ACTOR, REASON = unpack(ARGV)

tell(META, EVENTS, TYPE, CAUSE, { at = AT, teller = TELLER, actor = ACTOR, reason = REASON })
return { OK, '' }
