-- A user who was in the index, and of whose record Redis has forgotten what there was.
-- KEYS user, users
-- ARGV who

entered(KEYS[1], '')
unindex(KEYS[1], KEYS[2], ARGV[1])
return { OK, '' }
