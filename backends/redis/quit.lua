-- KEYS line, patience
-- ARGV a ticket whose turn will not come

step_out(KEYS[1], KEYS[2], ARGV[1])
return { OK, '' }
